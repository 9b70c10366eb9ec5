"""HTTP+SSE, the oldest transport: one stream to the client, and an address for what it sends."""

from urllib.parse import parse_qs

from adapter.jsonrpc import Malformed
from adapter.legacy.channel import Channel
from adapter.legacy.keeper import Keeper
from adapter.legacy.refusal import no_session, refuse, unavailable
from adapter.supply import NoChild
from adapter.wire.events import event
from adapter.wire.media import accepts, media_type
from adapter.wire.replies import Reply
from adapter.wire.requests import Request

FRONT = "sse"
ENDPOINT = b"event: endpoint\ndata: messages?session_id=%b\n\n"
"""Relative: behind a proxy that serves us under a prefix, it stays under that prefix."""


class Events:
    """Serves /sse and /messages."""

    def __init__(self, keeper: Keeper) -> None:
        """Serve the sessions of *keeper*."""
        self._keeper = keeper

    def open(self, request: Request, reply: Reply, principal: str | None) -> None:
        """Begin a session, which lasts as long as its stream."""
        if request.method != b"GET":
            refuse(reply, 405, "use GET, and the address it names", headers=b"Allow: GET\r\n")
        elif not accepts(request.headers.get(b"accept"), b"text/event-stream"):
            refuse(reply, 406, "Accept must list text/event-stream")
        else:
            self._begin(reply, principal)

    def post(self, request: Request, reply: Reply, principal: str | None) -> None:
        """Take a message of the client of one of the streams."""
        if request.method != b"POST":
            refuse(reply, 405, "use POST", headers=b"Allow: POST\r\n")
            return
        if media_type(request.headers.get(b"content-type")) != b"application/json":
            refuse(reply, 415, "Content-Type must be application/json")
            return
        given = parse_qs(request.query).get("session_id")
        if not given:
            refuse(reply, 400, "session_id is missing: post to the address that the stream named")
            return
        session = self._keeper.find(given[0], principal)
        if session is None or not isinstance(session.outlet, Channel):
            no_session(reply)
            return
        try:
            session.outlet.take(request.body)
        except Malformed as error:
            refuse(reply, 400, str(error), error.code)
            return
        reply.answer(202, b"Accepted", b"text/plain")

    def _begin(self, reply: Reply, principal: str | None) -> None:
        try:
            session = self._keeper.begin(FRONT, principal)
        except NoChild as error:
            unavailable(reply, str(error), error.seconds)
            return
        channel = Channel(session, _Stream(reply))
        reply.gone = channel.left()
        reply.stream()
        reply.send(ENDPOINT % session.identity.encode())


class _Stream:
    """The way to the client (adapter.legacy.channel.Way)."""

    def __init__(self, reply: Reply) -> None:
        self._reply = reply

    def send(self, message: bytes) -> None:
        self._reply.send(event(message))

    def close(self, reason: str) -> None:
        del reason
        self._reply.gone = None
        self._reply.end()
