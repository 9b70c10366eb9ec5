"""What is told as Events: the moments when something about a server became true or untrue."""

from msgspec import Struct

from kinds.reading import Fields


class Event(Struct, frozen=True):
    """One Event on the MCPServer."""

    type: str
    """Normal or Warning."""
    reason: str
    message: str


def events(before: Fields, after: Fields) -> list[Event]:
    """Return what to tell of a status that was written in the place of another."""
    raise NotImplementedError
