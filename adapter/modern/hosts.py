"""Hosts: processes of an older server, and what they do for modern clients."""

import asyncio
import logging
import time
from collections.abc import Callable
from typing import Protocol

from msgspec import Raw

from adapter import jsonrpc
from adapter.calls import Call, cancelled
from adapter.children import MOST_BACKLOG, Child, Failed, Owner
from adapter.eras import Knowledge, initialize
from adapter.jsonrpc import Envelope
from adapter.modern import refusals, results
from adapter.modern.capabilities import QUESTIONS, Capabilities
from adapter.modern.levels import Levels
from adapter.modern.policy import Policy
from adapter.modern.results import Additions
from adapter.modern.vocabulary import NAMED_BY, OLD_URL_NEEDED
from adapter.modern.works import Work
from adapter.processes import Ending
from adapter.supply import Supply

log = logging.getLogger("adapter.modern.hosts")

Place = tuple[str | None, Capabilities]
"""Whose clients a host serves, and what those can be asked."""


class House(Protocol):
    """All hosts, and who decides for them."""

    policy: Policy
    supply: Supply

    def settled(self, host: "Host") -> None:
        """Hear that a host has shaken hands."""

    def freed(self, host: "Host") -> None:
        """Hear that a host can take another call that may ask."""

    def lost(self, host: "Host") -> None:
        """Hear that a host is no more."""

    def posed(self, host: "Host", work: Work, envelope: Envelope) -> None:
        """Hear a question about a work."""

    def url_needed(self, work: Work, envelope: Envelope) -> bool:
        """Send the client to a page first; False when the error does not say where."""
        ...

    def announced(self, host: "Host", message: bytes, envelope: Envelope) -> None:
        """Hear of a change."""


class Host:
    """One process; it does many things at once, but only one that may ask."""

    def __init__(self, child: Child, house: House, place: Place) -> None:
        """Take over *child*."""
        self.child = child
        self.place = place
        self.knowledge: Knowledge | None = None
        self.additions = Additions({})
        self.works: dict[int, Work] = {}
        self.waiting: list[Work] = []
        """What it will do once it has shaken hands."""
        self.turn: Work | None = None
        """The call that may ask."""
        self.used = time.monotonic()
        self._house = house
        self._levels = Levels(child)
        self._before: Owner | None = child.owner
        self._handshake: asyncio.Task[None] | None = None
        child.owner = self

    @property
    def is_idle(self) -> bool:
        """Whether it has nothing to do."""
        return not self.works and not self.waiting and self.turn is None

    @property
    def _can_log(self) -> bool:
        return self.knowledge is not None and "logging" in self.knowledge.capabilities

    def start(self) -> None:
        """Shake hands."""
        self._handshake = asyncio.get_running_loop().create_task(self._shake_hands())

    def settle(self, knowledge: Knowledge) -> None:
        """Begin to work."""
        self.knowledge = knowledge
        self.additions = Additions(knowledge.info)
        self._house.settled(self)
        waiting, self.waiting = self.waiting, []
        for work in waiting:
            self._send(work)

    def run(self, work: Work, *, exclusive: bool) -> None:
        """Do *work*, now or after the handshake."""
        work.doer = self
        if exclusive:
            self.turn = work
        if self.knowledge is None:
            self.waiting.append(work)
        else:
            self._send(work)

    def finished(self, work: Work, message: bytes, code: int | None) -> None:
        """Hand the answer on."""
        self.works.pop(work.call.number, None)
        if not work.abandoned:
            self._deliver(work, message, code)
        self._rest(work)

    def deliver_kept(self, work: Work) -> None:
        """Hand on an answer that came while the client was away."""
        if work.kept is not None:
            self._deliver(work, *work.kept)

    def abandon(self, work: Work, reason: str) -> None:
        """Stop a work; who may ask must have stopped before another may."""
        if work.call.number not in self.works:
            if self.turn is work and self.knowledge is None:
                self.waiting.remove(work)
                self._rest(work)
            return
        if self.turn is not work:
            self.works.pop(work.call.number)
            self.child.cancel(work.call, reason)
            return
        work.until = time.monotonic() + self._house.policy.abandon_seconds
        work.unclock()
        self.child.send(cancelled(work.call, reason))
        self._wait_for_calm(work)
        for question in work.questions.values():
            self.decline(question.identity, reason)
        work.questions.clear()

    def _wait_for_calm(self, work: Work) -> None:
        """Free the host once the server has read that a call is cancelled.

        A cancelled call needs no answer; a ping behind it does, and then nothing is asked any more.
        """
        ping = Call(b"0", "ping", _Calm(lambda: self._calm(work)))
        ping.is_background = True
        self.child.request(ping, jsonrpc.request(b"0", "ping", {}), Envelope(method="ping"))

    def _calm(self, work: Work) -> None:
        if self.works.pop(work.call.number, None) is not None:
            self.child.calls.forget(work.call)
            self._rest(work)

    def decline(self, identity: bytes, reason: str) -> None:
        """Answer a question of the server with an error."""
        self.child.send(jsonrpc.error(identity, jsonrpc.INTERNAL_ERROR, reason))

    def tick(self, now: float) -> None:
        """Look for works that take too long, and for a server that does not give up."""
        for call in self.child.calls.overdue(now):
            self._overdue(call)
        if self.turn is not None and self.turn.abandoned and now > self.turn.until:
            log.info("ended a server that did not give up a call", extra={"pid": self.child.pid})
            self.child.stop()

    # What the server says by itself (adapter.children.Owner)

    def said(self, child: Child, message: bytes, envelope: Envelope) -> None:  # noqa: ARG002
        """Hear a question, a log message or a change."""
        method = str(envelope.method)
        if envelope.is_request:
            self._asked(method, envelope)
        elif method == "notifications/message":
            self._levels.logged(self.works, message, envelope)
        elif method == "notifications/cancelled":
            self._withdrawn(envelope)
        elif method.endswith("/list_changed") or method == "notifications/resources/updated":
            self._house.announced(self, message, envelope)

    def gone(self, child: Child, ending: Ending) -> None:
        """Hear that the process has ended; what it was doing has been answered."""
        if self._handshake is not None:
            self._handshake.cancel()
        waiting, self.waiting = self.waiting, []
        for work in waiting:
            self._fail(work, str(ending))
        self._house.lost(self)
        if self._before is not None:
            self._before.gone(child, ending)

    async def _shake_hands(self) -> None:
        policy, can = self._house.policy, self.place[1]
        try:
            knowledge = await initialize(
                self.child, policy.version, can.as_legacy(), policy.start_seconds
            )
        except Failed as error:
            waiting, self.waiting = self.waiting, []
            for work in waiting:
                self._fail(work, f"the handshake failed: {error}")
            self._house.supply.failed_to_answer(self.child, f"the handshake failed: {error}")
            return
        self._house.supply.answered(self.child)
        self.settle(knowledge)

    def _send(self, work: Work) -> None:
        if work.abandoned:
            self._rest(work)
            return
        policy = self._house.policy
        if self.child.backlog > MOST_BACKLOG and work.exchange is not None:
            work.exchange.busy("the server does not keep up", 5)
            self._rest(work)
            return
        self.works[work.call.number] = work
        if work.asked.level is not None and self._can_log:
            self._levels.attune(self.works)
        work.clock(policy.request_seconds, policy.longest_seconds)
        self.child.forward(work.call, work.spelled)

    def _deliver(self, work: Work, message: bytes, code: int | None) -> None:
        exchange, method = work.exchange, work.asked.method
        if exchange is None:
            work.kept = message, code
            return
        envelope = work.call.received or jsonrpc.parse(message)
        if code is None:
            exchange.answer(self.additions.complete(message, envelope, method), None)
            return
        if code == OLD_URL_NEEDED and self._house.url_needed(work, envelope):
            return
        if method == "resources/read":
            message, code = results.not_found(message, envelope, code, work.asked.params["uri"])
        else:
            message, code = results.modern_error(message, envelope, code)
        exchange.answer(message, code)

    def _rest(self, work: Work) -> None:
        if self.turn is work:
            self.turn = None
            self.used = time.monotonic()
            self._house.freed(self)

    def _fail(self, work: Work, reason: str) -> None:
        if work.exchange is not None:
            work.exchange.refuse(refusals.failed(reason))

    def _overdue(self, call: Call) -> None:
        work = self.works.get(call.number)
        if work is None:
            return
        self._fail(work, "the server took too long")
        work.exchange = None
        work.give_up("timed out")

    def _asked(self, method: str, envelope: Envelope) -> None:
        work = self._asker()
        identity = envelope.identity or b"null"
        if method not in QUESTIONS:
            error = refusals.unknown(method)
            self.child.send(error.answer(identity))
        elif work is None or work.abandoned:
            self.decline(identity, "no client is there who could answer")
        else:
            self._house.posed(self, work, envelope)

    def _withdrawn(self, envelope: Envelope) -> None:
        """Drop a question that the server does not want to be answered any more."""
        params = jsonrpc.members(envelope.params) if isinstance(envelope.params, Raw) else {}
        identity = bytes(params.get("requestId", b""))
        if self.turn is not None:
            open_ones = self.turn.questions
            self.turn.questions = {
                key: one for key, one in open_ones.items() if one.identity != identity
            }

    def _asker(self) -> Work | None:
        """Return the work that a question belongs to, if there is no doubt: it does not say."""
        if self.turn is not None:
            return self.turn
        able = [work for work in self.works.values() if work.asked.method in NAMED_BY]
        return able[0] if len(able) == 1 else None


class _Calm:
    """A sink for the answer to a ping (adapter.calls.Sink)."""

    def __init__(self, heard: Callable[[], None]) -> None:
        self._heard = heard

    def answer(self, message: bytes, code: int | None) -> None:  # noqa: ARG002
        self._heard()

    def event(self, message: bytes) -> None:
        """There is none."""
