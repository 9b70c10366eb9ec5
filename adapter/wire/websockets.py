"""WebSocket: text messages both ways after a handshake; its frames are read by wsproto."""

from base64 import b64encode
from collections.abc import Callable
from hashlib import sha1
from typing import Protocol

from wsproto.connection import Connection, ConnectionState, ConnectionType
from wsproto.events import BytesMessage, CloseConnection, Event, Ping, TextMessage

from adapter.wire.limits import Limits

GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
NORMAL, GOING_AWAY, UNSUPPORTED, TOO_BIG = 1000, 1001, 1003, 1009
LONGEST_REASON = 123
TEXT_FRAME = 0x81
SHORT, MEDIUM = 125, 0xFFFF


class Wire(Protocol):
    """What a WebSocket needs of the connection below it."""

    @property
    def queued(self) -> int:
        """Bytes that the client has not taken yet."""
        ...

    def write(self, data: bytes) -> None:
        """Send *data*."""

    def write_event(self, data: bytes) -> None:
        """Send *data*, unless too much waits already: then give up on the client."""

    def linger(self) -> None:
        """Leave the client a moment to answer our goodbye."""

    def say_no_more(self) -> None:
        """Leave the client a moment to hang up."""

    def close(self) -> None:
        """Close the connection once everything is sent."""

    def refuse(self, reason: str) -> None:
        """Count why the client is let go."""

    def call(self, hear: Callable[..., None], *arguments: object) -> bool:
        """Call what may raise; return whether it did not."""
        ...


def handshake(key: bytes, subprotocol: bytes | None) -> bytes:
    """Return the head with which the server agrees."""
    lines = [
        b"HTTP/1.1 101 Switching Protocols",
        b"Upgrade: websocket",
        b"Connection: Upgrade",
        b"Sec-WebSocket-Accept: " + b64encode(sha1(key + GUID, usedforsecurity=False).digest()),
    ]
    if subprotocol is not None:
        lines.append(b"Sec-WebSocket-Protocol: " + subprotocol)
    return b"\r\n".join([*lines, b"", b""])


def text_frame(text: bytes) -> bytes:
    """Return the head of a frame that carries *text*."""
    length = len(text)
    if length <= SHORT:
        return bytes((TEXT_FRAME, length))
    if length <= MEDIUM:
        return bytes((TEXT_FRAME, 126)) + length.to_bytes(2, "big")
    return bytes((TEXT_FRAME, 127)) + length.to_bytes(8, "big")


def _ignore(_: bytes) -> None:
    """Do nothing with a message."""


def _nobody() -> None:
    """Tell nobody that the client left."""


class WebSocket:
    """One open WebSocket; `received` and `gone` are set by the handler right after the upgrade."""

    __slots__ = (
        "_frames",
        "_heard",
        "_is_closing",
        "_limits",
        "_message",
        "_pinged",
        "_wire",
        "gone",
        "received",
    )

    def __init__(self, wire: Wire, limits: Limits, now: float) -> None:
        """Speak on *wire* from *now* on."""
        self._wire = wire
        self._limits = limits
        self._frames = Connection(ConnectionType.SERVER)
        self._message = bytearray()
        self._heard = self._pinged = now
        self._is_closing = False
        self.received: Callable[[bytes], None] = _ignore
        """Called with each message."""
        self.gone: Callable[[], None] = _nobody
        """Called once if the client leaves first, or is given up."""

    @property
    def queued(self) -> int:
        """Bytes that the client has not taken yet."""
        return self._wire.queued

    def send(self, text: bytes) -> None:
        """Send one message, which is UTF-8; nothing once it is closed."""
        if not self._is_closing:
            self._wire.write_event(text_frame(text) + text)

    def close(self, code: int = NORMAL, reason: str = "") -> None:
        """Say goodbye; `gone` is not called any more."""
        self.gone = _nobody
        self._close(code, reason)

    def feed(self, data: bytes, now: float) -> None:
        """Take what the client sent."""
        if self._frames.state not in (ConnectionState.OPEN, ConnectionState.LOCAL_CLOSING):
            return
        self._heard = now
        self._frames.receive_data(data)
        for event in self._frames.events():
            self._take(event)

    def sweep(self, now: float) -> None:
        """Ping a client, and give up one that shows no sign of life."""
        if self._is_closing:
            return
        if now - self._heard > self._limits.pong_seconds:
            self._give_up(GOING_AWAY, "no sign of life")
        elif now - self._pinged >= self._limits.ping_seconds:
            self._pinged = now
            self._wire.write_event(self._frames.send(Ping()))

    def lost(self) -> None:
        """Tell the handler, once, that nobody is there any more."""
        self._is_closing = True
        hear, self.gone = self.gone, _nobody
        self._wire.call(hear)

    def _take(self, event: Event) -> None:
        match event:
            case CloseConnection():
                self._take_close(event)
            case Ping():
                if not self._is_closing:
                    self._wire.write_event(self._frames.send(event.response()))
            case TextMessage():
                self._take_text(event)
            case BytesMessage():
                self._give_up(UNSUPPORTED, "only text is spoken here")
            case _:  # a pong: what it means is that something came
                return

    def _take_text(self, event: TextMessage) -> None:
        if self._is_closing:
            return
        self._message += event.data.encode()
        if len(self._message) > self._limits.body:
            self._give_up(TOO_BIG, f"a message is larger than {self._limits.body} bytes")
        elif event.message_finished:
            message = bytes(self._message)
            self._message.clear()
            if not self._wire.call(self.received, message):
                self._give_up(1011, "internal error")

    def _take_close(self, event: CloseConnection) -> None:
        if self._frames.state is ConnectionState.REMOTE_CLOSING:
            self._is_closing = True
            self._wire.write(self._frames.send(event.response()))
            self._wire.close()
            self.lost()
        elif self._frames.state is ConnectionState.CLOSED:  # the answer to our goodbye
            self._wire.close()
        else:  # what came is no WebSocket, and no more of it can be read
            self._give_up(event.code, "malformed frame")
            self._wire.say_no_more()

    def _give_up(self, code: int, reason: str) -> None:
        if not self._is_closing:
            self._wire.refuse(f"websocket {code}")
            self._close(code, reason)
            self.lost()

    def _close(self, code: int, reason: str) -> None:
        if self._is_closing:
            return
        self._is_closing = True
        self._message.clear()
        if self._frames.state is ConnectionState.OPEN:
            self._wire.write(self._frames.send(CloseConnection(code, _shortened(reason))))
        self._wire.linger()


def _shortened(reason: str) -> str:
    return reason.encode()[:LONGEST_REASON].decode(errors="ignore")
