"""Front: where the requests of modern clients come in."""

import asyncio
from functools import lru_cache
from typing import Protocol

import msgspec

from adapter import jsonrpc
from adapter.children import Child
from adapter.eras import LEGACY_VERSIONS, Knowledge
from adapter.figures import Figures
from adapter.jsonrpc import Envelope, Malformed
from adapter.modern.asked import Asked, read
from adapter.modern.exchanges import Exchange
from adapter.modern.passing import Passing
from adapter.modern.policy import Policy
from adapter.modern.refusals import Refusal
from adapter.modern.translation import Translation
from adapter.modern.vocabulary import REVISION
from adapter.supply import Supply
from adapter.wire.media import accepts, media_type
from adapter.wire.replies import Reply
from adapter.wire.requests import Request

JSON, STREAM = b"application/json", b"text/event-stream"
ALLOW = b"Allow: POST\r\n"
GRACE = 0.05


class Server(Protocol):
    """What does the work of modern clients."""

    def adopt(self, child: Child, knowledge: Knowledge) -> None:
        """Serve with a process that has shaken hands."""

    def take(self, asked: Asked, exchange: Exchange) -> None:
        """Do what a client asks."""

    def tick(self, now: float) -> None:
        """Look after what takes long."""

    def drain(self) -> None:
        """End the subscriptions."""

    def close(self) -> None:
        """Ask nothing more."""


class Modern:
    """All modern clients."""

    def __init__(self, supply: Supply, policy: Policy, figures: Figures) -> None:
        """Wait for the resident, which tells what the server is."""
        self.server: Server | None = None
        self._supply = supply
        self._policy = policy
        self._figures = figures
        self._versions: tuple[str, ...] = (REVISION, *LEGACY_VERSIONS)
        self._undecided: dict[Exchange, None] = {}
        self._early: list[tuple[Asked, Exchange]] = []

    def adopt(self, child: Child, knowledge: Knowledge) -> None:
        """Serve with the resident (adapter.resident.Resident.on_child)."""
        kind = Passing if knowledge.modern else Translation
        if not isinstance(self.server, kind):
            if self.server is not None:
                self.server.drain()
                self.server.close()
            self.server = self._made(knowledge)
        if knowledge.modern:
            self._versions = knowledge.versions
        self.server.adopt(child, knowledge)
        early, self._early = self._early, []
        for asked, exchange in early:
            if not exchange.is_over:
                self.server.take(asked, exchange)

    def post(self, request: Request, reply: Reply, principal: str | None = None) -> None:
        """Take a request of this revision, whatever its HTTP method."""
        wrong = _unacceptable(
            request.method,
            request.headers.get(b"accept", b""),
            request.headers.get(b"content-type", b""),
        )
        if wrong is not None:
            status, sentence = wrong
            headers = ALLOW if status == 405 else b""
            _refuse(reply, status, jsonrpc.INVALID_REQUEST, sentence, headers)
            return
        try:
            envelope = _single(request.body)
        except Malformed as error:
            self._figures.refused["malformed"] += 1
            _refuse(reply, 400, error.code, str(error))
            return
        if envelope.is_request:
            self._asked(request, reply, envelope, principal)
        elif envelope.is_answer:
            _refuse(reply, 400, jsonrpc.INVALID_REQUEST, "answers are sent as inputResponses")
        else:
            reply.answer(202)  # this revision has no notifications to servers over HTTP

    def tick(self, now: float) -> None:
        """Turn late answers into streams, and give up what takes too long; *now* is monotonic."""
        late = now - self._policy.decide_seconds
        for exchange in list(self._undecided):
            if exchange.began > late:
                break
            exchange.commit()
        if self.server is not None:
            self.server.tick(now)
        latest = now - self._policy.start_seconds
        for _, exchange in self._early:
            if exchange.began < latest:
                exchange.busy(self._supply.unavailable() or "the server is not there", 5)
        self._early = [one for one in self._early if not one[1].is_over]

    async def drain(self) -> None:
        """End the subscriptions, and let the news go out."""
        if self.server is not None:
            self.server.drain()
            await asyncio.sleep(GRACE)

    def close(self) -> None:
        """Ask nothing more of the server."""
        if self.server is not None:
            self.server.close()

    def _made(self, knowledge: Knowledge) -> Server:
        if knowledge.modern:
            return Passing(self._policy)
        return Translation(self._supply, self._policy)

    def _asked(
        self, request: Request, reply: Reply, envelope: Envelope, principal: str | None
    ) -> None:
        exchange = Exchange(reply, envelope.identity or b"null", self._undecided)
        asked = read(envelope, request.headers, request.repeated, self._versions)
        if isinstance(asked, Refusal):
            self._figures.refused["envelope"] += 1
            exchange.refuse(asked)
            return
        asked.principal = principal
        if self.server is not None:
            self.server.take(asked, exchange)
        else:
            self._wait(asked, exchange)

    def _wait(self, asked: Asked, exchange: Exchange) -> None:
        """Keep a request until it is known what the server is."""
        reason = self._supply.unavailable()
        if reason is not None:
            exchange.busy(reason, 5)
        elif len(self._early) >= self._policy.waiting:
            exchange.busy("too many requests wait for the server", 5)
        else:
            self._early.append((asked, exchange))


def _single(body: bytes) -> Envelope:
    if jsonrpc.is_batch(body):
        raise Malformed(jsonrpc.INVALID_REQUEST, "send one message at a time")
    return jsonrpc.checked(body)


@lru_cache(maxsize=256)
def _unacceptable(method: bytes, accept: bytes, content: bytes) -> tuple[int, str] | None:
    """Return the status and the reason why a request is refused without a look at its body."""
    if method != b"POST":
        return 405, "use POST"
    if not (accepts(accept, JSON) and accepts(accept, STREAM)):
        return 406, "Accept must list application/json and text/event-stream"
    if media_type(content) != JSON:
        return 415, "Content-Type must be application/json"
    return None


def _refuse(reply: Reply, status: int, code: int, sentence: str, headers: bytes = b"") -> None:
    """Answer what is no request: there is no id, and this revision knows no null for one."""
    error = {"jsonrpc": "2.0", "error": {"code": code, "message": sentence}}
    reply.answer(status, msgspec.json.encode(error), headers=headers)
