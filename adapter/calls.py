"""Requests in flight to one server process: each gets its own answer, whatever its id was."""

import itertools
from typing import Protocol

from msgspec import UNSET, Raw

from adapter import jsonrpc
from adapter.figures import Figures
from adapter.jsonrpc import Envelope

_numbers = itertools.count(1)

TOKEN = "progressToken"
PROGRESS_TOKEN = TOKEN.encode()


class Sink(Protocol):
    """Where the answer to a request goes, and what belongs to it before."""

    def answer(self, message: bytes, code: int | None) -> None:
        """Take the answer, whose id is the client's; *code* is that of an error."""

    def event(self, message: bytes) -> None:
        """Take a message that belongs to the request, and comes before its answer."""


class _Nobody:
    """The sink of a call whose answer nobody needs, or has already."""

    def answer(self, message: bytes, code: int | None) -> None:
        """Nobody waits for it."""

    def event(self, message: bytes) -> None:
        """Nobody waits for it."""


NOBODY = _Nobody()


class Call:
    """One request of one client, as the server process knows it: by a number of ours."""

    __slots__ = (
        "deadline",
        "identity",
        "is_background",
        "latest",
        "method",
        "number",
        "received",
        "seconds",
        "sink",
        "token",
    )

    def __init__(self, identity: bytes, method: str, sink: Sink) -> None:
        """Take a request whose id was spelled *identity*."""
        self.number = next(_numbers)
        self.identity = identity
        self.method = method
        self.sink = sink
        self.token: Raw | None = None
        self.received: Envelope | None = None
        """The server's own answer, read already, for sinks that look into it."""
        self.is_background = False
        """No client waits for an answer: a question of our own, or a subscription."""
        self.seconds = 0.0
        self.deadline = float("inf")
        self.latest = float("inf")

    def tokened(self, meta: dict[str, Raw], number: bytes) -> dict[str, Raw] | None:
        """Return *meta* with *number* for the progress token, which is kept; None without one."""
        token = meta.get(TOKEN)
        if token is None or bytes(token) == b"null":
            return None
        self.token = token
        return meta | {TOKEN: Raw(number)}

    def answer(self, message: bytes, code: int | None) -> None:
        """Hand the answer over, and let go of who takes it, who may know us: none is kept."""
        sink, self.sink = self.sink, NOBODY
        sink.answer(message, code)

    def fail(self, code: int, sentence: str, data: object = None) -> None:
        """Answer with an error of ours."""
        self.answer(jsonrpc.error(self.identity, code, sentence, data), code)


class Calls:
    """The calls in flight to one process: gives out numbers, and brings answers home."""

    def __init__(self, figures: Figures) -> None:
        """Begin with none; *figures* counts the calls of all processes."""
        self.open: dict[bytes, Call] = {}
        self._figures = figures

    def begin(self, call: Call) -> bytes:
        """Wait for the answer to a call; return its number as the process shall see it."""
        number = b"%d" % call.number
        self.open[number] = call
        if not call.is_background:
            self._figures.in_flight += 1
        return number

    def outgoing(self, call: Call, message: bytes, envelope: Envelope) -> bytes:
        """Return *message* as the process shall see it, and wait for the answer."""
        number = self.begin(call)
        if PROGRESS_TOKEN in message and envelope.params is not UNSET:
            params = _with_token(envelope.params, call, number)
            if params is not None:
                return jsonrpc.with_members(message, id=number, params=params)
        return jsonrpc.with_id(message, call.identity, number)

    def answered(self, message: bytes, envelope: Envelope) -> bool:
        """Bring an answer home; False when nobody waits for it."""
        identity = bytes(envelope.id)  # type: ignore[arg-type]  # an answer has one
        call = self.take(identity)
        if call is None:
            return False
        call.received = envelope
        home = jsonrpc.with_id(message, identity, call.identity)
        code = jsonrpc.error_code(envelope)
        if code is not None:
            self._figures.count_error(code)
        call.answer(home, code)
        return True

    def progressed(self, message: bytes, envelope: Envelope) -> Call | None:
        """Return whose progress this is, after telling it; None when nobody asked for it."""
        if envelope.params is UNSET:
            return None
        params = jsonrpc.members(envelope.params)
        call = self.open.get(bytes(params.get(TOKEN, b"")))
        if call is None or call.token is None:
            return None
        params[TOKEN] = call.token
        call.sink.event(jsonrpc.with_members(message, params=jsonrpc.rendered(params)))
        return call

    @property
    def busy(self) -> bool:
        """Whether somebody waits for an answer."""
        return any(not call.is_background for call in self.open.values())

    def find(self, identity: bytes) -> Call | None:
        """Return the latest call that its client knows by *identity*."""
        calls = reversed(self.open.values())
        return next((call for call in calls if call.identity == identity), None)

    def forget(self, call: Call) -> bool:
        """Wait no longer for the answer; False when nobody waited."""
        return self.take(b"%d" % call.number) is not None

    def hold(self, call: Call) -> None:
        """Keep a call in the books while its client is asked something."""
        self.begin(call)

    def take(self, number: bytes) -> Call | None:
        """Return the call with this number, and wait for it no longer."""
        call = self.open.pop(number, None)
        if call is not None and not call.is_background:
            self._figures.in_flight -= 1
        return call

    def fail_all(self, code: int, sentence: str, data: object = None) -> None:
        """Answer every call with an error."""
        calls, self.open = list(self.open.values()), {}
        self._figures.in_flight -= sum(not call.is_background for call in calls)
        for call in calls:
            call.fail(code, sentence, data)

    def forgive(self, seconds: float) -> None:
        """Wait so much longer for all answers."""
        for call in self.open.values():
            call.deadline += seconds
            call.latest += seconds

    def overdue(self, now: float) -> list[Call]:
        """Return the calls that were silent for too long."""
        return [call for call in self.open.values() if now > min(call.deadline, call.latest)]


def _with_token(params: Raw, call: Call, number: bytes) -> bytes | None:
    """Return *params* with our number as progress token, or None when it has no token."""
    inside = jsonrpc.members(params)
    meta = call.tokened(jsonrpc.members(inside.get("_meta", b"")), number)
    if meta is None:
        return None
    inside["_meta"] = Raw(jsonrpc.rendered(meta))
    return jsonrpc.rendered(inside)


def cancelled(call: Call, reason: str) -> bytes:
    """Return the notification that tells the process to give a call up."""
    return jsonrpc.notification(
        "notifications/cancelled", {"requestId": call.number, "reason": reason}
    )
