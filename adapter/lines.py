"""Cut what a process writes into lines, without a copy where a piece is a whole line."""

from collections.abc import Iterator

REMEMBERED = 4096
"""How much is kept of each end of a line that is too long, to find out whose answer it was."""


class TooLong(bytes):
    """The two ends of a line that was longer than allowed; its middle is gone."""


class Lines:
    """Collects bytes, gives out lines; only LF ends one (U+2028 does not)."""

    def __init__(self, longest: int) -> None:
        """Allow lines of *longest* bytes."""
        self._longest = longest
        self._begin()

    def _begin(self) -> None:
        self._pieces: list[bytes] = []
        self._held = 0
        self._head = b""
        """The begin of a line that has grown too long; only then is there one."""
        self._tail = b""

    def feed(self, chunk: bytes) -> Iterator[bytes]:
        """Yield each line that *chunk* completes, without its end; empty ones are left out."""
        start = 0
        while (end := chunk.find(b"\n", start)) >= 0:
            line = self._finished(chunk[start:end])
            if line:
                yield line
            start = end + 1
        if start < len(chunk):
            self._hold(chunk[start:])

    def _finished(self, piece: bytes) -> bytes:
        if self._held or len(piece) > self._longest:
            self._hold(piece)
            whole = b"".join(self._pieces)
            long = TooLong(self._head + b"\n" + self._tail) if self._head else None
            self._begin()
            if long is not None:
                return long
            piece = whole
        return piece[:-1] if piece.endswith(b"\r") else piece

    def _hold(self, piece: bytes) -> None:
        self._held += len(piece)
        if self._held <= self._longest:
            self._pieces.append(piece)
            return
        if not self._head:
            begin = b"".join(one[:REMEMBERED] for one in self._pieces[:REMEMBERED])
            self._head = (begin + piece[:REMEMBERED])[:REMEMBERED]
            self._pieces = []
        self._tail = (self._tail + piece[-REMEMBERED:])[-REMEMBERED:]
