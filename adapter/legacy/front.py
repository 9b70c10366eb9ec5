"""The legacy side of /mcp: what POST, GET and DELETE mean for sessions."""

from adapter import jsonrpc
from adapter.eras import HANDSHAKEN, SESSION_HEADER
from adapter.figures import Figures
from adapter.jsonrpc import Envelope, Malformed
from adapter.legacy import batches
from adapter.legacy.batches import Batch
from adapter.legacy.keeper import Keeper
from adapter.legacy.refusal import NO_SESSION, no_session, refuse, unavailable
from adapter.legacy.streamable import Streamable
from adapter.legacy.streams import Unknown
from adapter.supply import NoChild
from adapter.traces import traced
from adapter.wire.media import accepts
from adapter.wire.replies import Reply
from adapter.wire.requests import Request

FRONT = "streamable"
STREAM = b"text/event-stream"
VERSION, ACCEPT = b"mcp-protocol-version", b"accept"


class Legacy:
    """Serves sessions over Streamable HTTP."""

    def __init__(self, keeper: Keeper, figures: Figures) -> None:
        """Serve the sessions of *keeper*."""
        self._keeper = keeper
        self._figures = figures

    def post(
        self, request: Request, reply: Reply, envelope: Envelope, principal: str | None
    ) -> None:
        """Take a message."""
        if envelope.method == "initialize" and envelope.is_request:
            self._begin(request, reply, principal, envelope)
            return
        client = self._client(request, reply, principal, envelope)
        if client is None:
            return
        if envelope.is_request:
            client.call(*traced(request.body, envelope, request.headers), reply)
        else:
            client.session.tell(request.body, envelope)
            reply.answer(202)

    def post_list(self, request: Request, reply: Reply, principal: str | None) -> None:
        """Take a list of messages."""
        client = self._client(request, reply, principal)
        if client is None:
            return
        session = client.session
        if not batches.allowed(session.version):
            sentence = "lists of messages are only part of revision 2025-03-26: send one by one"
            refuse(reply, 400, sentence)
            return
        try:
            messages = jsonrpc.batch(request.body)
            envelopes = [jsonrpc.received(message) for message in messages]
        except Malformed as error:
            refuse(reply, 400, str(error), error.code)
            return
        if len(messages) > batches.MOST:
            refuse(reply, 400, f"a list may hold {batches.MOST} messages")
            return
        self._split(client, list(zip(messages, envelopes, strict=True)), reply)

    def get(self, request: Request, reply: Reply, principal: str | None) -> None:
        """Open a stream."""
        if not accepts(request.headers.get(ACCEPT), STREAM):
            refuse(reply, 406, "Accept must list text/event-stream")
            return
        client = self._client(request, reply, principal)
        if client is None:
            return
        try:
            client.listen(reply, request.headers.get(b"last-event-id"))
        except Unknown:
            refuse(reply, 400, "Last-Event-ID is unknown, or too old: open a stream without it")

    def delete(self, request: Request, reply: Reply, principal: str | None) -> None:
        """End a session."""
        client = self._client(request, reply, principal)
        if client is not None:
            client.session.close("the client ended the session")
            reply.answer(200)

    def tick(self, now: float) -> None:
        """Look after streams."""
        for session in list(self._keeper.sessions.values()):
            if isinstance(session.outlet, Streamable):
                session.outlet.tick(now)

    def _begin(
        self, request: Request, reply: Reply, principal: str | None, envelope: Envelope
    ) -> None:
        try:
            session = self._keeper.begin(FRONT, principal)
        except NoChild as error:
            self._figures.refused["no child"] += 1
            unavailable(reply, str(error), error.seconds, envelope.identity)
            return
        client = Streamable(session, self._keeper.bounds.replay_bytes)
        client.call(request.body, envelope, reply)

    def _client(
        self,
        request: Request,
        reply: Reply,
        principal: str | None,
        envelope: Envelope | None = None,
    ) -> Streamable | None:
        """Return the client's side of the session that a request names, or answer why not."""
        identity = envelope.identity if envelope is not None else None
        given = request.headers.get(SESSION_HEADER)
        if given is None:
            refuse(reply, 400, NO_SESSION, identity=identity)
            return None
        version = request.headers.get(VERSION)
        if version is not None and version not in HANDSHAKEN:
            sentence = "MCP-Protocol-Version names no revision that is known here"
            refuse(reply, 400, sentence, jsonrpc.INVALID_PARAMS, identity=identity)
            return None
        session = self._keeper.find(given.decode("latin-1"), principal)
        client = session.outlet if session is not None else None
        if not isinstance(client, Streamable):
            no_session(reply, identity)
            return None
        return client

    def _split(
        self, client: Streamable, messages: list[tuple[bytes, Envelope]], reply: Reply
    ) -> None:
        requests = sum(envelope.is_request for _, envelope in messages)
        if requests == 0:
            reply.answer(202)
        batch = Batch(reply, client.header, requests)
        for message, envelope in messages:
            if not envelope.is_request:
                client.session.tell(message, envelope)
                continue
            part = batch.part(client.aside)
            client.session.request(message, envelope, part)
