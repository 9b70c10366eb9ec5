"""Log messages of an older server: how many it writes, and whom they reach."""

from msgspec import Raw

from adapter import jsonrpc
from adapter.calls import NOBODY, Call
from adapter.children import Child
from adapter.jsonrpc import Envelope
from adapter.modern.vocabulary import LEVELS
from adapter.modern.works import Work

METHOD = "logging/setLevel"


def ours(method: str) -> Call:
    """Return a call of our own, whose answer nobody needs."""
    call = Call(b"0", method, NOBODY)
    call.is_background = True
    return call


class Levels:
    """How much one server logs; it has one level for all its clients."""

    def __init__(self, child: Child) -> None:
        """Begin without having said anything."""
        self._child = child
        self._level: int | None = None

    def attune(self, works: dict[int, Work]) -> None:
        """Have the server log as much as the most curious client wants."""
        levels = [work.asked.level for work in works.values() if work.asked.level is not None]
        if levels and min(levels) != self._level:
            self._level = min(levels)
            message = jsonrpc.request(b"0", METHOD, {"level": LEVELS[self._level]})
            self._child.request(ours(METHOD), message, Envelope())

    def logged(self, works: dict[int, Work], message: bytes, envelope: Envelope) -> None:
        """Hand a log message on, if there is no doubt what it is about: it does not say."""
        if len(works) != 1 or not isinstance(envelope.params, Raw):
            return
        work = next(iter(works.values()))
        level = jsonrpc.value(jsonrpc.members(envelope.params).get("level", b"null"))
        wanted = work.asked.level
        if wanted is not None and level in LEVELS and LEVELS.index(level) >= wanted:
            work.event(message)
