"""WebSocket: a session as long as its connection, a message in each text frame."""

import json
import socket
from collections.abc import Generator
from contextlib import closing, contextmanager

import pytest
from wsproto import ConnectionType, WSConnection
from wsproto.events import (
    AcceptConnection,
    BytesMessage,
    CloseConnection,
    Event,
    RejectConnection,
    Request,
    TextMessage,
)

from tests.adapter.program import HOST, PUPPET, WAIT_SECONDS, Adapter, serving, wait

INITIALIZE = {
    "protocolVersion": "2025-11-25",
    "capabilities": {},
    "clientInfo": {"name": "test", "version": "1"},
}


class Socket:
    """A client that has asked for an upgrade."""

    def __init__(self, connection: socket.socket, **request: object) -> None:
        """Shake hands on *connection*."""
        self._connection = connection
        self._frames = WSConnection(ConnectionType.CLIENT)
        host = f"{HOST}:{connection.getpeername()[1]}"
        wanted = {"host": host, "target": "/ws", "subprotocols": ["mcp"], **request}
        self.send(Request(**wanted))  # type: ignore[arg-type]
        self.welcome = self.next()

    def send(self, event: Event) -> None:
        """Send a frame."""
        self._connection.sendall(self._frames.send(event))

    def next(self) -> Event:
        """Return what comes next, a whole message."""
        text = ""
        while True:
            for event in self._frames.events():
                if not isinstance(event, TextMessage):
                    return event
                text += event.data
                if event.message_finished:
                    return TextMessage(text)
            data = self._connection.recv(65536)
            assert data, "the connection ended without a word"
            self._frames.receive_data(data)

    def tell(self, message: object) -> None:
        """Send a message."""
        self.send(TextMessage(message if isinstance(message, str) else json.dumps(message)))

    def heard(self) -> dict[str, object]:
        """Return the next message."""
        event = self.next()
        assert isinstance(event, TextMessage), event
        found: dict[str, object] = json.loads(event.data)
        return found

    def request(
        self, method: str, params: object = None, identity: object = 1
    ) -> dict[str, object]:
        """Return what comes after a request."""
        body: dict[str, object] = {"jsonrpc": "2.0", "id": identity, "method": method}
        body["params"] = params or {}
        self.tell(body)
        return self.heard()


@contextmanager
def connected(adapter: Adapter, **request: object) -> Generator[Socket]:
    """Yield a client."""
    with closing(socket.create_connection((HOST, adapter.port), WAIT_SECONDS)) as connection:
        yield Socket(connection, **request)


def test_the_sub_protocol_is_agreed_and_calls_are_answered(adapter: Adapter) -> None:
    with connected(adapter) as client:
        assert isinstance(client.welcome, AcceptConnection)
        assert client.welcome.subprotocol == "mcp"
        assert client.request("initialize", INITIALIZE)["id"] == 1
        params = {"name": "echo", "arguments": {"text": "ü"}}
        assert "ü" in str(client.request("tools/call", params))


@pytest.mark.parametrize("identity", ["text", 0, -1, 2**53])
def test_an_id_comes_back_as_it_was(adapter: Adapter, identity: object) -> None:
    with connected(adapter) as client:
        assert client.request("ping", identity=identity)["id"] == identity


def test_nobody_hears_what_is_said_to_another(adapter: Adapter) -> None:
    with connected(adapter) as one, connected(adapter) as other:
        call = {"name": "announce", "arguments": {"method": "notifications/tools/list_changed"}}
        assert one.request("tools/call", call)["method"] == "notifications/tools/list_changed"
        assert one.heard()["id"] == 1
        assert other.request("ping", identity="mine")["id"] == "mine"


def test_progress_comes_in_order(adapter: Adapter) -> None:
    with connected(adapter) as client:
        call = {"name": "steps", "arguments": {"count": 6}, "_meta": {"progressToken": 5}}
        told = [client.request("tools/call", call), *(client.heard() for _ in range(6))]
        assert [one["params"]["progress"] for one in told[:-1]] == [1, 2, 3, 4, 5, 6]  # type: ignore[index]


def test_what_is_no_message_is_told_and_forgiven(adapter: Adapter) -> None:
    with connected(adapter) as client:
        client.tell("{")
        assert "error" in client.heard()
        assert client.request("ping")["id"] == 1


def test_binary_frames_end_the_connection(adapter: Adapter) -> None:
    with connected(adapter) as client:
        client.send(BytesMessage(b"x"))
        event = client.next()
        assert isinstance(event, CloseConnection)
        assert event.code == 1003


def test_a_foreign_page_is_refused(adapter: Adapter) -> None:
    with connected(adapter, extra_headers=[(b"origin", b"http://evil.example")]) as client:
        assert isinstance(client.welcome, RejectConnection)
        assert client.welcome.status_code == 403


def test_a_session_ends_with_its_connection(adapter: Adapter) -> None:
    wait(lambda: adapter.status()["sessions"] == 0)  # those of tests before end with theirs
    with connected(adapter) as client:
        client.request("ping")
        assert adapter.status()["sessions"] == 1
    wait(lambda: adapter.status()["sessions"] == 0)


def test_a_dead_server_closes_the_connection_with_the_reason(adapter: Adapter) -> None:
    with connected(adapter) as client:
        answer = client.request("tools/call", {"name": "leave", "arguments": {"code": 4}})
        assert "exited with code 4" in str(answer["error"])
        event = client.next()
        assert isinstance(event, CloseConnection)
        assert (event.code, event.reason) == (1011, "the server exited with code 4")


def test_a_stopping_adapter_says_that_it_goes_away() -> None:
    with serving() as adapter, connected(adapter.wait_ready()) as client:
        client.request("ping")
        adapter.terminate()
        event = client.next()
        assert isinstance(event, CloseConnection)
        assert event.code == 1001
        client.send(event.response())
        assert adapter.exit_code() == 0


def test_too_many_sessions_are_told_to_come_back() -> None:
    with (
        serving(PUPPET, "--sessions=1") as adapter,
        connected(adapter.wait_ready()),
        connected(adapter) as second,
    ):
        assert isinstance(second.welcome, RejectConnection)
        assert second.welcome.status_code == 503
