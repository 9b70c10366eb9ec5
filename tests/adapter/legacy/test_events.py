"""HTTP+SSE: the transport of 2024, which every client still has."""

import http.client
import json
from collections.abc import Generator
from contextlib import closing, contextmanager
from urllib.parse import urljoin, urlsplit

import pytest

from tests.adapter.client import Event, Stream
from tests.adapter.program import HOST, WAIT_SECONDS, Adapter, wait

JSON = {"Content-Type": "application/json"}
INITIALIZE = {
    "protocolVersion": "2024-11-05",
    "capabilities": {},
    "clientInfo": {"name": "test", "version": "1"},
}


class Channel:
    """A client with one stream."""

    def __init__(self, adapter: Adapter, stream: Stream) -> None:
        """Read the address to send to."""
        self.port = adapter.port
        self.stream = stream
        endpoint = stream.next()
        assert endpoint.kind == "endpoint"
        self.endpoint = str(endpoint.data)
        self.address = urljoin("http://localhost/sse", self.endpoint)

    def post(self, message: object, address: str | None = None) -> int:
        """Return the status of a POST."""
        target = urlsplit(address or self.address)
        with closing(http.client.HTTPConnection(HOST, self.port, timeout=WAIT_SECONDS)) as client:
            body = message if isinstance(message, bytes) else json.dumps(message).encode()
            client.request("POST", f"{target.path}?{target.query}", body, JSON)
            return client.getresponse().status

    def request(self, method: str, params: object, identity: object = 1) -> Event:
        """Return the answer to a request."""
        message = {"jsonrpc": "2.0", "id": identity, "method": method, "params": params}
        assert self.post(message) == 202
        return self.stream.next()

    def call(self, tool: str, **arguments: object) -> str:
        """Return what a tool answers."""
        answer = self.request("tools/call", {"name": tool, "arguments": arguments})
        return str(answer.data["result"]["content"][0]["text"])


@contextmanager
def channel(adapter: Adapter) -> Generator[Channel]:
    """Yield a client that has begun a session."""
    with closing(http.client.HTTPConnection(HOST, adapter.port, timeout=WAIT_SECONDS)) as client:
        client.request("GET", "/sse", headers={"Accept": "text/event-stream"})
        with client.getresponse() as answer:
            assert answer.headers["Content-Type"] == "text/event-stream"
            made = Channel(adapter, Stream(answer))
            assert made.request("initialize", INITIALIZE, "i").data["id"] == "i"
            yield made


def test_answers_and_progress_come_on_the_one_stream(adapter: Adapter) -> None:
    with channel(adapter) as client:
        assert client.call("echo", text="hello") == "hello"
        params = {"name": "steps", "arguments": {"count": 2}, "_meta": {"progressToken": "t"}}
        first = client.request("tools/call", params)
        assert first.data["params"]["progressToken"] == "t"
        assert client.stream.next().data["params"]["progress"] == 2
        assert client.stream.next().data["id"] == 1


def test_two_clients_never_see_each_others_answers(adapter: Adapter) -> None:
    with channel(adapter) as one, channel(adapter) as other:
        for number in range(10):
            body = {"jsonrpc": "2.0", "id": 1, "method": "tools/call"}
            for client, name in ((one, "one"), (other, "other")):
                params = {"name": "echo", "arguments": {"text": f"{name} {number}"}}
                assert client.post({**body, "params": params}) == 202
            told = [
                client.stream.next().data["result"]["content"][0]["text"] for client in (one, other)
            ]
            assert told == [f"one {number}", f"other {number}"]


def test_behind_a_prefix_the_address_stays_behind_it(adapter: Adapter) -> None:
    with channel(adapter) as client:
        behind = urljoin("https://example.com/tools/sse", client.endpoint)
    assert behind.startswith("https://example.com/tools/messages?session_id=")


def test_a_question_of_the_server_is_answered_by_a_post(adapter: Adapter) -> None:
    with channel(adapter) as client:
        params = {"name": "ask", "arguments": {"method": "roots/list"}}
        asked = client.request("tools/call", params)
        assert asked.data["method"] == "roots/list"
        client.post({"jsonrpc": "2.0", "id": asked.data["id"], "result": {"roots": []}})
        assert '"roots": []' in client.stream.next().data["result"]["content"][0]["text"]


def test_a_session_ends_with_its_stream(adapter: Adapter) -> None:
    with channel(adapter) as client:
        address = client.address
    wait(lambda: client.post({"jsonrpc": "2.0", "id": 1, "method": "ping"}, address) == 404)


@pytest.mark.parametrize(
    ("body", "address", "status"),
    [
        pytest.param(b"{", None, 400, id="no JSON"),
        pytest.param(b"{}", None, 400, id="no message"),
        pytest.param(b"{}", "http://x/messages", 400, id="no session"),
        pytest.param(b"{}", "http://x/messages?session_id=unknown", 404, id="unknown session"),
    ],
)
def test_what_cannot_be_taken_is_refused(
    adapter: Adapter, body: bytes, address: str | None, status: int
) -> None:
    with channel(adapter) as client:
        assert client.post(body, address) == status


def test_only_get_opens_a_stream(adapter: Adapter) -> None:
    with closing(http.client.HTTPConnection(HOST, adapter.port, timeout=WAIT_SECONDS)) as client:
        client.request("POST", "/sse", b"{}", JSON)
        answer = client.getresponse()
        assert (answer.status, answer.headers["Allow"]) == (405, "GET")


def test_the_stream_ends_when_the_server_does(adapter: Adapter) -> None:
    with channel(adapter) as client:
        params = {"name": "leave", "arguments": {"code": 3}}
        answer = client.request("tools/call", params)
        assert answer.data["error"]["data"] == {"exitCode": 3}
        assert list(client.stream) == []
