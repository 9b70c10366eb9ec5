"""Which path is served by whom, after Host, Origin and credential were found to be good."""

from collections.abc import Callable
from typing import Protocol

from adapter.eras import HANDSHAKEN
from adapter.figures import Figures
from adapter.jsonrpc import Malformed, is_batch, received
from adapter.legacy.events import Events
from adapter.legacy.front import STREAM, VERSION, Legacy
from adapter.legacy.refusal import refuse
from adapter.legacy.sockets import Sockets
from adapter.modern.front import Modern, is_modern
from adapter.wire.guard import Guard
from adapter.wire.media import accepts, media_type
from adapter.wire.replies import Reply
from adapter.wire.requests import Request

Page = Callable[[Request, Reply, str | None], None]

JSON = b"application/json"
OLDEST = b"2024-11-05"
"""What a client without a version header may speak at least."""
ALLOW = b"Allow: GET, POST, DELETE\r\n"
NOTHING_HERE = "nothing is served here; MCP is at "


class Gate(Protocol):
    """What asks for a credential."""

    def admit(self, request: Request, reply: Reply, go_on: Callable[[str | None], None]) -> None:
        """Call *go_on* with who it is, now or later, or answer why not."""


class Routes:
    """Answers requests on the port that clients use."""

    def __init__(
        self,
        guard: Guard,
        gate: Gate | None,
        fronts: tuple[Legacy, Modern, Events, Sockets],
        figures: Figures,
        path: str,
    ) -> None:
        """Serve MCP at *path*; without a gate no credential is asked for."""
        self._guard = guard
        self._gate = gate
        self._legacy, self._modern, events, sockets = fronts
        self._figures = figures
        self._path = path
        self._pages: dict[str, Page] = {
            path: self._mcp,
            "/sse": events.open,
            "/messages": events.post,
            "/ws": sockets.open,
        }
        self.public: dict[str, Callable[[Request, Reply], None]] = {}
        """Pages that need no credential, and tell nothing."""

    def handle(self, request: Request, reply: Reply) -> None:
        """Answer a request, now or later."""
        public = self.public.get(request.path)
        if public is not None:
            public(request, reply)
            return
        verdict = self._guard.judge(request.headers)
        if verdict.headers:
            reply.extra = verdict.headers
        if verdict.status:
            self._figures.refused[verdict.reason] += 1
            refuse(reply, verdict.status, verdict.reason)
            return
        if request.method == b"OPTIONS" and b"access-control-request-method" in request.headers:
            reply.answer(204, headers=self._guard.preflight(request.headers))
            return
        page = self._pages.get(request.path.rstrip("/") or "/")
        if page is None:
            refuse(reply, 404, NOTHING_HERE + self._path)
            return
        if self._gate is None:
            page(request, reply, None)
        else:
            self._gate.admit(request, reply, lambda principal: page(request, reply, principal))

    def _mcp(self, request: Request, reply: Reply, principal: str | None) -> None:
        if request.method == b"POST":
            self._post(request, reply, principal)
        elif request.headers.get(VERSION, OLDEST) not in HANDSHAKEN:
            refuse(reply, 405, "this revision has only POST", headers=b"Allow: POST\r\n")
        elif request.method == b"GET":
            self._legacy.get(request, reply, principal)
        elif request.method == b"DELETE":
            self._legacy.delete(request, reply, principal)
        else:
            refuse(reply, 405, "use POST, GET or DELETE", headers=ALLOW)

    def _post(self, request: Request, reply: Reply, principal: str | None) -> None:
        """Read a message just once, and give it to those who serve clients of its era."""
        headers = request.headers
        self._figures.from_clients += len(request.body)
        accept = headers.get(b"accept", b"")
        if not (accepts(accept, JSON) and accepts(accept, STREAM)):
            refuse(reply, 406, "Accept must list application/json and text/event-stream")
        elif media_type(headers.get(b"content-type")) != JSON:
            refuse(reply, 415, "Content-Type must be application/json")
        elif is_batch(request.body) and headers.get(VERSION, OLDEST) in HANDSHAKEN:
            self._figures.requests["streamable"] += 1
            self._legacy.post_list(request, reply, principal)
        else:
            self._message(request, reply, principal)

    def _message(self, request: Request, reply: Reply, principal: str | None) -> None:
        try:
            envelope = received(request.body)
        except Malformed as error:
            refuse(reply, 400, str(error), error.code)
            return
        if is_modern(request, envelope):
            self._modern.post(request, reply, envelope, principal)
            return
        self._figures.requests["streamable"] += 1
        self._legacy.post(request, reply, envelope, principal)
