"""A client of the adapter that hides nothing: every status, header and event can be looked at."""

import http.client
import itertools
import json
from collections.abc import Generator, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol

from tests.adapter.program import WAIT_SECONDS

BOTH = "application/json, text/event-stream"
NEWEST = "2025-11-25"


class Served(Protocol):
    """Where an adapter is reached."""

    @property
    def host(self) -> str:
        """Its address."""
        ...

    @property
    def port(self) -> int:
        """Its port for clients."""
        ...


@dataclass
class Event:
    """One event of a stream."""

    data: Any
    identity: str | None = None
    kind: str = "message"
    retry: int | None = None


@dataclass
class Answer:
    """What came back to one request."""

    status: int
    headers: Mapping[str, str]
    body: bytes = b""
    events: list[Event] = field(default_factory=list[Event])

    @property
    def json(self) -> Any:  # noqa: ANN401 - JSON
        """The body, or the last event."""
        return self.events[-1].data if self.events else json.loads(self.body)

    @property
    def text(self) -> str:
        """The text that a tool answered."""
        return str(self.json["result"]["content"][0]["text"])


class Stream:
    """Events as they come."""

    def __init__(self, answer: http.client.HTTPResponse) -> None:
        """Read from *answer*."""
        self.answer = answer

    def __iter__(self) -> Iterator[Event]:
        """Yield each event that has data or an id, to the end of the stream."""
        fields: dict[str, str] = {}
        while line := self.answer.readline():
            word = line.decode().rstrip("\n")
            if word and not word.startswith(":"):
                name, _, value = word.partition(":")
                fields[name] = fields.get(name, "") + value.removeprefix(" ")
            elif not word and ("data" in fields or "id" in fields):
                yield _event(fields)
                fields = {}

    def next(self) -> Event:
        """Return the next event."""
        return next(iter(self))


def _event(fields: Mapping[str, str]) -> Event:
    data = fields.get("data", "")
    kind = fields.get("event", "message")
    read = json.loads(data) if data and kind == "message" else data
    retry = int(fields["retry"]) if "retry" in fields else None
    return Event(read, fields.get("id"), kind, retry)


class Client:
    """One legacy session over Streamable HTTP."""

    def __init__(self, adapter: Served, version: str = NEWEST) -> None:
        """Talk to *adapter*; nothing is sent yet."""
        self.adapter = adapter
        self.version = version
        self.session: str | None = None
        self._ids = itertools.count(1)

    def headers(self, **more: str) -> dict[str, str]:
        """Return what every request has."""
        found = {"Accept": BOTH, "Content-Type": "application/json"}
        if self.session is not None:
            found |= {"Mcp-Session-Id": self.session, "MCP-Protocol-Version": self.version}
        return found | {name.replace("_", "-"): value for name, value in more.items()}

    def initialize(self, capabilities: Mapping[str, Any] | None = None) -> Answer:
        """Begin a session."""
        params = {
            "protocolVersion": self.version,
            "capabilities": capabilities or {},
            "clientInfo": {"name": "test", "version": "1"},
        }
        answer = self.request("initialize", params)
        if answer.status == 200 and "result" in answer.json:
            self.session = answer.headers["Mcp-Session-Id"]
            self.version = answer.json["result"]["protocolVersion"]
            assert self.notify("notifications/initialized").status == 202
        return answer

    def request(self, method: str, params: object = None, identity: object = None) -> Answer:
        """Return the answer to a request."""
        return self.post(self.message(method, params, identity))

    def message(self, method: str, params: object = None, identity: object = None) -> bytes:
        """Return a request."""
        number = next(self._ids) if identity is None else identity
        body: dict[str, Any] = {"jsonrpc": "2.0", "id": number, "method": method}
        return json.dumps(body | ({} if params is None else {"params": params})).encode()

    def call(self, tool: str, token: object = None, **arguments: object) -> Answer:
        """Return what a tool answers."""
        params: dict[str, Any] = {"name": tool, "arguments": arguments}
        if token is not None:
            params["_meta"] = {"progressToken": token}
        return self.request("tools/call", params)

    def notify(self, method: str, params: object = None) -> Answer:
        """Send a notification."""
        body = {"jsonrpc": "2.0", "method": method}
        return self.post(json.dumps(body | ({"params": params} if params else {})).encode())

    def respond(self, identity: object, result: object) -> Answer:
        """Answer a request of the server."""
        body = {"jsonrpc": "2.0", "id": identity, "result": result}
        return self.post(json.dumps(body).encode())

    def post(self, body: bytes, **headers: str) -> Answer:
        """Return the answer to a POST, read to its end."""
        with self.posting(body, **headers) as answer:
            if answer.headers.get_content_type() == "text/event-stream":
                events = [event for event in Stream(answer) if event.data != ""]
                return Answer(answer.status, dict(answer.headers), events=events)
            return Answer(answer.status, dict(answer.headers), answer.read())

    @contextmanager
    def posting(self, body: bytes, **headers: str) -> Generator[http.client.HTTPResponse]:
        """Yield the answer to a POST as soon as it begins."""
        with self.asking("POST", self.headers(**headers), body) as answer:
            yield answer

    @contextmanager
    def listening(self, last_event: str | None = None) -> Generator[Stream]:
        """Yield the stream that belongs to no request."""
        more = {"Last-Event-ID": last_event} if last_event else {}
        headers = {**self.headers(Accept="text/event-stream"), **more}
        with self.asking("GET", headers) as answer:
            assert answer.status == 200, answer.read()
            yield Stream(answer)

    def delete(self) -> int:
        """End the session."""
        with self.asking("DELETE", self.headers()) as answer:
            return answer.status

    @contextmanager
    def asking(
        self, method: str, headers: Mapping[str, str], body: bytes | None = None, path: str = "/mcp"
    ) -> Generator[http.client.HTTPResponse]:
        """Yield the answer to any request."""
        connection = http.client.HTTPConnection(
            self.adapter.host, self.adapter.port, timeout=WAIT_SECONDS
        )
        with closing(connection):
            connection.request(method, path, body, dict(headers))
            with connection.getresponse() as answer:
                yield answer


def begun(adapter: Served, version: str = NEWEST, **capabilities: object) -> Client:
    """Return a client with a session."""
    client = Client(adapter, version)
    assert client.initialize(capabilities).status == 200
    return client
