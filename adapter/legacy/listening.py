"""One `subscriptions/listen` at a modern server, kept for a client of the era of subscriptions."""

from collections.abc import Callable
from typing import Any

import msgspec
from msgspec import UNSET, Raw

from adapter import jsonrpc
from adapter.calls import Call
from adapter.children import Child
from adapter.eras import META
from adapter.jsonrpc import Envelope
from kinds.reading import within

LISTEN = "subscriptions/listen"
ACKNOWLEDGED = "notifications/subscriptions/acknowledged"
SUBSCRIPTION = f"{META}subscriptionId"
CHANGES = {"tools": "toolsListChanged", "prompts": "promptsListChanged"}
MOST_URIS = 1000


class Listening:
    """Opens the subscription anew whenever what it is about changes."""

    def __init__(
        self,
        child: Child,
        envelope: Callable[[], dict[str, Any]],
        tell: Callable[[bytes, Envelope], None],
    ) -> None:
        """Subscribe at *child*; what comes goes to *tell*."""
        self._child = child
        self._envelope = envelope
        self._tell = tell
        self._filter: dict[str, Any] = {}
        self._uris: dict[str, None] = {}
        self._call: Call | None = None

    def begin(self, capabilities: dict[str, Any]) -> None:
        """Listen for changes of all lists that the server announces."""
        for name in (*CHANGES, "resources"):
            if within(capabilities, name, "listChanged"):
                self._filter[CHANGES.get(name, "resourcesListChanged")] = True
        self._open()

    def add(self, uri: str) -> None:
        """Listen for changes of a resource as well."""
        if len(self._uris) < MOST_URIS and uri not in self._uris:
            self._uris[uri] = None
            self._open()

    def remove(self, uri: str) -> None:
        """Listen no more for changes of a resource."""
        if uri in self._uris:
            del self._uris[uri]
            self._open()

    def heard(self, envelope: Envelope) -> bool:
        """Pass on what belongs to the subscription; say whether it did."""
        if envelope.params is UNSET:
            return False
        params = jsonrpc.members(envelope.params)
        meta = jsonrpc.members(params.get("_meta", b"{}"))
        identity = meta.pop(SUBSCRIPTION, None)
        if identity is None:
            return False
        if envelope.method == ACKNOWLEDGED or self._call is None:
            return True
        if jsonrpc.value(identity) != self._call.number:
            return True  # of a subscription that has been replaced
        params.pop("_meta")
        if meta:
            params["_meta"] = Raw(jsonrpc.rendered(meta))
        body = {"jsonrpc": Raw(b'"2.0"'), "method": Raw(msgspec.json.encode(envelope.method))}
        if params:
            body["params"] = Raw(jsonrpc.rendered(params))
        message = jsonrpc.rendered(body)
        self._tell(message, jsonrpc.parse(message))
        return True

    def answer(self, message: bytes, code: int | None) -> None:
        """Hear that the server ended the subscription (adapter.calls.Sink)."""

    def event(self, message: bytes) -> None:
        """Hear progress, which there is none of."""

    def _open(self) -> None:
        wanted = {**self._filter}
        if self._uris:
            wanted["resourceSubscriptions"] = list(self._uris)
        before = self._call
        self._call = None
        if wanted:
            self._call = Call(b"0", LISTEN, self)
            self._call.is_background = True
            params = {"notifications": wanted, "_meta": self._envelope()}
            message = jsonrpc.request(b"0", LISTEN, params)
            self._child.request(self._call, message, Envelope(method=LISTEN))
        if before is not None:
            self._child.cancel(before, "replaced")
