"""Read JSON that may be ill-typed: what does not have the expected type counts as absent.

Rules use this, so that one mistake never hides another and never ends in a traceback; shape.py is
what reports the wrong type.
"""

from collections.abc import Iterator
from itertools import islice
from typing import Any, TypeGuard

Fields = dict[str, Any]
LONGEST_LIST = 1000
"""No list that is read here may be longer: a longer one is refused whole, whatever is in it."""


def is_map(value: object) -> TypeGuard[Fields]:
    """Say whether the value is a map; JSON has no others than those of text."""
    return isinstance(value, dict)


def is_list(value: object) -> TypeGuard[list[Any]]:
    """Say whether the value is a list."""
    return isinstance(value, list)


def fields(value: object) -> Fields:
    """Return the map, or an empty one."""
    return value if is_map(value) else {}


def within(value: object, *keys: str) -> Any:  # noqa: ANN401 - JSON
    """Return what stands at the end of *keys*, or None."""
    found: Any = value
    for key in keys:
        if not is_map(found):
            return None
        found = found.get(key)
    return found


def text(value: object, *keys: str) -> str:
    """Return the text at the end of *keys*, or an empty one."""
    found = within(value, *keys)
    return found if isinstance(found, str) else ""


def number(value: object, *keys: str) -> int | None:
    """Return the whole number at the end of *keys*."""
    found = within(value, *keys)
    return found if isinstance(found, int) and not isinstance(found, bool) else None


def texts(value: object, *keys: str) -> dict[str, str]:
    """Return the entries of the map at the end of *keys* whose values are text."""
    found = fields(within(value, *keys))
    return {key: one for key, one in found.items() if isinstance(one, str)}


def items(value: object, *keys: str) -> Iterator[tuple[int, Fields]]:
    """Yield position and item of the list at the end of *keys*, for items that are maps."""
    found = within(value, *keys)
    for position, one in enumerate(islice(found if is_list(found) else [], LONGEST_LIST)):
        if is_map(one):
            yield position, one
