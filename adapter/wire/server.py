"""Server: accepts clients, hands their requests to one handler, and sweeps after the late ones."""

import asyncio
import logging
import socket
from collections.abc import Callable, Coroutine, Sequence
from typing import Any, TypeVar

import uvloop

from adapter.wire.connections import Connection
from adapter.wire.limits import Limits
from adapter.wire.refusals import RETRY, Refusal
from adapter.wire.replies import Reply
from adapter.wire.requests import Request

log = logging.getLogger(__name__)

Handler = Callable[[Request, Reply], None]
"""Answers a request, now or later; called from the event loop."""

BACKLOG = 1024
Result = TypeVar("Result")


def run(program: Coroutine[Any, Any, Result]) -> Result:
    """Run *program* on the event loop that the server is made for."""
    return uvloop.run(program)


class Server:
    """All clients of one handler."""

    def __init__(self, handler: Handler, limits: Limits, refused: Callable[[str], None]) -> None:
        """Serve *handler*; *refused* hears why a client or request never reached it."""
        self.limits = limits
        self.refuse = refused
        self.now = 0.0
        """The time of the last sweep, which is exact enough for every limit."""
        self.bodies = 0
        """Bytes of all bodies that are not complete yet."""
        self.is_draining = False
        """Whether every answer says that the next request belongs on another connection."""
        self._is_closing = False
        self.closed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        """Done when no client is left after `stop_accepting`."""
        self._handler = handler
        self.open: set[Connection] = set()
        self._listeners: list[asyncio.AbstractServer] = []
        self._sweeper: asyncio.TimerHandle | None = None

    @property
    def connections(self) -> int:
        """How many clients there are."""
        return len(self.open)

    async def start(self, listening: Sequence[socket.socket]) -> None:
        """Accept clients on sockets that listen already."""
        loop = asyncio.get_running_loop()
        self._sweep()
        for listener in listening:
            open_on = loop.create_unix_server if _is_unix(listener) else loop.create_server
            made = await open_on(lambda: Connection(self), sock=listener, backlog=BACKLOG)
            self._listeners.append(made)

    def send_away(self, *, away: bool = True) -> None:
        """Tell whoever is answered from now on to ask elsewhere, though all are still served.

        Behind a Service a new connection leads to another Pod, one that is kept comes back here.
        """
        self.is_draining = away

    def stop_accepting(self) -> None:
        """Close the ports, and send away who is served."""
        self.send_away()
        self._is_closing = True
        for listener in self._listeners:
            listener.close()
        self._settle()

    def close_idle(self) -> None:
        """Close every connection on which nothing is asked and nothing is owed."""
        for connection in tuple(self.open):
            connection.drain()

    def abort(self) -> None:
        """Close everything at once."""
        for connection in tuple(self.open):
            connection.abort()

    def arrived(self, connection: Connection) -> Refusal | None:
        """Count the connection; return why it has to come back later, if it has."""
        self.open.add(connection)
        if self._is_closing:  # it was on its way when the port closed
            return Refusal(503, "shutting down", RETRY)
        if len(self.open) <= self.limits.connections:
            return None
        if len(self.open) > self.limits.connections + self.limits.connections // 4 + 1:
            connection.abort()  # even to be told to come back there are too many
        return Refusal(503, "too many connections", RETRY)

    def left(self, connection: Connection) -> None:
        """Forget the connection."""
        self.open.discard(connection)
        if self._is_closing:
            self._settle()

    def handle(self, request: Request, reply: Reply) -> bool:
        """Have the request handled; return whether the handler did not fail."""
        return self.call(self._handler, request, reply)

    def call(self, hear: Callable[..., None], *arguments: object) -> bool:
        """Call what may raise: the outermost place, where one failure costs one client alone."""
        try:
            hear(*arguments)
        except Exception:
            log.exception("failed while serving a client")
            return False
        return True

    def _sweep(self) -> None:
        loop = asyncio.get_running_loop()
        self.now = loop.time()
        for connection in tuple(self.open):
            self.call(connection.sweep, self.now)
        if not self.closed.done():
            self._sweeper = loop.call_later(self.limits.sweep_seconds, self._sweep)

    def _settle(self) -> None:
        if not self.open and not self.closed.done():
            self.closed.set_result(None)
            if self._sweeper is not None:
                self._sweeper.cancel()


def _is_unix(listener: socket.socket) -> bool:
    return listener.family == socket.AF_UNIX
