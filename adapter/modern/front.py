"""Front: where the requests of modern clients come in, and how one is told from an older one."""

from typing import Protocol

from msgspec import Raw

from adapter import jsonrpc
from adapter.children import Child
from adapter.eras import LEGACY_VERSIONS, Knowledge
from adapter.figures import Figures
from adapter.jsonrpc import Envelope
from adapter.modern import asked as reading
from adapter.modern import vocabulary
from adapter.modern.asked import VERSION_HEADER, Asked
from adapter.modern.exchanges import Exchange
from adapter.modern.passing import Passing
from adapter.modern.policy import Policy
from adapter.modern.refusals import Refusal
from adapter.modern.translation import Translation
from adapter.modern.vocabulary import REVISION
from adapter.supply import Supply
from adapter.wire.replies import Reply
from adapter.wire.requests import Request

FRONT = "modern"
HANDSHAKEN = frozenset(version.encode() for version in (*LEGACY_VERSIONS, "2024-10-07"))
VERSION_KEY = vocabulary.VERSION.encode()


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


def is_modern(request: Request, envelope: Envelope) -> bool:
    """Say whether a message is of this revision, or of one that would have to be refused here.

    Header and body count, so that a client that forgets one of them hears what is wrong. What
    says `initialize` without speaking of this revision is none, whatever its header says.
    """
    version = request.headers.get(VERSION_HEADER)
    if VERSION_KEY in request.body and isinstance(envelope.params, Raw):
        meta = jsonrpc.members(jsonrpc.members(envelope.params).get("_meta", b"{}"))
        if vocabulary.VERSION in meta:
            return True
    if version is None or version in HANDSHAKEN:
        return False
    return envelope.method != "initialize"


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
            self.server = (
                Passing(self._policy)
                if knowledge.modern
                else Translation(self._supply, self._policy)
            )
        if knowledge.modern:
            self._versions = knowledge.versions
        self.server.adopt(child, knowledge)
        early, self._early = self._early, []
        for asked, exchange in early:
            self.server.take(asked, exchange)

    def post(
        self, request: Request, reply: Reply, envelope: Envelope, principal: str | None = None
    ) -> None:
        """Take a message of this revision; JSON-RPC answers are none."""
        self._figures.requests[FRONT] += 1
        if not envelope.is_request:
            self._notified(reply, envelope)
            return
        exchange = Exchange(reply, envelope.identity or b"null", self._undecided)
        asked = reading.read(envelope, request.headers, request.repeated, self._versions)
        if isinstance(asked, Refusal):
            self._figures.refused["envelope"] += 1
            exchange.refuse(asked)
            return
        asked.principal = principal
        if self.server is not None:
            self.server.take(asked, exchange)
        else:
            self._wait(asked, exchange)

    def tick(self, now: float) -> None:
        """Turn late answers into streams, and give up what takes too long; once a second."""
        late = now - self._policy.decide_seconds
        for exchange in list(self._undecided):
            if exchange.began > late:
                break
            exchange.commit()
        for asked, exchange in [
            one for one in self._early if now > one[1].began + self._policy.start_seconds
        ]:
            self._early.remove((asked, exchange))
            exchange.busy(self._supply.unavailable() or "the server is not there", 5)
        if self.server is not None:
            self.server.tick(now)

    def drain(self) -> None:
        """End the subscriptions; calls in flight may go on."""
        self._draining = True
        if self.server is not None:
            self.server.drain()

    def close(self) -> None:
        """Ask nothing more of the server."""
        if self.server is not None:
            self.server.close()

    def _notified(self, reply: Reply, envelope: Envelope) -> None:
        """Take no notice: this revision has no notifications to servers over HTTP."""
        if envelope.is_answer:
            refusal = Refusal(jsonrpc.INVALID_REQUEST, "answers are sent as inputResponses")
            reply.answer(400, refusal.answer(envelope.identity))
        else:
            reply.answer(202)

    def _wait(self, asked: Asked, exchange: Exchange) -> None:
        """Keep a request until it is known what the server is."""
        reason = self._supply.unavailable()
        if reason is not None:
            exchange.busy(reason, 5)
        elif len(self._early) >= self._policy.waiting:
            exchange.busy("too many requests wait for the server", 5)
        else:
            self._early.append((asked, exchange))
