"""Which path is served by whom, after Host, Origin and credential were found to be good."""

from collections.abc import Callable
from typing import Protocol

from adapter import jsonrpc
from adapter.eras import LEGACY_VERSIONS, META
from adapter.figures import Figures
from adapter.legacy.events import Events
from adapter.legacy.front import KNOWN_VERSIONS, SESSION, VERSION, Legacy
from adapter.legacy.refusal import refuse
from adapter.legacy.sockets import Sockets
from adapter.wire.guard import Guard
from adapter.wire.replies import Reply
from adapter.wire.requests import Request

Page = Callable[[Request, Reply, str | None], None]

ENVELOPE = f"{META}protocolVersion".encode()
NOTHING_HERE = "nothing is served here; MCP is at "


class Gate(Protocol):
    """What asks for a credential."""

    def admit(self, request: Request, reply: Reply, go_on: Callable[[str | None], None]) -> None:
        """Call *go_on* with who it is, now or later, or answer why not."""


class Modern(Protocol):
    """What serves clients of 2026-07-28."""

    def post(self, request: Request, reply: Reply, principal: str | None) -> None:
        """Take a request."""

    def tick(self, now: float) -> None:
        """Look after what waits."""

    async def drain(self) -> None:
        """End the streams that never end by themselves."""


class Open:
    """No credential is asked for."""

    def admit(self, request: Request, reply: Reply, go_on: Callable[[str | None], None]) -> None:
        """Admit everybody."""
        del request, reply
        go_on(None)


class Routes:
    """Answers requests on the port that clients use."""

    def __init__(
        self,
        guard: Guard,
        gate: Gate,
        fronts: tuple[Legacy, Modern, Events, Sockets],
        figures: Figures,
        path: str,
    ) -> None:
        """Serve MCP at *path*."""
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
        self._gate.admit(request, reply, lambda principal: page(request, reply, principal))

    def _mcp(self, request: Request, reply: Reply, principal: str | None) -> None:
        self._figures.from_clients += len(request.body)
        if is_modern(request):
            self._figures.requests["modern"] += 1
            self._modern.post(request, reply, principal)
            return
        self._figures.requests["streamable"] += 1
        if request.method == b"POST":
            self._legacy.post(request, reply, principal)
        elif request.method == b"GET":
            self._legacy.get(request, reply, principal)
        elif request.method == b"DELETE":
            self._legacy.delete(request, reply, principal)
        else:
            self._legacy.other(reply)


def is_modern(request: Request) -> bool:
    """Say which era a request belongs to: by its header, and without one by its body.

    A version that nobody knows is modern: there the answer lists what is served.
    """
    version = request.headers.get(VERSION)
    if version is not None and version not in KNOWN_VERSIONS:
        return SESSION not in request.headers or version.decode("latin-1") > LEGACY_VERSIONS[0]
    if SESSION in request.headers or ENVELOPE not in request.body:
        return False
    envelope = jsonrpc.members(request.body)
    meta = jsonrpc.members(jsonrpc.members(envelope.get("params", b"")).get("_meta", b""))
    return ENVELOPE.decode() in meta
