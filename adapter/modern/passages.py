"""Passages: requests on their way through to a modern server, and subscriptions that stay there."""

import time
from collections.abc import Callable
from typing import Any

import msgspec
from msgspec import Raw

from adapter import jsonrpc
from adapter.calls import Call
from adapter.children import Child
from adapter.jsonrpc import Envelope
from adapter.modern import listeners, refusals, results
from adapter.modern.asked import Asked, traced
from adapter.modern.exchanges import Exchange
from adapter.modern.listeners import ACKNOWLEDGED, LISTS, UPDATED
from adapter.modern.vocabulary import LISTEN, SUBSCRIPTION
from kinds.reading import fields


class Passage:
    """A sink for one call (adapter.calls.Sink)."""

    __slots__ = ("_child", "asked", "call", "done", "exchange")

    def __init__(self, asked: Asked, exchange: Exchange) -> None:
        """Hand on what is *asked*."""
        self.asked = asked
        self.exchange = exchange
        self.call = Call(asked.identity, asked.method, self)
        self.done: Callable[[Passage], None] | None = None
        self._child: Child | None = None

    def send(self, child: Child, silent: float, longest: float) -> None:
        """Give the request to *child*, and tell it should the client leave."""
        self._child = child
        now = time.monotonic()
        self.call.seconds = silent
        self.call.deadline, self.call.latest = now + silent, now + longest
        self.exchange.left = self._left
        child.request(self.call, *message(self.asked))

    def answer(self, message: bytes, code: int | None) -> None:
        """Take the answer."""
        if self.done is not None:
            self.done(self)
        self.exchange.answer(message, code)

    def event(self, message: bytes) -> None:
        """Take what comes before it."""
        self.exchange.event(message)

    def give_up(self, reason: str) -> None:
        """Stop."""
        self.exchange.refuse(refusals.failed(reason))
        self._cancel(reason)

    def _left(self) -> None:
        self._cancel("the client disconnected")

    def _cancel(self, reason: str) -> None:
        if self.done is not None:
            self.done(self)
        if self._child is not None:
            self._child.cancel(self.call, reason)


class Subscription:
    """A sink for one `subscriptions/listen`, which outlives the process it was sent to."""

    def __init__(
        self, asked: Asked, exchange: Exchange, others: "dict[Subscription, None]"
    ) -> None:
        """Be one of all subscriptions until the client leaves or the server ends it."""
        self._asked = asked
        self._exchange = exchange
        self._others = others
        self._child: Child | None = None
        self._call: Call | None = None
        self._honoured: dict[str, Any] | None = None
        """What the first acknowledgement said, None before it."""
        others[self] = None
        exchange.left = self._left

    def open(self, child: Child) -> None:
        """Subscribe."""
        self._child = child
        self._call = Call(self._asked.identity, LISTEN, self)
        self._call.is_background = True
        child.request(self._call, *message(self._asked))

    def renew(self, child: Child) -> None:
        """Subscribe at another process; what the client knows may be wrong by now."""
        self.open(child)
        honoured = self._honoured or {}
        for key, (_, method) in LISTS.items():
            if honoured.get(key) is True:
                self._tell(jsonrpc.notification(method), {})
        for uri in honoured.get("resourceSubscriptions") or ():
            params = {"uri": Raw(msgspec.json.encode(uri))}
            self._tell(jsonrpc.notification(UPDATED), params)

    def told(self, message: bytes, method: str, params: dict[str, Raw]) -> None:
        """Hand a notification on; a second acknowledgement is our own affair."""
        if method == ACKNOWLEDGED:
            if self._honoured is not None:
                return
            self._honoured = fields(jsonrpc.value(params.get("notifications", b"{}")))
        self._tell(message, params)

    def answer(self, message: bytes, code: int | None) -> None:
        """Take the end of the subscription, unless it is only the end of the process."""
        if code is not None and self._child is not None and self._child.ending is not None:
            return
        self._others.pop(self, None)
        envelope = jsonrpc.parse(message)
        if isinstance(envelope.result, Raw):
            result = jsonrpc.members(envelope.result)
            tag = {SUBSCRIPTION: Raw(self._asked.identity)}
            meta = jsonrpc.members(result.get("_meta", b"{}")) | tag
            result["_meta"] = Raw(jsonrpc.rendered(meta))
            message = jsonrpc.with_members(message, result=jsonrpc.rendered(result))
        self._exchange.answer(message, code)

    def event(self, message: bytes) -> None:
        """Take what comes before it."""
        self._exchange.event(message)

    def complete(self, info: dict[str, Any]) -> None:
        """End it as a server does that stops."""
        self._leave("the subscription has ended")
        self._exchange.answer(listeners.ending(self._asked.identity, info), None)

    def _tell(self, message: bytes, params: dict[str, Raw]) -> None:
        self._exchange.event(results.tagged(message, params, self._asked.identity))

    def _left(self) -> None:
        self._leave("the client disconnected")

    def _leave(self, reason: str) -> None:
        self._others.pop(self, None)
        if self._child is not None and self._call is not None:
            self._child.cancel(self._call, reason)


def message(asked: Asked) -> tuple[bytes, Envelope]:
    """Return the request as it came, with the trace that its headers tell of."""
    params, trace = asked.params, traced(asked)
    if trace:
        params = params | {"_meta": Raw(jsonrpc.rendered(asked.meta.members | trace))}
    inside = jsonrpc.rendered(params)
    head = b'{"jsonrpc":"2.0","id":%b,"method":%b,"params":%b}'
    spelled = head % (asked.identity, msgspec.json.encode(asked.method), inside)
    return spelled, Envelope(method=asked.method, params=Raw(inside))
