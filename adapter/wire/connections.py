"""Connections: one client each; requests are handled in their order, one at a time."""

import asyncio
from typing import TYPE_CHECKING, cast

from adapter.wire.intake import BODY, IDLE, Intake
from adapter.wire.outlets import House, Outlet
from adapter.wire.refusals import INTERNAL_ERROR, RETRY, Refusal, error_body
from adapter.wire.replies import Reply, refused
from adapter.wire.requests import Request

if TYPE_CHECKING:
    from adapter.wire.websockets import WebSocket

CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


class Connection(Outlet):
    """The bytes of one client, from its first to its last."""

    __slots__ = (
        "_backlog",
        "_counted",
        "_intake",
        "_is_clogged",
        "_is_serving",
        "_reply",
        "_websocket",
    )

    def __init__(self, house: House) -> None:
        """Wait for the client."""
        super().__init__(house)
        self._backlog = bytearray()
        self._reply: Reply | None = None
        self._websocket: WebSocket | None = None
        self._counted = 0
        """Bytes of an incomplete body that the house has counted."""
        self._is_clogged = self._is_serving = False

    @property
    def is_idle(self) -> bool:
        """Nothing is asked and nothing is owed."""
        is_silent = self._intake.phase is IDLE and not self._intake.ready and not self._backlog
        return self._reply is None and self._websocket is None and is_silent

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        self._transport = cast("asyncio.Transport", transport)
        address = transport.get_extra_info("peername")
        peer = str(cast("tuple[object]", address)[0]) if isinstance(address, tuple) else ""
        self._intake = Intake(self._house.limits, peer, self._send_continue)
        refusal = self._house.arrived(self)
        if refusal is not None:
            self._refuse(refusal)

    def data_received(self, data: bytes) -> None:
        """Read on, unless an earlier request is not answered yet."""
        if self._is_leaving and self._websocket is None:
            return
        if self._websocket is not None:
            self._websocket.feed(data, self._house.now)
        elif self._reply is not None or self._is_clogged:
            self._backlog += data
            if len(self._backlog) > self._house.limits.backlog:
                self._transport.pause_reading()
        else:
            self._read(data)

    def eof_received(self) -> bool:
        """Take a client that says no more for one that has left."""
        self._lose()
        return False

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - its signature
        """Forget the client."""
        self._lose()
        self._house.left(self)
        self._forget_body()
        self._intake.close()
        self._websocket = None

    def pause_writing(self) -> None:
        """Handle no further request until the client has taken what it has asked for."""
        self._is_clogged = True

    def resume_writing(self) -> None:
        """Go on."""
        self._is_clogged = False
        self._serve()

    def finished(self, *, keeps_alive: bool) -> None:
        """Go on to the next request, if there may be one."""
        self._reply = None
        self._since = self._house.now
        if not keeps_alive or self._house.is_draining:
            self.close()
        elif not self._is_serving and (self._backlog or self._intake.ready or self._intake.refusal):
            self._serve()

    def open_websocket(self, request: Request, subprotocol: bytes | None) -> "WebSocket":
        """Leave HTTP."""
        from adapter.wire.websockets import WebSocket, handshake  # a seventh of our start

        self._reply = None
        websocket = self._websocket = WebSocket(self, self._house.limits, self._house.now)
        self.write(handshake(request.headers[b"sec-websocket-key"], subprotocol))
        early = self._intake.beyond + self._backlog
        self._backlog.clear()
        if early:  # after the handler has said who hears it
            asyncio.get_running_loop().call_soon(websocket.feed, early, self._house.now)
        self._resume_reading()
        return websocket

    def give_up(self, reason: str) -> None:
        """Let go of the client at once; whoever is about to answer will hear of it."""
        if self._reply is not None:
            self._reply.finished = True
        super().give_up(reason)

    def sweep(self, now: float) -> None:
        """Look whether a client is late, or waits for a sign of life."""
        if self.is_stalled(now):
            self.give_up("slow client")
        elif self._websocket is not None and not self._is_leaving:
            self._websocket.sweep(now)
        elif self._reply is not None:
            if now - self._spoke >= self._house.limits.comment_seconds:
                self._spoke = now
                self._reply.comment()
        elif self.queued:
            self._since = now
        else:
            self._hurry(now - self._since)

    def drain(self) -> None:
        """Close if idle."""
        if self.is_idle and not self._is_leaving:
            self.close()

    def _read(self, data: bytes) -> None:
        intake = self._intake
        if intake.phase is IDLE:
            self._since = self._house.now
        intake.feed(data)
        if intake.phase is BODY or self._counted:
            self._count_body()
        if intake.ready or intake.refusal is not None:
            self._serve()

    def _serve(self) -> None:
        """Have everything handled that can be, until one request waits for its answer."""
        if self._is_serving:
            return
        self._is_serving = True
        intake = self._intake
        while self._reply is None and not self._is_clogged and not self._is_leaving:
            if intake.ready:
                self._handle(intake.ready.pop(0))
            elif intake.refusal is not None:
                self._refuse(intake.refusal)
            elif self._backlog and self._websocket is None:
                data = bytes(self._backlog)
                self._backlog.clear()
                self._resume_reading()
                self._since = self._house.now
                intake.feed(data)
                self._count_body()
            else:
                break
        self._is_serving = False

    def _handle(self, request: Request) -> None:
        reply = self._reply = Reply(self, request)
        self._spoke = self._house.now
        if self._house.handle(request, reply):
            return
        self._house.refuse("handler failed")
        if reply.finished:
            return
        if reply.started:
            self.give_up("handler failed")
        else:
            reply.answer(500, error_body("internal error", INTERNAL_ERROR))

    def _count_body(self) -> None:
        """Keep the sum of what is held for all clients within its bound."""
        held = self._intake.held if self._intake.phase is BODY else 0
        self._house.bodies += held - self._counted
        self._counted = held
        if held and self._house.bodies > self._house.limits.bodies:
            self._intake.refusal = Refusal(503, "too many bodies at once", RETRY)

    def _refuse(self, refusal: Refusal) -> None:
        """Answer with an error, and listen to no more of what the client says."""
        self._house.refuse(refusal.reason)
        self._forget_body()
        self._backlog.clear()
        self.write(refused(refusal))
        self.say_no_more()

    def _forget_body(self) -> None:
        self._intake.forget()
        self._house.bodies -= self._counted
        self._counted = 0

    def _lose(self) -> None:
        """Tell whoever was about to answer that the client has left."""
        self._is_leaving = True
        reply, self._reply = self._reply, None
        if self._websocket is not None:
            self._websocket.lost()
        elif reply is not None:
            reply.finished = True
            if reply.gone is not None:
                self._house.call(reply.gone)

    def _hurry(self, waited: float) -> None:
        limits, phase = self._house.limits, self._intake.phase
        if self._is_leaving:
            if waited > limits.linger_seconds:
                self.abort()
        elif phase is IDLE:
            if waited > limits.idle_seconds:
                self.close()
        elif waited > (limits.body_seconds if phase is BODY else limits.head_seconds):
            self._refuse(Refusal(408, "the request took too long"))

    def _send_continue(self) -> None:
        self.write(CONTINUE)
