"""A session: one legacy client, and the one server process that nobody else ever sees."""

import logging
import time
from typing import Protocol

from msgspec import UNSET, Raw

from adapter import jsonrpc
from adapter.calls import Call, Calls, Sink
from adapter.children import Child, Owner
from adapter.jsonrpc import Envelope
from adapter.processes import Ending

log = logging.getLogger("adapter.session")

REFUSALS = frozenset({-32022, jsonrpc.METHOD_NOT_FOUND, jsonrpc.INVALID_PARAMS, -32600})
"""How servers say that they know no `initialize`."""
MOST_QUESTIONS = 1000


class Outlet(Protocol):
    """The client's side of a session."""

    @property
    def is_connected(self) -> bool:
        """Whether the client is there to hear what the server says."""
        ...

    def unasked(self, message: bytes, envelope: Envelope) -> None:
        """Take a request or a notification of the server."""

    def over(self, reason: str) -> None:
        """Hear that the session has ended."""


class Server(Protocol):
    """The server's side of a session: a process, or what stands before it."""

    owner: Owner | None

    @property
    def calls(self) -> Calls:
        """The calls in flight."""
        ...

    @property
    def backlog(self) -> int:
        """Bytes that wait for a server that does not read."""
        ...

    @property
    def ending(self) -> Ending | None:
        """How it ended."""
        ...

    @property
    def handshaken(self) -> bool:
        """Whether it has answered as a server."""
        ...

    def request(self, call: Call, message: bytes, envelope: Envelope) -> None:
        """Send a request of the client."""

    def send(self, message: bytes) -> None:
        """Send another message of the client."""

    def cancel(self, call: Call, reason: str) -> None:
        """Give a call up."""

    def shook_hands(self) -> None:
        """Remember that it has answered as a server."""

    def stop(self) -> None:
        """End it."""


class House(Protocol):
    """Who keeps the sessions."""

    def admitted(self, session: "Session", call: Call) -> bool:
        """Say whether one more call is allowed; answer it when it is not."""
        ...

    def overwhelmed(self, session: "Session") -> bool:
        """Say whether too much waits for a server that does not read."""
        ...

    def emulation(self) -> Server | None:
        """Return what stands in for a server that has no sessions, if that is what it may be."""
        ...

    def another(self) -> Server | None:
        """Return another process, if there is one."""
        ...

    def answered(self, session: "Session") -> None:
        """Hear that the server answered `initialize`."""

    def closed(self, session: "Session") -> None:
        """Hear that a session has ended."""


class Session:
    """Takes what the client sends, and what its server says."""

    def __init__(self, identity: str, front: str, child: Server, house: House) -> None:
        """Begin with a child that nobody has used."""
        self.identity = identity
        self.front = front
        self.child: Server = child
        self.outlet: Outlet | None = None
        self.principal: str | None = None
        """Whose credential began it; nobody else's is good for it."""
        self.version = ""
        """What client and server agreed on."""
        self.began = self.active = time.monotonic()
        self.is_over = False
        self.questions: set[bytes] = set()
        """Requests of the server that the client has not answered: people take their time."""
        self._house = house
        child.owner = self

    def request(self, message: bytes, envelope: Envelope, sink: Sink) -> None:
        """Send a request of the client to its server."""
        self.active = time.monotonic()
        method = str(envelope.method)
        if method == "initialize":
            sink = _Handshake(self, sink, message, envelope)
        self.ask_again(message, envelope, sink)

    def ask_again(self, message: bytes, envelope: Envelope, sink: Sink) -> None:
        """Send a request to whoever is the server now."""
        call = Call(envelope.identity or b"null", str(envelope.method), sink)
        if self._house.admitted(self, call):
            self.child.request(call, message, envelope)

    def emulate(self) -> bool:
        """Go on with what stands in for the server; say whether there is such a thing."""
        return not self.is_over and self._replace(self._house.emulation())

    def try_another(self) -> bool:
        """Go on with another process, as the first has died; say whether there is one."""
        return not self.is_over and self._replace(self._house.another())

    def _replace(self, other: Server | None) -> bool:
        if other is None:
            return False
        self.child.owner = None
        self.child.stop()
        self.child = other
        other.owner = self
        return True

    def tell(self, message: bytes, envelope: Envelope) -> None:
        """Send a notification, or an answer to a request of the server."""
        self.active = time.monotonic()
        if self._house.overwhelmed(self):
            self.close("the server does not read what it is sent")
        elif envelope.method == "notifications/cancelled":
            self._cancel(envelope)
        else:
            self.questions.discard(envelope.identity or b"")
            self.child.send(message)

    def close(self, reason: str) -> None:
        """End it, and its process."""
        if self.is_over:
            return
        self.is_over = True
        told = {
            "front": self.front,
            "reason": reason,
            "seconds": round(time.monotonic() - self.began),
        }
        log.debug("session ended", extra=told)
        self._house.closed(self)
        self.child.calls.fail_all(jsonrpc.SERVER_ERROR, reason)
        self.child.stop()
        if self.outlet is not None:
            self.outlet.over(reason)

    def said(self, child: Child, message: bytes, envelope: Envelope) -> None:
        """Pass on what the server says."""
        del child
        if self.outlet is None or self.is_over:
            return
        if envelope.is_request and len(self.questions) < MOST_QUESTIONS:
            self.questions.add(envelope.identity or b"")
        elif envelope.method == "notifications/cancelled" and isinstance(envelope.params, Raw):
            self.questions.discard(bytes(jsonrpc.members(envelope.params).get("requestId", b"")))
        self.outlet.unasked(message, envelope)

    def gone(self, child: Child, ending: Ending) -> None:
        """End with the process."""
        del child
        self.close(str(ending))

    def agreed(self, result: Raw) -> None:
        """Hear what the server answered to `initialize`."""
        version = jsonrpc.members(result).get("protocolVersion")
        found = None if version is None else jsonrpc.value(version)
        self.version = found if isinstance(found, str) else ""
        self._house.answered(self)

    def _cancel(self, envelope: Envelope) -> None:
        params = {} if envelope.params is UNSET else jsonrpc.members(envelope.params)
        call = self.child.calls.find(bytes(params.get("requestId", b"")))
        if call is None or call.method == "initialize":
            return
        params["requestId"] = Raw(b"%d" % call.number)
        body = {"jsonrpc": Raw(b'"2.0"'), "method": Raw(b'"notifications/cancelled"')}
        self.child.send(jsonrpc.rendered({**body, "params": Raw(jsonrpc.rendered(params))}))
        self.child.calls.forget(call)
        call.answer(
            jsonrpc.error(call.identity, jsonrpc.SERVER_ERROR, "cancelled by the client"), None
        )


class _Handshake:
    """Reads the answer to `initialize` on its way."""

    def __init__(self, session: Session, sink: Sink, message: bytes, envelope: Envelope) -> None:
        self._session = session
        self._sink = sink
        self._asked = message, envelope
        self._others = 0
        """How many other processes were asked."""
        self._refusal: tuple[bytes, int | None] | None = None
        """What was answered before the handshake was emulated."""

    def answer(self, message: bytes, code: int | None) -> None:
        if self._goes_on(message, code):
            self._others += 1
            self._session.ask_again(*self._asked, self)
            return
        if code is not None and self._refusal is not None and self._session.child.ending is None:
            message, code = self._refusal  # it knows the newer way as little as the older
        if code is None:
            result = jsonrpc.parse(message).result
            self._session.agreed(result if isinstance(result, Raw) else Raw(b"{}"))
        self._sink.answer(message, code)
        if code is not None:
            self._session.close("the server refused initialize")

    def event(self, message: bytes) -> None:
        self._sink.event(message)

    def _goes_on(self, message: bytes, code: int | None) -> bool:
        """Say whether `initialize` is sent once more, to another."""
        if code is None or self._refusal is not None:
            return False
        has_died = self._session.child.ending is not None
        if has_died and self._others == 0:
            return self._session.try_another()
        if (has_died or code in REFUSALS) and self._session.emulate():
            self._refusal = message, code
            return True
        return False
