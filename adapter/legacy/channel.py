"""A client with one channel for everything: answers, progress, and what the server says."""

from collections.abc import Callable
from typing import Protocol

from adapter import jsonrpc
from adapter.jsonrpc import Envelope, Malformed
from adapter.legacy.sessions import Session


class Way(Protocol):
    """A way to one client."""

    def send(self, message: bytes) -> None:
        """Send a message."""

    def close(self, reason: str) -> None:
        """End it."""


class Channel:
    """The client's side of a session over HTTP+SSE or WebSocket."""

    def __init__(self, session: Session, way: Way) -> None:
        """Serve *session* over *way*."""
        self.session = session
        self._way = way
        session.outlet = self

    @property
    def is_connected(self) -> bool:
        """Whether the client is there: the session ends with its channel."""
        return True

    def take(self, message: bytes) -> None:
        """Take what the client sent; raise Malformed when it is no message."""
        envelope = jsonrpc.received(message)
        if envelope.is_request:
            self.session.request(message, envelope, self)
        else:
            self.session.tell(message, envelope)

    def take_any(self, message: bytes) -> None:
        """Take what the client sent, and tell the client when it is no message."""
        try:
            self.take(message)
        except Malformed as error:
            self._way.send(jsonrpc.error(None, error.code, str(error)))

    def answer(self, message: bytes, code: int | None) -> None:
        """Send an answer (adapter.calls.Sink)."""
        del code
        self._way.send(message)

    def event(self, message: bytes) -> None:
        """Send progress (adapter.calls.Sink)."""
        self._way.send(message)

    def unasked(self, message: bytes, envelope: Envelope) -> None:
        """Send what the server says by itself."""
        del envelope
        self._way.send(message)

    def over(self, reason: str) -> None:
        """End with the session."""
        self._way.close(reason)

    def left(self) -> Callable[[], None]:
        """Return what to call when the client goes: its session goes with it."""
        return lambda: self.session.close("the client left")
