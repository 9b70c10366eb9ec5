"""The difference between a Pod and the same with its adapter, as a JSON patch that hits only that.

Other webhooks may have moved things by the time that it is applied. So an index is only used after
a `test` of what stands there, items are added at the end, and no list of objects is ever replaced.
"""

from collections.abc import Iterator
from typing import Any

from kinds.reading import Fields, is_list, is_map

Operation = dict[str, Any]
KEYS = ("name", "mountPath", "containerPort", "devicePath")
"""What tells an item of a list from the others."""


def patch(before: Fields, after: Fields) -> list[Operation]:
    """Return the operations that make *after* of *before*; none when they are the same."""
    return list(_members(before, after, ""))


def _members(before: Fields, after: Fields, path: str) -> Iterator[Operation]:
    for key in sorted(before.keys() - after.keys()):
        yield {"op": "remove", "path": f"{path}/{_escaped(key)}"}
    for key, value in after.items():
        here = f"{path}/{_escaped(key)}"
        if before.get(key) is None and value is not None:
            yield {"op": "add", "path": here, "value": value}  # in the place of a null, too
        elif key in before and before[key] != value:
            yield from _changed(before[key], value, here)


def _changed(before: object, after: object, path: str) -> Iterator[Operation]:
    if is_map(before) and is_map(after):
        yield from _members(before, after, path)
    elif is_list(before) and is_list(after) and _grew(before, after):
        yield from _items(before, after, path)
    else:
        yield {"op": "replace", "path": path, "value": after}


def _items(before: list[Any], after: list[Any], path: str) -> Iterator[Operation]:
    """Yield the changes of items, each after a test of which item it is, and then the new ones."""
    for position, (old, new) in enumerate(zip(before, after, strict=False)):
        if old != new:
            yield from _test(old, f"{path}/{position}")
            yield from _changed(old, new, f"{path}/{position}")
    for item in after[len(before) :]:
        yield {"op": "add", "path": f"{path}/-", "value": item}


def _test(item: Any, path: str) -> Iterator[Operation]:  # noqa: ANN401 - JSON
    for key in KEYS:
        if is_map(item) and key in item:
            yield {"op": "test", "path": f"{path}/{key}", "value": item[key]}
            return
    yield {"op": "test", "path": path, "value": item}


def _grew(before: list[Any], after: list[Any]) -> bool:
    """Say whether the list is one of objects that lost none: other lists are values themselves."""
    return len(before) <= len(after) and any(map(is_map, before))


def _escaped(key: str) -> str:
    return key.replace("~", "~0").replace("/", "~1")
