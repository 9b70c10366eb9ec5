"""Finds the Pods' templates in what people apply: Deployments, Jobs, Pods themselves, lists."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from kinds.reading import Fields, is_list, is_map, text, within

TEMPLATE = ("spec", "template")
TEMPLATES: dict[str, tuple[str, ...]] = {
    "Pod": (),
    "PodTemplate": ("template",),
    "ReplicationController": TEMPLATE,
    "ReplicaSet": TEMPLATE,
    "Deployment": TEMPLATE,
    "StatefulSet": TEMPLATE,
    "DaemonSet": TEMPLATE,
    "Job": TEMPLATE,
    "CronJob": ("spec", "jobTemplate", *TEMPLATE),
}
"""Where the template stands in each kind; a Pod is its own."""


@dataclass(frozen=True)
class Template:
    """The metadata and spec of Pods to come."""

    path: tuple[str | int, ...]
    """Where in the object it stands."""
    kind: str
    pod: Fields

    @property
    def field(self) -> str:
        """Return the path as people write it, with a point behind, or nothing for a Pod."""
        words = "".join(f"[{one}]" if isinstance(one, int) else f".{one}" for one in self.path)
        return f"{words.lstrip('.')}." if words else ""


def templates(workload: Fields, path: tuple[str | int, ...] = ()) -> Iterator[Template]:
    """Yield the templates in an object, and in the items of a list; none of what has none."""
    kind = text(workload, "kind")
    if kind == "List" or (kind.endswith("List") and "items" in workload):
        listed = workload.get("items")
        for position, item in enumerate(listed if is_list(listed) else []):
            if is_map(item):
                yield from templates(item, (*path, "items", position))
    elif kind in TEMPLATES:
        where = TEMPLATES[kind]
        pod = within(workload, *where)
        if is_map(pod):
            yield Template((*path, *where), kind, pod)


def changed(workload: Fields, change: Callable[[Fields], Fields]) -> Fields:
    """Return the object with every template replaced by what *change* makes of it."""
    made = workload
    for template in templates(workload):
        made = _put(made, template.path, change(template.pod))
    return made


def _put(owner: Any, path: tuple[str | int, ...], value: Fields) -> Any:  # noqa: ANN401 - JSON
    """Return a copy of *owner* with *value* at the end of the path; all else is shared."""
    if not path:
        return value
    first, *rest = path
    inner = _put(owner[first], tuple(rest), value)
    if is_list(owner):
        return [inner if position == first else one for position, one in enumerate(owner)]
    return {**owner, first: inner}
