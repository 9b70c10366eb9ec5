"""Passing: serves modern clients with one modern server process that all of them share."""

import time
from typing import Any

from msgspec import Raw

from adapter import jsonrpc
from adapter.calls import Call
from adapter.children import MOST_BACKLOG, Child, Failed, Owner
from adapter.eras import Knowledge, meta
from adapter.jsonrpc import Envelope
from adapter.modern import refusals
from adapter.modern.asked import Asked
from adapter.modern.catalogue import Catalogue
from adapter.modern.exchanges import Exchange
from adapter.modern.passages import Passage, Subscription
from adapter.modern.policy import Policy
from adapter.modern.vocabulary import (
    CALL,
    DISCOVER,
    LIST_TOOLS,
    LISTEN,
    REMOVED,
    SUBSCRIPTION,
)
from adapter.processes import Ending


class Passing:
    """Hands requests on and answers back; only their numbers differ."""

    def __init__(self, policy: Policy) -> None:
        """Begin without a process."""
        self.policy = policy
        self.subscriptions: dict[Subscription, None] = {}
        self._child: Child | None = None
        self._before: Owner | None = None
        self._curious: dict[Passage, None] = {}
        """Calls in flight that want log messages."""
        self._waiting: dict[Passage, float] = {}
        self._catalogue = Catalogue()
        self._knowledge = Knowledge(modern=True, versions=())

    def adopt(self, child: Child, knowledge: Knowledge) -> None:
        """Serve with a process that has answered `server/discover`."""
        self._child, self._before, child.owner = child, child.owner, self
        self._knowledge = knowledge
        if "tools" in knowledge.capabilities:
            self._catalogue.refresh(self._tools)
        for subscription in list(self.subscriptions):
            subscription.renew(child)
        waiting, self._waiting = self._waiting, {}
        for passage in waiting:
            self._send(passage)

    def take(self, asked: Asked, exchange: Exchange) -> None:
        """Do what a client asks."""
        method = asked.method
        if method == DISCOVER:
            exchange.answer(jsonrpc.result(asked.identity, self._knowledge.discovered), None)
        elif method in REMOVED:
            exchange.refuse(refusals.unknown(method))
        elif method == LISTEN:
            self._listen(asked, exchange)
        elif method == CALL and not self._catalogue.is_plain(asked):
            self._check(Passage(asked, exchange))
        else:
            self._send(Passage(asked, exchange))

    def tick(self, now: float) -> None:
        """Give up what takes too long."""
        if self._child is not None:
            for call in self._child.calls.overdue(now):
                self._overdue(call)
        for passage, until in list(self._waiting.items()):
            if now > until or passage.exchange.is_over:
                del self._waiting[passage]
                passage.exchange.busy("the server is not there", 5)

    def drain(self) -> None:
        """End the subscriptions."""
        for subscription in list(self.subscriptions):
            subscription.complete(self._knowledge.info)
        self.subscriptions.clear()

    def close(self) -> None:
        """Ask nothing more."""
        self._catalogue.close()

    # What the server says by itself (adapter.children.Owner)

    def said(self, child: Child, message: bytes, envelope: Envelope) -> None:
        """Bring a notification to whom it belongs."""
        method = str(envelope.method)
        if envelope.is_request:
            child.send(refusals.unknown(method).answer(envelope.identity))
            return
        params = jsonrpc.members(envelope.params) if isinstance(envelope.params, Raw) else {}
        if method == "notifications/message":
            self._logged(message)
        elif method == "notifications/cancelled":
            self._ended(child, bytes(params.get("requestId", b"")))
        else:
            inside = jsonrpc.members(params.get("_meta", b"{}"))
            call = child.calls.open.get(bytes(inside.get(SUBSCRIPTION, b"")))
            if call is not None and isinstance(call.sink, Subscription):
                call.sink.told(message, method, params)
        if method == "notifications/tools/list_changed":
            self._catalogue.changed()

    def gone(self, child: Child, ending: Ending) -> None:
        """Hear that the process has ended; what was in flight has been answered."""
        self._child = None
        if self._before is not None:
            self._before.gone(child, ending)

    def done(self, passage: Passage) -> None:
        """Hear that a call has ended."""
        self._curious.pop(passage, None)

    # Handing on

    def _check(self, passage: Passage) -> None:
        """Compare headers and arguments, as soon as it is known which belong together."""

        def checked() -> None:
            wrong = self._catalogue.problem(passage.asked)
            if wrong is None:
                self._send(passage)
            else:
                passage.exchange.refuse(wrong)

        if self._catalogue.knows(passage.asked, self._tools, checked):
            checked()

    def _send(self, passage: Passage) -> None:
        if passage.exchange.is_over:
            return
        if self._child is None:
            if len(self._waiting) < self.policy.waiting:
                self._waiting[passage] = time.monotonic() + self.policy.start_seconds
            else:
                passage.exchange.busy("the server is not there", 5)
            return
        if self._child.backlog > MOST_BACKLOG:
            passage.exchange.busy("the server does not keep up", 5)
            return
        if passage.asked.level is not None:
            self._curious[passage] = None
            passage.done = self.done
        passage.send(self._child, self.policy.request_seconds, self.policy.longest_seconds)

    def _listen(self, asked: Asked, exchange: Exchange) -> None:
        if len(self.subscriptions) >= self.policy.listeners:
            exchange.busy("too many subscriptions", 10)
            return
        subscription = Subscription(asked, exchange, self.subscriptions)
        if self._child is not None:
            subscription.open(self._child)

    def _ended(self, child: Child, number: bytes) -> None:
        """Hear that the server ends a subscription."""
        call = child.calls.open.get(number)
        if call is not None and isinstance(call.sink, Subscription):
            call.sink.complete(self._knowledge.info)

    def _logged(self, message: bytes) -> None:
        """Bring a log message to the only one who wants some; it does not say whose it is."""
        if len(self._curious) == 1:
            next(iter(self._curious)).event(message)

    def _overdue(self, call: Call) -> None:
        if isinstance(call.sink, Passage):
            call.sink.give_up("the server took too long")

    async def _tools(self, cursor: dict[str, Any]) -> dict[str, Raw]:
        if self._child is None:
            raise Failed("the server is not there")
        params = cursor | {"_meta": meta(self.policy.version, {})}
        return await self._child.page(LIST_TOOLS, params, self.policy.start_seconds, "tools")
