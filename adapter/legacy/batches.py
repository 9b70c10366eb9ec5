"""A list of messages in one POST, as only revision 2025-03-26 allows: split, and joined again."""

from collections.abc import Callable

from adapter.wire.replies import Reply

SINCE, BEFORE = "2025-03-26", "2025-06-18"
MOST = 100


def allowed(version: str) -> bool:
    """Say whether a session of *version* may send lists."""
    return SINCE <= version < BEFORE


class Batch:
    """Collects the answers to a list of requests."""

    def __init__(self, reply: Reply, header: bytes, requests: int) -> None:
        """Answer on *reply* once *requests* answers are there."""
        self._reply: Reply | None = reply
        self._header = header
        self._missing = requests
        self._answers: list[bytes] = []
        reply.gone = self._left

    def part(self, unasked: Callable[[bytes], None]) -> "Part":
        """Return a sink for one of the requests; other messages go to *unasked*."""
        return Part(self, unasked)

    def answered(self, message: bytes) -> None:
        """Take one of the answers."""
        self._answers.append(message)
        self._missing -= 1
        if self._missing == 0 and self._reply is not None:
            body = b"[" + b",".join(self._answers) + b"]"
            self._reply.answer(200, body, headers=self._header)

    def _left(self) -> None:
        self._reply = None


class Part:
    """The sink of one request of a list."""

    def __init__(self, batch: Batch, unasked: Callable[[bytes], None]) -> None:
        """Answer to *batch*."""
        self._batch = batch
        self._unasked = unasked

    def answer(self, message: bytes, code: int | None) -> None:
        """Take the answer."""
        del code
        self._batch.answered(message)

    def event(self, message: bytes) -> None:
        """Send progress where the session's own messages go: a list is no stream."""
        self._unasked(message)
