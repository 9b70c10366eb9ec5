"""Front: where the requests of modern clients come in."""

from typing import Protocol

import msgspec
from msgspec import Raw

from adapter import jsonrpc
from adapter.children import Child
from adapter.eras import HANDSHAKEN, LEGACY_VERSIONS, SESSION_HEADER, Knowledge
from adapter.figures import Figures
from adapter.jsonrpc import Envelope
from adapter.modern import vocabulary
from adapter.modern.asked import VERSION_HEADER, Asked, read
from adapter.modern.exchanges import Exchange
from adapter.modern.passing import Passing
from adapter.modern.policy import Policy
from adapter.modern.refusals import Refusal
from adapter.modern.translation import Translation
from adapter.modern.vocabulary import REVISION
from adapter.supply import STOPPING, Supply
from adapter.wire.replies import Reply
from adapter.wire.requests import Request

FRONT = "modern"
"""Versions that clients agree on with `initialize`."""
CURRENT = REVISION.encode()
VERSION_KEY = vocabulary.VERSION.encode()


def is_modern(request: Request, envelope: Envelope) -> bool:
    """Say whether a message is of this revision, or of one that would have to be refused here.

    Header and body count, so that a client that forgets one of them hears what is wrong. What
    says `initialize` without speaking of this revision is none, whatever its header says.
    """
    version = request.headers.get(VERSION_HEADER)
    has_session = SESSION_HEADER in request.headers
    known = version is None or version in HANDSHAKEN
    if envelope.method != "initialize" and (version == CURRENT or not (known or has_session)):
        return True
    if version in HANDSHAKEN and has_session:
        return False  # nor is a body looked through, which may be large
    if VERSION_KEY not in request.body or not isinstance(envelope.params, Raw):
        return False
    meta = jsonrpc.members(jsonrpc.members(envelope.params).get("_meta", b"{}"))
    return vocabulary.VERSION in meta


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
        self._draining = False

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

    def post(
        self, request: Request, reply: Reply, envelope: Envelope, principal: str | None = None
    ) -> None:
        """Take a message of this revision."""
        self._figures.requests[FRONT] += 1
        if envelope.is_request:
            self._asked(request, reply, envelope, principal)
        elif envelope.is_answer:
            # no id, as the answer had one of its own; this revision knows no null for it
            error = {"code": jsonrpc.INVALID_REQUEST, "message": "answers go into inputResponses"}
            reply.answer(400, msgspec.json.encode({"jsonrpc": "2.0", "error": error}))
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
        hopeless = self._supply.crash_loop()
        for _, exchange in self._early:
            if hopeless or exchange.began < latest:
                exchange.busy(self._supply.unavailable() or "the server is not there", 5)
        self._early = [one for one in self._early if not one[1].is_over]

    def drain(self) -> None:
        """End the subscriptions, and what waits for clients; other calls may go on."""
        self._draining = True
        if self.server is not None:
            self.server.drain()

    def resume(self) -> None:
        """Go on after a drain that was not the end."""
        self._draining = False

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
        if self._figures.in_flight >= self._policy.concurrency:
            self._figures.refused["concurrency"] += 1
            exchange.busy(f"{self._policy.concurrency} calls are in flight already", 1)
            return
        if self._draining and asked.method == vocabulary.LISTEN:
            exchange.busy(STOPPING, 1)
            return
        asked.principal = principal
        reason = self._supply.unavailable()
        if reason is not None and asked.method != vocabulary.DISCOVER:
            exchange.busy(reason, 5)
        elif self.server is not None:
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
