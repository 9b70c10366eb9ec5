"""A little of what the API server does with manifests that are applied: who owns which field.

It serves the tests that try many manifests; the real one is asked in test_api_server.py.
"""

import copy
import itertools
import json
from collections.abc import Iterator
from typing import Any, cast

from kinds.reading import Fields, is_list, is_map

KEYS = {
    "containers": ("name",),
    "initContainers": ("name",),
    "volumes": ("name",),
    "env": ("name",),
    "imagePullSecrets": ("name",),
    "volumeMounts": ("mountPath",),
    "ports": ("port", "containerPort", "protocol"),
    "ownerReferences": ("uid",),
}
WHOLE = ("ownerReferences", "selector", "nodeSelector", "secretRef")
"""What is owned as a whole; of a list with keys its items are."""
UNOWNED = ("apiVersion", "kind", "name", "namespace")

Path = tuple[Any, ...]


def applied(manifest: Fields, manager: str = "kmcp", operation: str = "Apply") -> Fields:
    """Return the object that an API server has after the first time that this was applied."""
    live = copy.deepcopy(manifest)
    live["metadata"]["managedFields"] = [
        {"manager": manager, "operation": operation, "fieldsV1": tree(_owned(manifest))}
    ]
    return live


def _owned(manifest: Fields) -> Fields:
    metadata = {key: one for key, one in manifest.get("metadata", {}).items() if key not in UNOWNED}
    rest = {key: one for key, one in manifest.items() if key not in (*UNOWNED, "metadata")}
    return {**rest, "metadata": metadata} if metadata else rest


def tree(value: Any, name: str = "") -> Fields:  # noqa: ANN401 - JSON
    """Return the nodes of a value as managedFields spells them."""
    if is_map(value) and name not in WHOLE:
        return {f"f:{key}": tree(one, key) for key, one in value.items()}
    if is_list(value) and name in KEYS:
        return {_node(one, KEYS[name]): {".": {}, **_item(one, name)} for one in value}
    return {}


def _item(one: Fields, name: str) -> Fields:
    return {} if name in WHOLE else tree(one)


def _node(item: Fields, keys: tuple[str, ...]) -> str:
    told = {key: item[key] for key in keys if key in item}
    if len(keys) > 1:
        told.setdefault("protocol", "TCP")
    return "k:" + json.dumps(told, separators=(",", ":"))


def leaves(value: Any, path: Path = ()) -> Iterator[Path]:  # noqa: ANN401 - JSON
    """Yield the way to every leaf that somebody owns, but for the keys of items."""
    name = path[-1] if path else ""
    if is_map(value) and name not in WHOLE:
        for key, one in value.items():
            if key not in UNOWNED or len(path) > 1:
                yield from leaves(one, (*path, key))
    elif is_list(value) and name in KEYS and name not in WHOLE:
        for position, one in enumerate(value):
            rest = {key: inner for key, inner in one.items() if key not in KEYS[name]}
            yield from leaves(rest, (*path, position))
    else:
        yield path


def edited(live: Fields, path: Path, value: Any) -> Fields:  # noqa: ANN401 - JSON
    """Return the object after somebody wrote another value into a leaf, or removed it (None)."""
    made = copy.deepcopy(live)
    *way, last = path
    owner: Any = made
    nodes = [made["metadata"]["managedFields"][0]["fieldsV1"]]
    for step in way:
        nodes.append(_below(nodes[-1], owner, step))
        owner = owner[step]
    nodes[-1].pop(f"f:{last}")
    for outer, inner in reversed(list(itertools.pairwise(nodes))):
        for key in [key for key, node in outer.items() if node is inner and not inner]:
            del outer[key]
    if value is None:
        del owner[last]
    else:
        owner[last] = value
    return made


def _below(node: Fields, owner: Any, step: Any) -> Fields:  # noqa: ANN401 - JSON
    if isinstance(step, str):
        found: Fields = node[f"f:{step}"]
        return found
    item = owner[step]
    for key, inner in node.items():
        if key.startswith("k:"):
            wanted = json.loads(key[2:])
            if all(item.get(name, "TCP") == one for name, one in wanted.items()):
                return cast("Fields", inner)
    raise LookupError(step)


def without(manifest: Fields, path: Path) -> Fields:
    """Return the manifest without one leaf."""
    made = copy.deepcopy(manifest)
    owner: Any = made
    for step in path[:-1]:
        owner = owner[step]
    del owner[path[-1]]
    return made
