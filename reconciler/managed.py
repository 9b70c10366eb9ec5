"""Reads metadata.managedFields: which fields of an object are ours, and what stands in them.

The API server writes there, for each manager, a tree of the fields that it set: f:NAME for a
member of a map, k:{KEYS} for an item of a keyed list, v:VALUE for an item of a set, "." for the
thing itself. A node without further nodes is owned as a whole.
"""

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import msgspec

from kinds.reading import Fields, fields, is_list, is_map, items, text, within
from reconciler.config import MANAGER

MEMBER, KEYED, VALUE = "f:", "k:", "v:"
APPLY = "Apply"


def entries(live: Fields) -> Iterator[Fields]:
    """Yield what managedFields says of each manager."""
    for _, entry in items(live, "metadata", "managedFields"):
        yield entry


def is_our_entry(entry: Fields) -> bool:
    """Say whether an entry tells what we applied."""
    is_apply = text(entry, "operation") == APPLY and not entry.get("subresource")
    return is_apply and text(entry, "manager") == MANAGER


def ours(live: Fields) -> Fields | None:
    """Return the tree of what we applied; None when we never did."""
    for entry in entries(live):
        if is_our_entry(entry):
            return fields(entry.get("fieldsV1"))
    return None


def belongs_to_others(live: Fields, *path: str) -> bool:
    """Say whether another manager owns the field too."""
    return any(
        within(entry, "fieldsV1", *path) is not None
        for entry in entries(live)
        if not is_our_entry(entry)
    )


def has_inner(owned: Fields) -> bool:
    """Say whether there are nodes below one; none when it is owned as a whole."""
    return len(owned) > ("." in owned)


def inner(owned: Fields) -> Fields:
    """Return the nodes below one; none when it is owned as a whole."""
    return {key: fields(node) for key, node in owned.items() if key != "."}


@lru_cache(maxsize=4096)
def keys(node: str) -> Fields:
    """Return what tells an item of a keyed list from the others."""
    return fields(_decoded(node))


def value(node: str) -> object:
    """Return the item of a set."""
    return _decoded(node)


def found(listed: object, wanted: Fields) -> Any:  # noqa: ANN401 - JSON
    """Return the item of a list that has these keys; protocol is TCP where it is not said."""
    for one in listed if is_list(listed) else []:
        if is_map(one) and wanted and _has(one, wanted):
            return one
    return None


def _has(item: Fields, wanted: Fields) -> bool:
    for key, part in wanted.items():  # a loop, as it runs very often
        there = item.get(key)
        if there != part and not (there is None and DEFAULT_KEYS.get(key) == part):
            return False
    return True


DEFAULT_KEYS = {"protocol": "TCP"}


def extracted(owned: Fields, live: Any) -> Any:  # noqa: ANN401 - JSON
    """Return those parts of *live* that *owned* names: a manifest that would change nothing."""
    below = inner(owned)
    if not below:
        return live
    if is_map(live):
        return {
            key: extracted(node, live[key])
            for key, node in ((key[2:], node) for key, node in below.items())
            if key in live
        }
    picked = [_picked(key, node, live) for key, node in below.items()]
    return [one for one in picked if one is not None]


def _picked(key: str, node: Fields, live: object) -> Any:  # noqa: ANN401 - JSON
    if key.startswith(VALUE):
        return value(key)
    wanted = keys(key)
    item = found(live, wanted)
    return None if item is None else {**wanted, **fields(extracted(node, item))}


def _decoded(node: str) -> object:
    try:
        return msgspec.json.decode(node[2:])
    except msgspec.DecodeError:
        return None
