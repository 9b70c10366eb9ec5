"""The gate before a page that says who came in, on a real port."""

import asyncio
import http.client
import json
import queue
import socket
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

from adapter.figures import Figures
from adapter.tokens.claims import Policy
from adapter.tokens.gate import Gate
from adapter.tokens.issuers import PACE, Pace
from adapter.tokens.metadata import Metadata
from adapter.wire.guard import Guard
from adapter.wire.limits import Limits
from adapter.wire.replies import Reply
from adapter.wire.requests import Request
from adapter.wire.server import Handler, Server, run
from telemetry.listening import Address, bound, listen
from tests.adapter.tokens.issuing import AUDIENCE

WAIT_SECONDS = 60.0
EAGER = Pace(again=0.0, retry=0.0)
Result = TypeVar("Result")


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: dict[str, str]
    body: str

    @property
    def sentence(self) -> str:
        """The message of the error in the body, which must answer no request."""
        found: dict[str, Any] = json.loads(self.body)
        assert set(found) == {"jsonrpc", "error"}
        sentence: str = found["error"]["message"]
        return sentence

    @property
    def challenge(self) -> str:
        """What is said about tokens."""
        return self.headers.get("www-authenticate", "")


@dataclass
class Running:
    """What a test knows of the server."""

    address: Address
    loop: asyncio.AbstractEventLoop

    def ask(
        self,
        token: str | None = None,
        *,
        path: str = "/mcp",
        method: str = "POST",
        **headers: str,
    ) -> Answer:
        """Return the answer to a request with *token*; of the headers, `body` is the body."""
        body = headers.pop("body", "")
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        if token is not None:
            named["Authorization"] = f"Bearer {token}"
        host, port = self.address.host, self.address.port
        client = http.client.HTTPConnection(host, port, timeout=WAIT_SECONDS)
        try:
            client.request(method, path, body.encode(), named)
            answer = client.getresponse()
            said = {name.lower(): value for name, value in answer.getheaders()}
            return Answer(answer.status, said, answer.read().decode())
        finally:
            client.close()

    def do(self, call: Callable[[], Result]) -> Result:
        """Return what *call* returns in the event loop."""

        async def called() -> Result:
            return call()

        return asyncio.run_coroutine_threadsafe(called(), self.loop).result(WAIT_SECONDS)


@dataclass
class Gated(Running):
    """The same, and its gate."""

    gate: Gate
    figures: Figures
    server: Server
    admitted: list[str | None]

    def leave_behind(self, token: str) -> socket.socket:
        """Return a connection on which a request waits that the server has read."""
        client = socket.create_connection((self.address.host, self.address.port), WAIT_SECONDS)
        head = f"GET /mcp HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n\r\n"
        client.sendall(head.encode())
        self.until(lambda: self.server.connections == 1)
        return client

    def until(self, is_so: Callable[[], bool]) -> None:
        """Wait until something is so in the event loop."""

        async def wait() -> None:
            async with asyncio.timeout(WAIT_SECONDS):
                while not is_so():
                    await asyncio.sleep(0)

        asyncio.run_coroutine_threadsafe(wait(), self.loop).result(WAIT_SECONDS)


def door(gate: Gate, admitted: list[str | None]) -> Handler:
    """Return a handler that says who came in."""

    def handle(request: Request, reply: Reply) -> None:
        def go_on(who: str | None) -> None:
            admitted.append(who)
            reply.answer(200, str(who).encode())

        gate.admit(request, reply, go_on)

    return handle


@contextmanager
def gated(
    *issuers: str, keys: str = "", scopes: tuple[str, ...] = (), pace: Pace = PACE
) -> Generator[Gated]:
    """Serve behind a gate that trusts *issuers* until the test is over."""
    made: queue.Queue[Gated] = queue.Queue()
    over = threading.Event()

    async def serve() -> None:
        figures = Figures()
        metadata = Metadata(path="/mcp", url="", issuers=issuers, scopes=scopes, guard=Guard())
        gate = Gate(Policy(frozenset({AUDIENCE}), scopes), metadata, figures)
        for issuer in issuers:
            gate.trust(issuer, keys, pace)
        admitted: list[str | None] = []
        server = Server(door(gate, admitted), Limits(), lambda _: None)
        listener = listen(Address("127.0.0.1", 0))
        where = bound(listener)
        await server.start([listener])
        loop = asyncio.get_running_loop()
        made.put(Gated(where, loop, gate, figures, server, admitted))
        await asyncio.to_thread(over.wait)
        gate.close()
        server.stop_accepting()
        server.abort()
        await server.closed

    thread = threading.Thread(target=lambda: run(serve()))
    thread.start()
    try:
        yield made.get(timeout=WAIT_SECONDS)
    finally:
        over.set()
        thread.join(WAIT_SECONDS)
        assert not thread.is_alive()
