"""Intake: turns the bytes of one connection into requests, and says what is wrong with them."""

import base64
import binascii
from collections.abc import Callable
from io import BytesIO

from httptools import HttpParserCallbackError, HttpParserError, HttpParserUpgrade, HttpRequestParser

from adapter.wire.limits import Limits
from adapter.wire.refusals import Refusal
from adapter.wire.requests import NO_NAMES, Request, read_target

IDLE, HEAD, BODY = range(3)
ONLY_ONCE = frozenset(
    {b"host", b"origin", b"content-length", b"transfer-encoding", b"upgrade", b"sec-websocket-key"}
)
"""Headers by which somebody else may have judged; two of them mean two judgements."""
CHANGES_COURSE = frozenset({b"transfer-encoding", b"upgrade", b"expect"})
"""Headers after which a head alone does not say what follows."""
LONGEST_KNOWN = 4096
WEBSOCKET_VERSION = b"13"
KEY_BYTES = 16


class Intake:
    """Requests of one connection, in their order; at most one of them is incomplete."""

    __slots__ = (
        "_again",
        "_body",
        "_continue",
        "_head",
        "_headers",
        "_known",
        "_limits",
        "_parser",
        "_peer",
        "_pieces",
        "_repeated",
        "_replay",
        "_request",
        "_size",
        "_stray",
        "_target",
        "beyond",
        "phase",
        "ready",
        "refusal",
    )

    def __init__(self, limits: Limits, peer: str, send_continue: Callable[[], None]) -> None:
        """Begin with nothing; *send_continue* tells the client that its body is welcome."""
        self._limits = limits
        self._peer = peer
        self._continue = send_continue
        self._stray = 0
        """Bytes read since a head or a body last came further."""
        self._again: list[bytes] = []
        self._replay = b""
        self._body = b""
        self._pieces: BytesIO | None = None
        self._parser = HttpRequestParser(self)
        self._known: Request | None = None
        """The latest request that came in one piece: its head may come again to the byte."""
        self._head = b""
        self._size = 0
        self.phase = IDLE
        self.ready: list[Request] = []
        self.refusal: Refusal | None = None
        """Why nothing after the requests that are ready will be read."""
        self.beyond = b""
        """What came after a request to speak another protocol."""

    @property
    def held(self) -> int:
        """Bytes of the body that is not complete yet."""
        return len(self._body) if self._pieces is None else self._pieces.tell()

    def forget(self) -> None:
        """Drop the body that is not complete."""
        self._body, self._pieces = b"", None

    def close(self) -> None:
        """Let go of what knows us, so that nothing is left for the collector."""
        del self._parser, self._continue
        self._known = None

    def feed(self, data: bytes) -> None:
        """Read on; what comes of it is in `ready`, `refusal` and `beyond`."""
        is_first = self.phase is IDLE and not self.ready
        known = self._known
        if is_first and known and len(data) == self._size and data.startswith(self._head):
            self.ready.append(known.again(data[len(self._head) :]))
            return
        self._parse(data)
        if is_first and self.phase is IDLE and len(self.ready) == 1:
            self._remember(data)

    def _parse(self, data: bytes) -> None:
        self._stray += len(data)
        try:
            self._parser.feed_data(data)
        except HttpParserUpgrade as upgrade:
            self._leave_http(data[upgrade.args[0] :])
        except HttpParserCallbackError as error:
            ours = error.__context__
            self.refusal = ours if isinstance(ours, Refusal) else Refusal(400, "malformed request")
        except HttpParserError:
            self.refusal = Refusal(400, "malformed request")
        if self._stray > self._limits.head and self.refusal is None:
            self.refusal = self._too_much()

    def _remember(self, data: bytes) -> None:
        """Keep the head, if *data* was one request and its head says all of what followed."""
        request = self.ready[0]
        start = len(data) - len(request.body)
        announced = request.headers.get(b"content-length", b"0")
        if (
            start <= LONGEST_KNOWN
            and data.find(b"\r\n\r\n") == start - 4
            and announced == b"%d" % len(request.body)
            and CHANGES_COURSE.isdisjoint(request.headers)
            and request.keeps_alive
        ):
            self._known, self._head, self._size = request.again(b""), data[:start], len(data)

    def _leave_http(self, rest: bytes) -> None:
        """Hand over to WebSocket; any other wish (h2c, which Java's client sends) is ignored."""
        if not self._replay:
            self.beyond = rest
            return
        head, self._replay = self._replay, b""
        self._parse(head + rest)

    def on_message_begin(self) -> None:
        """Begin with the next request."""
        self.phase = HEAD
        self._target = b""
        self._headers: dict[bytes, bytes] = {}
        self._repeated: set[bytes] | frozenset[bytes] = NO_NAMES

    def on_url(self, url: bytes) -> None:
        """Take the target, or the next piece of it."""
        self._target += url

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header; also one after the body, which nobody looks at."""
        if self.phase is not HEAD:
            return
        name = name.lower()
        if name in self._headers:
            self._repeated = self._repeated | {name}
            self._again.append(value)
            if len(self._again) > self._limits.headers:
                raise self._too_much()
        else:
            self._headers[name] = value.strip()

    def on_headers_complete(self) -> None:
        """Judge the request by its head."""
        headers = self._headers
        if self._stray > self._limits.head or len(headers) > self._limits.headers:
            self._measure()
        self._stray = 0
        self._again.clear()
        parser = self._parser
        request = self._request = Request()
        request.version = parser.get_http_version()
        request.method = parser.get_method()
        request.keeps_alive = parser.should_keep_alive()
        request.is_upgrade = False
        request.headers = headers
        request.repeated = self._repeated
        request.peer = self._peer
        self._judge(request)
        request.path, request.query = read_target(self._target, headers)
        self.phase = BODY

    def on_body(self, body: bytes) -> None:
        """Take a piece of the body, which most often is all of it."""
        self._stray = 0
        if not self._body:
            self._body = body
        elif self._pieces is None:
            self._pieces = BytesIO()
            self._pieces.write(self._body)
            self._pieces.write(body)
        else:
            self._pieces.write(body)
        if self.held > self._limits.body:
            raise self._too_large()

    def on_message_complete(self) -> None:
        """Hand out the request."""
        self.phase = IDLE
        if self._replay:
            return
        if len(self.ready) >= self._limits.pipelined:
            raise Refusal(429, "too many requests before the first is answered")
        request = self._request
        del self._request  # a client that is silent now should not keep its last words in memory
        request.body = self._body if self._pieces is None else self._pieces.getvalue()
        self._body, self._pieces = b"", None
        self.ready.append(request)

    def _judge(self, request: Request) -> None:
        headers = request.headers
        if request.version != "1.1" and request.version != "1.0":
            raise Refusal(505, "only HTTP/1.1 and HTTP/1.0 are spoken here")
        if b"host" not in headers and request.version == "1.1":
            raise Refusal(400, "no Host header")
        if self._repeated and not ONLY_ONCE.isdisjoint(self._repeated):
            raise Refusal(400, "a header that may come only once came again")
        if request.method == b"CONNECT":
            raise Refusal(405, "this is not a proxy")
        if b"transfer-encoding" in headers:
            _judge_coding(request)
        if int(headers.get(b"content-length", 0)) > self._limits.body:
            raise self._too_large()
        self._judge_wishes(request)

    def _judge_wishes(self, request: Request) -> None:
        headers = request.headers
        if b"upgrade" in headers and self._parser.should_upgrade():
            self._judge_upgrade(request)
        elif b"expect" in headers:
            self._judge_expectation(request)

    def _judge_upgrade(self, request: Request) -> None:
        headers = request.headers
        if headers[b"upgrade"].lower() != b"websocket" or request.method != b"GET":
            self._replay = _without_upgrade(request, self._target)
            return
        if headers.get(b"content-length", b"0") != b"0" or b"transfer-encoding" in headers:
            raise Refusal(400, "a WebSocket begins without a body")
        if headers.get(b"sec-websocket-version") != WEBSOCKET_VERSION:
            line = b"Upgrade: websocket\r\nSec-WebSocket-Version: %b\r\n" % WEBSOCKET_VERSION
            raise Refusal(426, "only version 13 of WebSocket is spoken here", line)
        if not _is_key(headers.get(b"sec-websocket-key", b"")):
            raise Refusal(400, "malformed Sec-WebSocket-Key")
        request.is_upgrade = True

    def _judge_expectation(self, request: Request) -> None:
        if request.version == "1.0":
            return
        if request.headers[b"expect"].lower() != b"100-continue":
            raise Refusal(417, "only 100-continue may be expected")
        if not self.ready:  # else earlier answers would come after it
            self._continue()

    def _measure(self) -> None:
        headers = self._headers
        size = sum(map(len, headers)) + sum(map(len, headers.values()))
        size += sum(map(len, self._again)) + len(self._target)
        if size > self._limits.head or len(headers) + len(self._again) > self._limits.headers:
            raise self._too_much()

    def _too_large(self) -> Refusal:
        return Refusal(413, f"the body is larger than {self._limits.body} bytes")

    def _too_much(self) -> Refusal:
        return Refusal(431, "the head of the request is too large")


def _judge_coding(request: Request) -> None:
    if b"content-length" in request.headers or request.version == "1.0":
        raise Refusal(400, "two ways to say where the body ends")
    if request.headers[b"transfer-encoding"].lower() != b"chunked":
        raise Refusal(501, "the only transfer coding understood here is chunked")


def _is_key(key: bytes) -> bool:
    try:
        return len(base64.b64decode(key, validate=True)) == KEY_BYTES
    except binascii.Error:
        return False


def _without_upgrade(request: Request, target: bytes) -> bytes:
    """Return the head once more as if nothing but HTTP/1.1 had been asked for."""
    left_out = {b"upgrade", b"connection", b"http2-settings"}
    names = [*request.headers, *request.repeated]
    lines = [b"%b: %b" % (name, request.headers[name]) for name in names if name not in left_out]
    if not request.keeps_alive:
        lines.append(b"connection: close")
    start = b"%b %b HTTP/%b" % (request.method, target, request.version.encode())
    return b"\r\n".join([start, *lines, b"", b""])
