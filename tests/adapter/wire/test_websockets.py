"""WebSocket clients of another make are understood, and what is no text is turned away."""

import queue
import socket
import subprocess
import sys
import threading
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest
from wsproto import ConnectionType, WSConnection
from wsproto.events import (
    AcceptConnection,
    BytesMessage,
    CloseConnection,
    Event,
    Ping,
    Pong,
    RejectConnection,
    TextMessage,
)
from wsproto.events import Request as Opening

from adapter.wire.limits import Limits
from adapter.wire.replies import Reply
from adapter.wire.requests import Request
from adapter.wire.websockets import WebSocket
from tests.adapter.wire.serving import WAIT_SECONDS, Asked, Serving, serving, wait_until

SMALL = Limits(body=1000, queue=100_000)
LIVELY = Limits(ping_seconds=0.05, pong_seconds=1.5, sweep_seconds=0.02, linger_seconds=0.1)


@dataclass
class Talk:
    """A handler that opens a WebSocket, keeps what it hears and answers in capitals."""

    heard: queue.Queue[bytes] = field(default_factory=queue.Queue[bytes])
    gone: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    opened: WebSocket | None = None

    @property
    def socket(self) -> WebSocket:
        """The server's end."""
        assert self.opened is not None
        return self.opened

    def __call__(self, request: Request, reply: Reply) -> None:
        """Open it."""
        assert request.is_upgrade
        self.opened = reply.upgrade(b"mcp")
        self.socket.received = self.hear
        self.socket.gone = self.leave

    def hear(self, message: bytes) -> None:
        """Answer in capitals; fail on demand."""
        self.heard.put(message)
        if message == b"fail":
            raise LookupError
        self.socket.send(message.upper())

    def leave(self) -> None:
        """Count who left."""
        self.gone.release()


class Client:
    """A client made of wsproto and a plain socket."""

    def __init__(self, connection: socket.socket) -> None:
        """Ask to speak WebSocket."""
        self.socket = connection
        self.frames = WSConnection(ConnectionType.CLIENT)
        self.events: list[Event] = []
        self.say(Opening(host="a", target="/ws", subprotocols=["mcp"]))

    def say(self, event: Event) -> None:
        """Send an event."""
        self.socket.sendall(self.frames.send(event))

    def hear(self) -> Event:
        """Return the next event, the end of the connection included."""
        while not self.events:
            data = self.socket.recv(1 << 16)
            self.frames.receive_data(data or None)
            self.events.extend(self.frames.events())
        return self.events.pop(0)

    def hear_text(self) -> str:
        """Return the next message, whole."""
        text = ""
        while True:
            event = self.hear()
            assert isinstance(event, TextMessage)
            text += event.data
            if event.message_finished:
                return text


@contextmanager
def talking(limits: Limits = SMALL) -> Generator[tuple[Serving, Talk, Client]]:
    talk = Talk()
    with serving(talk, limits) as running, running.connect() as connection:
        client = Client(connection)
        accepted = client.hear()
        assert isinstance(accepted, AcceptConnection)
        assert accepted.subprotocol == "mcp"
        yield running, talk, client


def closed_with(client: Client) -> int:
    """Return the code with which the server says goodbye, having answered it."""
    while not isinstance(event := client.hear(), CloseConnection):
        continue
    client.say(event.response())
    assert client.socket.recv(1) == b""
    return event.code


@pytest.mark.parametrize("size", [0, 1, 125, 126, 1000, 65535, 65536, 300_000])
def test_messages_of_every_size_go_both_ways(size: int) -> None:
    with talking(Limits()) as (_, talk, client):
        client.say(TextMessage(data="x" * size))
        assert client.hear_text() == "X" * size
        assert talk.heard.get(timeout=WAIT_SECONDS) == b"x" * size


def test_a_message_may_come_in_frames_with_a_ping_between_them() -> None:
    with talking() as (_, _, client):
        client.say(TextMessage(data="äö", message_finished=False))
        client.say(Ping(payload=b"there?"))
        client.say(TextMessage(data="ü"))
        assert client.hear() == Pong(payload=b"there?")
        assert client.hear_text() == "äöü".encode().upper().decode()


def test_what_comes_right_behind_the_handshake_is_heard() -> None:
    asked = Asked()
    heard: queue.Queue[bytes] = queue.Queue()
    with serving(asked) as running, running.connect() as connection:
        client = Client(connection)
        request, reply = asked.next()
        assert request.is_upgrade
        frame = b"\x81\x82\0\0\0\0hi"
        connection.sendall(frame)

        def agree() -> None:
            reply.upgrade().received = heard.put

        running.do(agree)
        assert isinstance(client.hear(), AcceptConnection)
        assert heard.get(timeout=WAIT_SECONDS) == b"hi"


def test_an_upgrade_may_be_refused() -> None:
    asked = Asked()
    with serving(asked) as running, running.connect() as connection:
        client = Client(connection)
        _, reply = asked.next()
        running.do(lambda: reply.answer(403, b"no"))
        refused = client.hear()
        assert isinstance(refused, RejectConnection)
        assert refused.status_code == 403
        client.hear()
        assert connection.recv(1) == b""


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        pytest.param(BytesMessage(data=b"\0"), 1003, id="binary"),
        pytest.param(TextMessage(data="x" * 1001), 1009, id="too big"),
        pytest.param(TextMessage(data="fail"), 1011, id="handler fails"),
    ],
)
def test_what_cannot_be_heard_closes_with_its_code(sent: Event, code: int) -> None:
    with talking() as (running, talk, client):
        client.say(sent)
        assert closed_with(client) == code
        assert talk.gone.acquire(timeout=WAIT_SECONDS)
        assert running.why_refused() == f"websocket {code}"


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        pytest.param(b"\x81\x82\0\0\0\0\xff\xff", 1007, id="not UTF-8"),
        pytest.param(b"\x81\x02hi", 1002, id="not masked"),
        pytest.param(b"\x83\x80\0\0\0\0", 1002, id="unknown kind"),
        pytest.param(b"\xc1\x80\0\0\0\0", 1002, id="reserved bit"),
        pytest.param(b"\x80\x80\0\0\0\0", 1002, id="continues nothing"),
        pytest.param(b"\x88\x81\0\0\0\0x", 1002, id="half a code"),
        pytest.param(b"\x09\x80\0\0\0\0", 1002, id="ping in pieces"),
        pytest.param(b"\x81\xff" + b"\xff" * 12, 1002, id="length without end"),
    ],
)
def test_malformed_frames_close_with_their_code(frame: bytes, code: int) -> None:
    with talking() as (_, talk, client):
        client.socket.sendall(frame)
        assert closed_with(client) == code
        assert talk.gone.acquire(timeout=WAIT_SECONDS)


def test_many_small_frames_of_one_message_are_bounded_too() -> None:
    with talking() as (_, talk, client):
        client.socket.sendall(b"\x01\x81\0\0\0\0x" + b"\0\x81\0\0\0\0x" * 1500)
        assert closed_with(client) == 1009
        assert talk.gone.acquire(timeout=WAIT_SECONDS)


@pytest.mark.parametrize("says_goodbye", [True, False])
def test_the_handler_hears_once_that_the_client_left(says_goodbye: bool) -> None:
    with talking() as (running, talk, client):
        if says_goodbye:
            client.say(CloseConnection(code=1000))
            assert isinstance(client.hear(), CloseConnection)
        client.socket.close()
        assert talk.gone.acquire(timeout=WAIT_SECONDS)
        assert wait_until(lambda: running.server.connections == 0)
        running.do(lambda: talk.socket.send(b"late"))
        running.do(lambda: talk.socket.close())
        assert talk.socket.queued == 0
        assert not talk.gone.acquire(blocking=False)


def test_the_server_says_goodbye_with_code_and_reason() -> None:
    with talking() as (running, talk, client):
        running.do(lambda: talk.socket.close(1001, "ä" * 200))
        event = client.hear()
        assert isinstance(event, CloseConnection)
        assert (event.code, event.reason) == (1001, "ä" * 61)
        client.say(event.response())
        assert client.socket.recv(1) == b""
        assert not talk.gone.acquire(blocking=False)


def test_a_client_that_ignores_our_goodbye_is_cut_off() -> None:
    with talking(LIVELY) as (running, talk, _):
        running.do(lambda: talk.socket.close())
        assert wait_until(lambda: running.server.connections == 0)


def test_a_client_that_answers_pings_stays() -> None:
    with talking(LIVELY) as (running, talk, client):
        until = running.do(running.loop.time) + LIVELY.pong_seconds + 0.5
        while running.server.now < until:
            ping = client.hear()
            assert isinstance(ping, Ping)
            client.say(ping.response())
        client.say(TextMessage(data="here"))
        assert talk.heard.get(timeout=WAIT_SECONDS) == b"here"


def test_a_client_without_a_sign_of_life_is_let_go() -> None:
    with talking(LIVELY) as (running, talk, _):
        assert talk.gone.acquire(timeout=WAIT_SECONDS)
        assert running.why_refused() == "websocket 1001"


def test_a_client_that_does_not_read_is_let_go() -> None:
    with talking() as (running, talk, _):
        most = 0
        for _ in range(2000):
            running.do(lambda: talk.socket.send(b"x" * 20_000))
            most = max(most, running.do(lambda: talk.socket.queued))
            if talk.gone.acquire(blocking=False):
                break
        else:
            pytest.fail("still kept")
        assert most < 150_000


@pytest.mark.slow
def test_what_only_websockets_need_is_not_read_before_there_is_one() -> None:
    program = "import sys, adapter.__main__; sys.exit('wsproto' in sys.modules)"
    subprocess.run([sys.executable, "-c", program], check=True)
