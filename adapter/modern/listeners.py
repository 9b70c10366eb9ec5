"""Listeners: streams on which clients hear that something has changed."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

import msgspec
from msgspec import Raw

from adapter import jsonrpc
from adapter.jsonrpc import Envelope
from adapter.modern import results
from adapter.modern.asked import Asked
from adapter.modern.exchanges import Exchange
from adapter.modern.vocabulary import SERVER, SUBSCRIPTION
from kinds.reading import fields, is_list, within

UPDATED = "notifications/resources/updated"
ACKNOWLEDGED = "notifications/subscriptions/acknowledged"
LISTS = {
    "toolsListChanged": ("tools", "notifications/tools/list_changed"),
    "promptsListChanged": ("prompts", "notifications/prompts/list_changed"),
    "resourcesListChanged": ("resources", "notifications/resources/list_changed"),
}
LONGEST_URI = 8192


@dataclass(frozen=True, eq=False)
class Listener:
    """One subscription."""

    exchange: Exchange
    identity: bytes
    scope: str | None
    methods: frozenset[str]
    uris: frozenset[str]


class Listeners:
    """All subscriptions; what somebody wants of the server is wanted once."""

    def __init__(self) -> None:
        """Begin with none."""
        self.all: dict[Listener, None] = {}
        self.uris: Counter[tuple[str | None, str]] = Counter()

    def add(self, listener: Listener) -> list[str]:
        """Acknowledge a subscription; return the resources that nobody wanted before."""
        self.all[listener] = None
        new = [uri for uri in listener.uris if not self.uris[listener.scope, uri]]
        self.uris.update((listener.scope, uri) for uri in listener.uris)
        listener.exchange.commit()
        listener.exchange.event(_acknowledgement(listener))
        return new

    def remove(self, listener: Listener) -> list[str]:
        """Forget a subscription; return the resources that nobody wants any more."""
        if listener not in self.all:
            return []
        del self.all[listener]
        self.uris.subtract((listener.scope, uri) for uri in listener.uris)
        unwanted = [uri for uri in listener.uris if not self.uris[listener.scope, uri]]
        for uri in unwanted:
            del self.uris[listener.scope, uri]
        return unwanted

    def wanted(self, scope: str | None) -> list[str]:
        """Return the resources that somebody wants to hear of."""
        return [uri for of, uri in self.uris if of == scope]

    def announce(self, scope: str | None, message: bytes, envelope: Envelope) -> None:
        """Tell everybody who wants to know."""
        method = str(envelope.method)
        params = jsonrpc.members(envelope.params) if isinstance(envelope.params, Raw) else {}
        uri = jsonrpc.value(params["uri"]) if method == UPDATED and "uri" in params else None
        spelled: dict[bytes, bytes] = {}
        for listener in list(self.all):
            if listener.scope != scope or not _wants(listener, method, uri):
                continue
            identity = listener.identity
            if identity not in spelled:
                spelled[identity] = results.tagged(message, params, identity)
            listener.exchange.event(spelled[identity])

    def everything_changed(self, scope: str | None) -> None:
        """Tell everybody about everything: the server that knew what has changed is gone."""
        for _, method in LISTS.values():
            self.announce(scope, jsonrpc.notification(method), Envelope(method=method))
        for uri in self.wanted(scope):
            params = Raw(msgspec.json.encode({"uri": uri}))
            message = jsonrpc.notification(UPDATED, {"uri": uri})
            self.announce(scope, message, Envelope(method=UPDATED, params=params))

    def close(self, info: dict[str, Any]) -> None:
        """End all subscriptions as a server does that stops."""
        for listener in list(self.all):
            self.remove(listener)
            listener.exchange.answer(ending(listener.identity, info), None)


def listener(
    asked: Asked, exchange: Exchange, scope: str | None, offered: dict[str, Any], most: int
) -> Listener:
    """Return the subscription that a client asks for, as far as the server can serve it."""
    wanted = fields(jsonrpc.value(asked.params.get("notifications", b"{}")))
    methods = [
        method
        for key, (capability, method) in LISTS.items()
        if wanted.get(key) is True and _can(offered, capability, "listChanged")
    ]
    uris = wanted.get("resourceSubscriptions")
    named = uris if is_list(uris) and _can(offered, "resources", "subscribe") else []
    good = [uri for uri in named[:most] if isinstance(uri, str) and len(uri) <= LONGEST_URI]
    return Listener(exchange, asked.identity, scope, frozenset(methods), frozenset(good))


def ending(identity: bytes, info: dict[str, Any]) -> bytes:
    """Return the result that ends a subscription."""
    spelled = b'{"resultType":"complete","_meta":{"%b":%b,"%b":%b}}'
    names = SUBSCRIPTION.encode(), SERVER.encode()
    inside = spelled % (names[0], identity, names[1], msgspec.json.encode(info))
    return jsonrpc.result(identity, inside)


def _wants(listener: Listener, method: str, uri: object) -> bool:
    if method == UPDATED:
        return isinstance(uri, str) and uri in listener.uris
    return method in listener.methods


def _can(offered: dict[str, Any], capability: str, what: str) -> bool:
    return within(offered, capability, what) is True


def _acknowledgement(listener: Listener) -> bytes:
    honoured: dict[str, object] = {
        key: True for key, (_, method) in LISTS.items() if method in listener.methods
    }
    if listener.uris:
        honoured["resourceSubscriptions"] = sorted(listener.uris)
    meta = {SUBSCRIPTION: Raw(listener.identity)}
    return jsonrpc.notification(ACKNOWLEDGED, {"_meta": meta, "notifications": honoured})
