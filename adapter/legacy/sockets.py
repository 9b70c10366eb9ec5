"""WebSocket: a session as long as its connection, a message in each text frame."""

from typing import TYPE_CHECKING

from adapter.legacy.channel import Channel
from adapter.legacy.keeper import Keeper
from adapter.legacy.refusal import refuse, unavailable
from adapter.supply import NoChild
from adapter.wire.replies import Reply
from adapter.wire.requests import Request

if TYPE_CHECKING:
    from adapter.wire.websockets import WebSocket

FRONT = "websocket"
SUBPROTOCOL = b"mcp"
UPGRADE = b"Upgrade: websocket\r\n"
LONGEST_REASON = 100
GOING_AWAY, INTERNAL_ERROR = 1001, 1011


class Sockets:
    """Serves /ws."""

    def __init__(self, keeper: Keeper) -> None:
        """Serve the sessions of *keeper*."""
        self._keeper = keeper

    def open(self, request: Request, reply: Reply, principal: str | None) -> None:
        """Begin a session."""
        if not request.is_upgrade:
            refuse(reply, 426, "this is a WebSocket: ask for an upgrade", headers=UPGRADE)
            return
        try:
            session = self._keeper.begin(FRONT, principal)
        except NoChild as error:
            unavailable(reply, str(error), error.seconds)
            return
        offered = request.headers.get(b"sec-websocket-protocol", b"").split(b",")
        speaks = any(one.strip() == SUBPROTOCOL for one in offered)
        socket = reply.upgrade(SUBPROTOCOL if speaks else None)
        channel = Channel(session, _Socket(socket, self._keeper))
        socket.received = channel.take_any
        socket.gone = channel.left()


class _Socket:
    """The way to the client (adapter.legacy.channel.Way)."""

    def __init__(self, socket: "WebSocket", keeper: Keeper) -> None:
        self._socket = socket
        self._keeper = keeper

    def send(self, message: bytes) -> None:
        self._socket.send(message)

    def close(self, reason: str) -> None:
        code = GOING_AWAY if self._keeper.draining else INTERNAL_ERROR
        self._socket.close(code, reason[:LONGEST_REASON])
