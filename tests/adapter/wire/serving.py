"""A server on a real port for one test, with the event loop in a thread of its own."""

import asyncio
import http.client
import queue
import socket
import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TypeVar

from adapter.wire.limits import Limits
from adapter.wire.replies import Reply
from adapter.wire.requests import Request
from adapter.wire.server import Handler, Server, run
from telemetry.listening import Address, bound, listen

WAIT_SECONDS = 60.0
POLL_SECONDS = 0.005
Result = TypeVar("Result")


def echo(request: Request, reply: Reply) -> None:
    """Answer with the body, or with the path when there is none."""
    reply.answer(200, request.body or request.path.encode(), b"text/plain")


@dataclass
class Asked:
    """A handler that leaves the answers to the test."""

    replies: queue.Queue[tuple[Request, Reply]] = field(
        default_factory=queue.Queue[tuple[Request, Reply]]
    )

    def __call__(self, request: Request, reply: Reply) -> None:
        """Keep the request."""
        self.replies.put((request, reply))

    def next(self) -> tuple[Request, Reply]:
        """Return the next request, once it is there."""
        return self.replies.get(timeout=WAIT_SECONDS)


@dataclass
class Serving:
    """What a test knows of its server."""

    address: Address
    server: Server
    loop: asyncio.AbstractEventLoop
    refused: queue.Queue[str]

    def connect(self, *, receive_buffer: int = 0) -> socket.socket:
        """Return a new connection; a small buffer makes for a slow reader."""
        client = socket.socket()
        client.settimeout(WAIT_SECONDS)
        if receive_buffer:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        try:
            client.connect((self.address.host, self.address.port))
        except OSError:
            client.close()
            raise
        return client

    def client(self) -> http.client.HTTPConnection:
        """Return an ordinary client."""
        return http.client.HTTPConnection(
            self.address.host, self.address.port, timeout=WAIT_SECONDS
        )

    def exchange(self, sent: bytes) -> bytes:
        """Send raw bytes and return all that comes until the server closes."""
        with self.connect() as client:
            client.sendall(sent)
            return read_all(client)

    def do(self, call: Callable[[], Result]) -> Result:
        """Return what *call* returns in the event loop."""

        async def called() -> Result:
            return call()

        return asyncio.run_coroutine_threadsafe(called(), self.loop).result(WAIT_SECONDS)

    def stop(self) -> None:
        """Close the port and whatever is still open; in the event loop."""
        self.server.stop_accepting()
        self.server.abort()

    def why_refused(self) -> str:
        """Return the next reason that metrics would count."""
        return self.refused.get(timeout=WAIT_SECONDS)


@contextmanager
def serving(handler: Handler, limits: Limits | None = None) -> Generator[Serving]:
    """Serve *handler* on a free port until the test is over, with nothing left behind."""
    made: queue.Queue[Serving] = queue.Queue()

    async def serve() -> None:
        refused: queue.Queue[str] = queue.Queue()
        server = Server(handler, limits or Limits(), refused.put)
        listener = listen(Address("127.0.0.1", 0))
        where = bound(listener)
        await server.start([listener])
        made.put(Serving(where, server, asyncio.get_running_loop(), refused))
        await server.closed

    thread = threading.Thread(target=lambda: run(serve()))
    thread.start()
    running = made.get(timeout=WAIT_SECONDS)
    try:
        yield running
    finally:
        if thread.is_alive():
            running.do(running.stop)
        thread.join(WAIT_SECONDS)
        assert not thread.is_alive()
        assert running.server.bodies == 0


def read_all(client: socket.socket) -> bytes:
    """Return everything until the other side closes."""
    received = bytearray()
    while part := client.recv(1 << 16):
        received += part
    return bytes(received)


def read_exactly(client: socket.socket, size: int) -> bytes:
    """Return the next *size* bytes, or fewer when the other side closes."""
    received = bytearray()
    while len(received) < size and (part := client.recv(size - len(received))):
        received += part
    return bytes(received)


def read_until(client: socket.socket, end: bytes) -> bytes:
    """Return what comes until *end* has come, or the other side closed."""
    received = bytearray()
    while not received.endswith(end) and (part := client.recv(1 << 16)):
        received += part
    return bytes(received)


def post(body: bytes, *headers: bytes) -> bytes:
    """Return a request that carries *body*."""
    lines = [b"POST /mcp HTTP/1.1", b"Host: a", b"Content-Length: %d" % len(body), *headers]
    return b"\r\n".join([*lines, b"", body])


def status(answer: bytes) -> int:
    """Return the status of the first answer in *answer*."""
    return int(answer.split(b" ", 2)[1])


def wait_until(is_so: Callable[[], bool]) -> bool:
    """Return whether it came to be so in time."""
    deadline = time.monotonic() + WAIT_SECONDS
    while not is_so():
        if time.monotonic() > deadline:
            return False
        time.sleep(POLL_SECONDS)
    return True
