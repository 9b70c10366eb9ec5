"""How much of a request has arrived: a thread is worth taking only for one that is there."""

import re
from collections.abc import Callable
from dataclasses import dataclass

HEAD_END = b"\r\n\r\n"
LONGEST_LINE = 4096
"""Bytes of a chunk's size or of trailers, which nobody needs."""

_LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*([0-9]{1,15})[ \t]*\r", re.IGNORECASE)
_IN_PIECES = re.compile(rb"\r\ntransfer-encoding:", re.IGNORECASE)
_ASKS_FIRST = re.compile(rb"\r\nexpect:[ \t]*100-continue[ \t]*\r", re.IGNORECASE)
_SIZE = re.compile(rb"[0-9a-fA-F]{1,15}")

Body = Callable[[bytearray], bool]
"""Says whether a body is there, given all that was received."""


@dataclass
class Arrival:
    """What is known of the next request on a connection."""

    longest_head: int
    longest_body: int
    asks_first: bool = False
    """Whether the client waits to be told that its body is wanted."""
    _searched: int = 0
    _body: Body | None = None

    def is_complete(self, received: bytearray) -> bool:
        """Say whether there is nothing to wait for: it is all there, or will be refused anyhow.

        Whoever answers reads it anew, and has the last word on what it means.
        """
        if self._body is None:
            end = received.find(HEAD_END, max(self._searched - len(HEAD_END), 0))
            self._searched = len(received)
            if end < 0:
                return len(received) > self.longest_head
            head = bytes(received[: end + len(HEAD_END)])
            self._body = self._expected(head)
            self.asks_first = _ASKS_FIRST.search(head) is not None
        return self._body(received)

    def _expected(self, head: bytes) -> Body:
        if _IN_PIECES.search(head):
            return _Pieces(len(head), self.longest_body).are_complete
        found = _LENGTH.search(head)
        length = int(found[1]) if found else 0
        whole = len(head) + length if length <= self.longest_body else 0
        return lambda received: len(received) >= whole


class _Pieces:
    """A body in chunks, of which each is looked at once."""

    def __init__(self, begin: int, longest: int) -> None:
        self._begin = begin
        self._longest = longest
        self._next = begin
        self._between = 0
        """Bytes that are no content: sizes and the ends of lines."""

    def are_complete(self, received: bytearray) -> bool:
        """Say whether the last chunk is there, or there is more than anybody takes."""
        while self._next < len(received):
            end = received.find(b"\r\n", self._next, self._next + LONGEST_LINE)
            if end < 0:
                return len(received) - self._next > LONGEST_LINE
            size = _size(received[self._next : end])
            if not size:  # the last one, or none at all
                return size is None or _has_trailers(received, end)
            following = end + 2 + size + 2
            between = self._between + following - self._next - size
            if max(between, len(received) - self._begin - between) > self._longest:
                return True
            if following > len(received):
                return False
            self._next, self._between = following, between
        return False


def _size(line: bytearray) -> int | None:
    number = line.partition(b";")[0].strip()
    return int(number, 16) if _SIZE.fullmatch(number) else None


def _has_trailers(received: bytearray, begin: int) -> bool:
    found = received.find(HEAD_END, begin, begin + LONGEST_LINE)
    return found >= 0 or len(received) - begin > LONGEST_LINE
