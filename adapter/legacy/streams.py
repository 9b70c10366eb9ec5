"""What the streams of a session said, so that a client that lost its connection can read on."""

from collections import deque
from itertools import chain

STANDALONE = 0
"""The stream that belongs to no request: a client opens it with GET."""
MOST_STREAMS = 256


class Unknown(LookupError):
    """An event id that was never given out, or is forgotten."""


class Streams:
    """Events by stream, oldest first, within a budget of bytes for the whole session."""

    def __init__(self, budget: int) -> None:
        """Keep *budget* bytes."""
        self._budget = budget
        self._held = 0
        self._events: dict[int, deque[tuple[int, bytes]]] = {STANDALONE: deque()}
        self._next: dict[int, int] = {}
        self._over: set[int] = set()
        self.lost = 0
        """Events forgotten before anybody read them twice."""

    def record(self, stream: int, message: bytes) -> bytes:
        """Keep *message*, and return the id of its event."""
        number = self._next.get(stream, 1)
        self._next[stream] = number + 1
        self._events.setdefault(stream, deque()).append((number, message))
        self._held += len(message)
        while self._held > self._budget or len(self._events) > MOST_STREAMS:
            if not self._forget_one():
                break
        return b"%d-%d" % (stream, number)

    def prime(self, stream: int) -> bytes:
        """Return an id from before the first event of *stream*."""
        self._events.setdefault(stream, deque())
        return b"%d-0" % stream

    def close(self, stream: int) -> None:
        """Remember that nothing more will be recorded."""
        if stream in self._events:
            self._over.add(stream)

    def is_over(self, stream: int) -> bool:
        """Say whether nothing more will come on *stream*."""
        return stream in self._over

    def after(self, identity: bytes) -> tuple[int, list[tuple[bytes, bytes]]]:
        """Return the stream of an event id, and what came after it; raise Unknown."""
        stream_text, dash, number_text = identity.partition(b"-")
        if not (dash and stream_text.isdigit() and number_text.isdigit() and len(identity) < 40):
            raise Unknown
        stream, number = int(stream_text), int(number_text)
        events = self._events.get(stream)
        if events is None or number >= self._next.get(stream, 1):
            raise Unknown
        return stream, self.since(stream, number)

    def since(self, stream: int, number: int) -> list[tuple[bytes, bytes]]:
        """Return what came on *stream* after event *number*."""
        events = self._events.get(stream, ())
        return [(b"%d-%d" % (stream, at), message) for at, message in events if at > number]

    def last(self, stream: int) -> int:
        """Return the number of the latest event."""
        return self._next.get(stream, 1) - 1

    def _forget_one(self) -> bool:
        """Forget the oldest event of a stream that is over, or else of the oldest; say if any."""
        stream = self._oldest()
        events = self._events[stream]
        if events:
            _, message = events.popleft()
            self._held -= len(message)
            self.lost += 1
        elif stream == STANDALONE:
            return False
        if not events and stream != STANDALONE:
            self._events.pop(stream)
            self._next.pop(stream, None)
            self._over.discard(stream)
        return True

    def _oldest(self) -> int:
        over = (stream for stream in self._events if stream in self._over)
        full = (stream for stream, events in self._events.items() if events)
        others = (stream for stream in self._events if stream != STANDALONE)
        return next(chain(over, full if self._held > self._budget else others), STANDALONE)
