"""A session: one legacy client, and the one server process that nobody else ever sees."""

import time
from typing import Protocol

from msgspec import UNSET, Raw

from adapter import jsonrpc
from adapter.calls import Call, Calls, Sink
from adapter.children import Child, Owner
from adapter.jsonrpc import Envelope
from adapter.processes import Ending

REFUSALS = frozenset({-32022, jsonrpc.METHOD_NOT_FOUND, jsonrpc.INVALID_PARAMS, -32600})
"""How servers say that they know no `initialize`."""


class Outlet(Protocol):
    """The client's side of a session."""

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
        """Return what stands in for a server that has no sessions, if that is what it is."""
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
        self._house = house
        child.owner = self

    def request(self, message: bytes, envelope: Envelope, sink: Sink) -> Call:
        """Send a request of the client to its server."""
        self.active = time.monotonic()
        method = str(envelope.method)
        if method == "initialize":
            sink = _Handshake(self, sink, message, envelope)
        call = Call(envelope.identity or b"null", method, sink)
        if self._house.admitted(self, call):
            self.child.request(call, message, envelope)
        return call

    def emulate(self) -> bool:
        """Go on with what stands in for the server; say whether there is such a thing."""
        emulation = self._house.emulation()
        if emulation is None:
            return False
        self.child.owner = None
        self.child.stop()
        self.child = emulation
        emulation.owner = self
        return True

    def tell(self, message: bytes, envelope: Envelope) -> None:
        """Send a notification, or an answer to a request of the server."""
        self.active = time.monotonic()
        if self._house.overwhelmed(self):
            self.close("the server does not read what it is sent")
        elif envelope.method == "notifications/cancelled":
            self._cancel(envelope)
        else:
            self.child.send(message)

    def close(self, reason: str) -> None:
        """End it, and its process."""
        if self.is_over:
            return
        self.is_over = True
        self._house.closed(self)
        self.child.calls.fail_all(jsonrpc.SERVER_ERROR, reason)
        self.child.stop()
        if self.outlet is not None:
            self.outlet.over(reason)

    def said(self, child: Child, message: bytes, envelope: Envelope) -> None:
        """Pass on what the server says."""
        del child
        if self.outlet is not None and not self.is_over:
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
        call.sink.answer(
            jsonrpc.error(call.identity, jsonrpc.SERVER_ERROR, "cancelled by the client"), None
        )


class _Handshake:
    """Reads the answer to `initialize` on its way."""

    def __init__(self, session: Session, sink: Sink, message: bytes, envelope: Envelope) -> None:
        self._session = session
        self._sink = sink
        self._asked = message, envelope

    def answer(self, message: bytes, code: int | None) -> None:
        if code in REFUSALS and self._session.emulate():
            asked, envelope = self._asked
            self._asked = b"", Envelope()
            self._session.request(asked, envelope, self._sink)
            return
        if code is None:
            result = jsonrpc.parse(message).result
            self._session.agreed(result if isinstance(result, Raw) else Raw(b"{}"))
        self._sink.answer(message, code)
        if code is not None:
            self._session.close("the server refused initialize")

    def event(self, message: bytes) -> None:
        self._sink.event(message)
