"""One `subscriptions/listen` at a modern server, kept for a client of the era of subscriptions."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from msgspec import Raw

from adapter import jsonrpc
from adapter.calls import Call
from adapter.children import Child
from adapter.jsonrpc import Envelope
from adapter.modern.listeners import ACKNOWLEDGED, LISTS, LONGEST_URI
from adapter.modern.vocabulary import LISTEN, SUBSCRIPTION
from kinds.reading import fields, is_list, within

MOST_URIS = 1000
SHORTEST = 1.0
"""Seconds that a subscription must have lasted to be opened again after the server ended it: one
that ends them at once would have us open them for ever."""


@dataclass(frozen=True)
class Wish:
    """A call of the client that is answered once the server has acknowledged."""

    call: Call
    uri: str
    is_new: bool


class Listening:
    """Opens the subscription anew whenever what it is about changes, one at a time."""

    def __init__(self, child: Child, tell: Callable[[bytes, Envelope], None]) -> None:
        """Subscribe at *child*; what comes goes to *tell*."""
        self.envelope: dict[str, Raw] = {}
        self._child = child
        self._tell = tell
        self._lists: dict[str, bool] = {}
        self._uris: dict[str, None] = {}
        self._current: _Stay | None = None
        """The subscription that the server has acknowledged."""
        self._next: _Stay | None = None
        """The one that will take its place: until then nothing the first tells may be lost."""
        self._wishes: list[Wish] = []
        """What came too late for the next."""
        self._is_late = False
        """The lists came too late for it."""

    def begin(self, offered: dict[str, Any]) -> None:
        """Listen for changes of all lists that the server announces."""
        if self._lists:
            return
        for name, (capability, _) in LISTS.items():
            if within(offered, capability, "listChanged") is True:
                self._lists[name] = True
        self._is_late = bool(self._lists)
        self._open_for_late()

    def add(self, call: Call, uri: object) -> None:
        """Listen for changes of a resource as well."""
        if not isinstance(uri, str) or len(uri) > LONGEST_URI:
            call.fail(jsonrpc.INVALID_PARAMS, "the uri of the resource is missing, or too long")
        elif uri not in self._uris and len(self._uris) >= MOST_URIS:
            call.fail(jsonrpc.INVALID_PARAMS, f"a session may watch {MOST_URIS} resources")
        else:
            is_new = uri not in self._uris
            self._uris[uri] = None
            self._wish(Wish(call, uri, is_new))

    def remove(self, call: Call, uri: object) -> None:
        """Listen no more for changes of a resource."""
        if not isinstance(uri, str):
            call.fail(jsonrpc.INVALID_PARAMS, "the uri of the resource is missing")
            return
        self._uris.pop(uri, None)
        self._wish(Wish(call, uri, is_new=False))

    def heard(self, message: bytes, envelope: Envelope) -> bool:
        """Pass on what belongs to the subscription; say whether it did."""
        params = jsonrpc.members(envelope.params) if isinstance(envelope.params, Raw) else {}
        if envelope.method == "notifications/cancelled":
            self._ended(bytes(params.get("requestId", b"")))
            return True
        meta = jsonrpc.members(params.get("_meta", b"{}"))
        identity = meta.pop(SUBSCRIPTION, None)
        if identity is None:
            return False
        if envelope.method == ACKNOWLEDGED:
            if self._next is not None and self._next.number == bytes(identity):
                self._acknowledged(jsonrpc.value(params.get("notifications", b"null")))
        elif self._current is not None and self._current.number == bytes(identity):
            params["_meta"] = Raw(jsonrpc.rendered(meta))
            if not meta:
                del params["_meta"]
            spelled = jsonrpc.with_members(message, params=jsonrpc.rendered(params))
            self._tell(spelled, envelope)
        return True

    def ended(self, stay: "_Stay", error: tuple[int, str] | None) -> None:
        """Hear that the server ended a subscription, or would not have it."""
        if stay is self._next:
            self._next = None
            code, sentence = error or (jsonrpc.INTERNAL_ERROR, "the server ended the subscription")
            for wish in stay.wishes:
                if wish.is_new:
                    self._uris.pop(wish.uri, None)
                if self._child.calls.forget(wish.call):
                    wish.call.fail(code, sentence)
            self._open_for_late()
        elif stay is self._current:
            self._current = None
            is_calm = time.monotonic() - stay.began > SHORTEST
            if error is None and is_calm and self._next is None:
                self._open()

    def _wish(self, wish: Wish) -> None:
        """Keep a call in the books until the server knows what it is about."""
        self._child.calls.hold(wish.call)
        self._wishes.append(wish)
        if self._next is None:
            self._open()

    def _open(self) -> None:
        wanted: dict[str, Any] = {**self._lists}
        if self._uris:
            wanted["resourceSubscriptions"] = list(self._uris)
        wishes, self._wishes, self._is_late = self._wishes, [], False
        stay = self._next = _Stay(self, wishes)
        if not wanted:
            self._acknowledged(wanted)
            return
        message = jsonrpc.request(b"0", LISTEN, {"notifications": wanted, "_meta": self.envelope})
        self._child.request(stay.call, message, Envelope(method=LISTEN))

    def _acknowledged(self, honoured: object) -> None:
        """Go on with the next; *honoured* is what the server says it will tell."""
        before, self._current, self._next = self._current, self._next, None
        if before is not None:
            self._child.cancel(before.call, "replaced")
        uris = fields(honoured).get("resourceSubscriptions")
        for wish in self._current.wishes if self._current is not None else ():
            if not self._child.calls.forget(wish.call):
                continue
            if wish.uri in self._uris and isinstance(honoured, dict) and not _holds(uris, wish.uri):
                del self._uris[wish.uri]
                wish.call.fail(jsonrpc.INVALID_PARAMS, "the server does not watch this resource")
            else:
                wish.call.answer(jsonrpc.result(wish.call.identity, b"{}"), None)
        self._open_for_late()

    def _open_for_late(self) -> None:
        waiting = self._child.calls.open
        self._wishes = [wish for wish in self._wishes if b"%d" % wish.call.number in waiting]
        if (self._wishes or self._is_late) and self._next is None:
            self._open()

    def _ended(self, number: bytes) -> None:
        for stay in (self._current, self._next):
            if stay is not None and stay.number == number:
                self._child.calls.forget(stay.call)
                self.ended(stay, None)
                return


class _Stay:
    """A sink for one subscription (adapter.calls.Sink)."""

    def __init__(self, listening: Listening, wishes: list[Wish]) -> None:
        self._listening = listening
        self.wishes = wishes
        self.began = time.monotonic()
        self.call = Call(b"0", LISTEN, self)
        self.call.is_background = True
        self.number = b"%d" % self.call.number

    def answer(self, message: bytes, code: int | None) -> None:
        """Hear that the server ended the subscription."""
        if code is None:
            self._listening.ended(self, None)
            return
        told = fields(jsonrpc.value(jsonrpc.members(message).get("error", b"null")))
        self._listening.ended(self, (code, str(told.get("message", "an error"))))

    def event(self, message: bytes) -> None:
        """Hear progress, which there is none of."""


def _holds(uris: object, uri: str) -> bool:
    return is_list(uris) and uri in uris
