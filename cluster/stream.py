"""An answer that goes on for as long as the API server has something to tell, line by line."""

from collections.abc import Iterator
from contextlib import suppress

from urllib3 import BaseHTTPResponse

from cluster.errors import Unreadable
from cluster.transport import our_errors

LONGEST_LINE = 8 * 1024 * 1024
"""A request may carry 3 MiB: twice that for what the API server adds to it, and the envelope."""
PIECE = 64 * 1024


class Stream:
    """An open answer."""

    def __init__(self, response: BaseHTTPResponse, doing: str) -> None:
        """Read *response*; errors say that it happened while *doing* this."""
        self._response = response
        self._doing = doing

    def lines(self, longest: int = LONGEST_LINE) -> Iterator[bytes]:
        """Yield every finished line, until the API server has no more to say."""
        line = bytearray()
        while piece := self._piece():
            first, *others = piece.split(b"\n")
            line += first
            for other in others:
                yield bytes(line)
                line = bytearray(other)
            if len(line) > longest:
                raise Unreadable(f"{self._doing}: a line is longer than {longest} bytes")

    def end(self) -> None:
        """Let whoever waits for a line wait no longer; any thread may call this, at any time."""
        with suppress(ValueError, RuntimeError, OSError):  # it has ended already
            self._response.shutdown()

    def _piece(self) -> bytes:
        with our_errors(self._doing):
            return self._response.read1(PIECE)
