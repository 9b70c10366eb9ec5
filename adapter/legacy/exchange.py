"""One POST with a request: JSON when the answer comes first, a stream when something else does."""

from typing import Protocol

from adapter.legacy.sessions import Session
from adapter.legacy.streams import Streams
from adapter.wire.events import event
from adapter.wire.replies import Reply

PRIMED_SINCE = "2025-11-25"
"""Older clients cannot read an event without data."""
RETRY = b"retry: 1000\n"
COME_BACK = RETRY + b"\n"
"""No event, only when to try again: every client can read it."""


class Host(Protocol):
    """The client's side of a session over Streamable HTTP."""

    session: Session
    streams: Streams
    header: bytes

    def done(self, exchange: "Exchange") -> None:
        """Hear that the answer is there."""

    def left(self) -> None:
        """Hear that a client left before it."""


def priming(identity: bytes) -> bytes:
    """Return the event that only gives a client an id from which to read on."""
    return b"%bid: %b\ndata: \n\n" % (RETRY, identity)


class Exchange:
    """A sink for one request (adapter.calls.Sink); outlives the connection it came on."""

    __slots__ = ("_host", "_reply", "began", "is_stream", "number")

    def __init__(self, host: Host, reply: Reply, number: int, began: float) -> None:
        """Answer on *reply*; *number* names its stream within the session."""
        self._host = host
        self._reply: Reply | None = reply
        self.number = number
        self.began = began
        self.is_stream = False
        reply.gone = self._left

    @property
    def is_attended(self) -> bool:
        """Whether the client is there."""
        return self._reply is not None

    def answer(self, message: bytes, code: int | None) -> None:
        """End with the answer."""
        del code
        self._host.done(self)
        if not self.is_stream:
            if self._reply is not None:
                self._reply.answer(200, message, headers=self._host.header)
            return
        self.event(message)
        self._host.streams.close(self.number)
        if self._reply is not None:
            self._reply.end()

    def event(self, message: bytes) -> None:
        """Send what comes before the answer."""
        if not self.is_stream:
            self.commit()
        identity = self._host.streams.record(self.number, message)
        if self._reply is not None:
            self._reply.send(event(message, identity))

    def commit(self) -> None:
        """Become a stream, which cannot be undone."""
        self.is_stream = True
        if self._reply is None:
            return
        self._reply.stream(self._host.header)
        identity = self._host.streams.prime(self.number)
        if self._host.session.version >= PRIMED_SINCE:
            self._reply.send(priming(identity))

    def resume(self, reply: Reply) -> None:
        """Go on with another connection."""
        if self._reply is not None:
            self._reply.gone = None
            self._reply.end()
        self._reply = reply
        reply.gone = self._left

    def release(self) -> None:
        """Close the stream, if it is one; the client may come back for the rest."""
        if self.is_stream and self._reply is not None:
            reply, self._reply = self._reply, None
            reply.gone = None
            reply.send(COME_BACK)
            reply.end()

    def _left(self) -> None:
        """Keep what comes: a client that leaves has not cancelled."""
        self._reply = None
        self._host.left()
