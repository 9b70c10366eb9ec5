"""What is told as Events: the moments when something about a server became true or untrue."""

from msgspec import Struct

from kinds.reading import Fields, items, text
from reconciler.causes import STARTING
from reconciler.conditions import ACCEPTED, FALSE, RESOLVED, STOPPED, TRUE, TYPES

NORMAL, WARNING = "Normal", "Warning"


class Event(Struct, frozen=True):
    """One Event on the MCPServer."""

    type: str
    """Normal or Warning."""
    reason: str
    message: str


def events(before: Fields, after: Fields) -> list[Event]:
    """Return what to tell of a status that was written in the place of another."""
    earlier = {text(one, "type"): one for _, one in items(before, "conditions")}
    return [
        Event(_type(one), text(one, "reason"), text(one, "message"))
        for _, one in items(after, "conditions")
        if text(one, "type") in TYPES and _is_news(earlier.get(text(one, "type"), {}), one)
    ]


def _is_news(before: Fields, after: Fields) -> bool:
    """Say whether people would want to know; that something starts is no news."""
    if after.get("status") == TRUE:
        is_implied = not before and after.get("type") in (ACCEPTED, RESOLVED)  # by what follows
        return before.get("status") != TRUE and not is_implied
    if before.get("status") == FALSE or not before:
        said = ("reason", "message")
        is_other = any(before.get(key) != after.get(key) for key in said)
        return is_other and f": {STARTING}" not in text(after, "message")
    return True


def _type(condition: Fields) -> str:
    is_well = condition.get("status") == TRUE or condition.get("reason") == STOPPED
    return NORMAL if is_well else WARNING
