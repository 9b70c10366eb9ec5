"""Replies: the answer to one request, whole or as a stream of events."""

from collections.abc import Callable
from http import HTTPStatus
from typing import TYPE_CHECKING, Protocol

from adapter.wire.events import COMMENT
from adapter.wire.refusals import Refusal, error_body
from adapter.wire.requests import Request

if TYPE_CHECKING:
    from adapter.wire.websockets import WebSocket

JSON = b"application/json"
SMALL = 16 * 1024
"""Bodies up to this size are put behind their head, which costs less than writing two pieces."""
MOST_HEADS = 256
STREAM = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
    b"Cache-Control: no-cache, no-transform\r\nX-Accel-Buffering: no\r\n"
)
_heads: dict[tuple[int, bytes], bytes] = {}


class Line(Protocol):
    """What a reply needs of the connection it goes out on."""

    @property
    def queued(self) -> int:
        """Bytes that the client has not taken yet."""
        ...

    @property
    def is_draining(self) -> bool:
        """No further request is welcome."""
        ...

    def write(self, data: bytes) -> None:
        """Send *data*."""

    def write_pieces(self, pieces: list[bytes]) -> None:
        """Send *pieces* without putting them together."""

    def write_event(self, data: bytes) -> None:
        """Send *data*, unless too much waits already: then give up on the client."""

    def finished(self, *, keeps_alive: bool) -> None:
        """Hear that the reply is complete."""

    def open_websocket(self, request: Request, subprotocol: bytes | None) -> "WebSocket":
        """Leave HTTP."""
        ...


def header(name: bytes, value: bytes) -> bytes:
    """Return a header line; what comes from outside must go through here."""
    if not value.isascii() or any(byte < 0x20 for byte in value) or b"\x7f" in value:
        raise ValueError(f"the value of {name.decode()} is not printable ASCII")
    return b"%b: %b\r\n" % (name, value)


class Reply:
    """The answer to one request: `answer` once, or `stream`, `send` any number of times, `end`."""

    __slots__ = (
        "_is_chunked",
        "_keeps_alive",
        "_line",
        "_request",
        "extra",
        "finished",
        "gone",
        "started",
    )

    def __init__(self, line: Line, request: Request) -> None:
        """Answer *request* on *line*."""
        self._line = line
        self._request = request
        self._keeps_alive = request.keeps_alive
        self._is_chunked = False
        self.gone: Callable[[], None] | None = None
        """Called once if the client leaves before the end."""
        self.extra = b""
        """Header lines that the answer has, whatever it will be."""
        self.started = False
        self.finished = False

    @property
    def queued(self) -> int:
        """Bytes that the client has not taken yet."""
        return self._line.queued

    def answer(
        self, status: int, body: bytes = b"", content_type: bytes = JSON, headers: bytes = b""
    ) -> None:
        """Send the whole answer; *headers* are lines, each with its end."""
        if self.finished:
            return
        self._begin(headers)
        line = self._line
        parts = _head(status, content_type if body else b"") + headers + self.extra
        parts += self._connection_header()
        if status != HTTPStatus.NO_CONTENT:
            parts += b"Content-Length: %d\r\n\r\n" % len(body)
        else:
            parts, body = parts + b"\r\n", b""
        if self._request.method == b"HEAD":
            body = b""
        if len(body) <= SMALL:
            line.write(parts + body)
        else:
            line.write_pieces([parts, body])
        self._finish()

    def _finish(self) -> None:
        """Let go of whoever answered, who knows us: a circle would keep request and body."""
        self.finished = True
        self.gone = None
        self._line.finished(keeps_alive=self._keeps_alive)

    def stream(self, headers: bytes = b"") -> None:
        """Begin a stream of events."""
        if self.finished:
            return
        self._begin(headers)
        self._is_chunked = self._request.version == "1.1"
        if self._is_chunked:
            head = self._connection_header() + b"Transfer-Encoding: chunked\r\n"
        else:
            self._keeps_alive = False
            head = self._connection_header()
        self._line.write(STREAM + headers + self.extra + head + b"\r\n")

    def send(self, event: bytes) -> None:
        """Send one whole event."""
        if self.finished or self._request.method == b"HEAD":
            return
        self._line.write_event(b"%x\r\n%b\r\n" % (len(event), event) if self._is_chunked else event)

    def end(self) -> None:
        """End the stream."""
        if self.finished:
            return
        if self._is_chunked and self._request.method != b"HEAD":
            self._line.write(b"0\r\n\r\n")
        self._finish()

    def upgrade(self, subprotocol: bytes | None = None) -> "WebSocket":
        """Agree to speak WebSocket; only for a request with `is_upgrade`."""
        if not self._request.is_upgrade:
            raise ValueError("the client has not asked for WebSocket")
        self._begin(b"")
        self.finished = True
        return self._line.open_websocket(self._request, subprotocol)

    def comment(self) -> None:
        """Show that the stream is alive, if it is one."""
        if self.started and not self.finished:
            self.send(COMMENT)

    def _begin(self, headers: bytes) -> None:
        if self.started:
            raise RuntimeError("a request is answered once")
        if headers and (
            not headers.endswith(b"\r\n") or b"\r\n\r\n" in headers or headers[0] in b"\r\n"
        ):
            raise ValueError("header lines end with CR LF and are not empty")
        self.started = True

    def _connection_header(self) -> bytes:
        if self._line.is_draining or self._request.is_upgrade:
            self._keeps_alive = False
        if not self._keeps_alive:
            return b"Connection: close\r\n"
        return b"" if self._request.version == "1.1" else b"Connection: keep-alive\r\n"


def refused(refusal: Refusal) -> bytes:
    """Return the answer to a request that the handler never sees."""
    body = error_body(refusal.reason)
    head = _head(refusal.status, JSON) + refusal.headers
    return b"%bConnection: close\r\nContent-Length: %d\r\n\r\n%b" % (head, len(body), body)


def _head(status: int, content_type: bytes) -> bytes:
    """Return the first lines of an answer."""
    known = _heads.get((status, content_type))
    if known is not None:
        return known
    made = b"HTTP/1.1 %d %b\r\n" % (status, HTTPStatus(status).phrase.encode())
    if content_type:
        made += header(b"Content-Type", content_type)
    if len(_heads) < MOST_HEADS:
        _heads[status, content_type] = made
    return made
