"""Exchanges: one POST and its answer, plain when the answer comes first, else a stream."""

import time
from collections.abc import Callable

from adapter import jsonrpc
from adapter.modern.refusals import Refusal
from adapter.modern.vocabulary import status
from adapter.wire.events import event
from adapter.wire.replies import Reply


class Exchange:
    """A sink for one request (adapter.calls.Sink), whose client may leave at any time."""

    __slots__ = ("_reply", "_undecided", "began", "identity", "is_over", "is_stream", "left")

    def __init__(self, reply: Reply, identity: bytes, undecided: "dict[Exchange, None]") -> None:
        """Answer on *reply*; stay in *undecided* as long as it may become JSON or a stream."""
        self._reply = reply
        self._undecided = undecided
        self.began = time.monotonic()
        self.identity = identity
        self.is_over = False
        self.is_stream = False
        self.left: Callable[[], None] | None = None
        """Called when the client leaves before the answer, which cancels the request."""
        undecided[self] = None
        reply.gone = self._gone

    def answer(self, message: bytes, code: int | None) -> None:
        """End with the answer."""
        self._end(message, status(code))

    def event(self, message: bytes) -> None:
        """Send what comes before the answer."""
        if self.is_over:
            return
        if not self.is_stream:
            self.commit()
        self._reply.send(event(message))

    def commit(self) -> None:
        """Become a stream, which cannot be undone."""
        if not self.is_stream and not self.is_over:
            self.is_stream = True
            self._undecided.pop(self, None)
            self._reply.stream()

    def refuse(self, refusal: Refusal) -> None:
        """End with an error of ours."""
        self._end(refusal.answer(self.identity), status(refusal.code))

    def busy(self, sentence: str, seconds: int) -> None:
        """End with the advice to come back later."""
        message = jsonrpc.error(self.identity, jsonrpc.SERVER_ERROR, sentence)
        self._end(message, 503, b"Retry-After: %d\r\n" % seconds)

    def _end(self, message: bytes, code: int, headers: bytes = b"") -> None:
        if self.is_over:
            return
        self.is_over = True
        self.left = None
        self._reply.gone = None
        if self.is_stream:
            self._reply.send(event(message))
            self._reply.end()
            return
        self._undecided.pop(self, None)
        self._reply.answer(code, message, headers=headers)

    def _gone(self) -> None:
        self.is_over = True
        self._undecided.pop(self, None)
        left, self.left = self.left, None
        if left is not None:
            left()
