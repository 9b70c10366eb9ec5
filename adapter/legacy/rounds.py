"""Rounds: a modern server asks by its results, a legacy client is asked by requests."""

import time
from collections.abc import Callable
from functools import partial
from typing import Protocol

import msgspec
from msgspec import Raw

from adapter import jsonrpc
from adapter.calls import Call, Calls
from adapter.jsonrpc import Envelope
from adapter.modern.capabilities import QUESTIONS, Capabilities, lacking
from adapter.modern.vocabulary import MISSING_CAPABILITY

MOST_ROUNDS = 10
MOST_QUESTIONS = 64
"""Of one call, open at once."""
ASKING = b"input_required"

Hear = Callable[[Envelope], None]


class Desk(Protocol):
    """Who knows the client's answers from its calls, and the server."""

    @property
    def calls(self) -> Calls:
        """The calls in flight."""
        ...

    @property
    def can(self) -> Capabilities:
        """What the client can be asked."""
        ...

    def question(self, hear: Hear) -> bytes:
        """Return the id of a new question, whose answer *hear* is called with."""
        ...

    def withdraw(self, identity: bytes) -> None:
        """Wait no longer for an answer."""

    def pass_on(self, call: Call, params: dict[str, Raw]) -> None:
        """Send a request to the server."""


class Rounds:
    """A sink that puts the server's questions to the client, and makes the request again."""

    def __init__(self, desk: Desk, call: Call, params: dict[str, Raw]) -> None:
        """Stand between *call* and its sink."""
        self._desk = desk
        self._call = call
        self._sink = call.sink
        self._params = params
        self._round = 0
        self._open: dict[bytes, str] = {}
        """The questions that the client has not answered, by their ids: what the server calls
        them."""
        self._answers: dict[str, Raw] = {}
        self._state: Raw | None = None

    def answer(self, message: bytes, code: int | None) -> None:
        """Hand on the last answer, and find out what has to be known for it before."""
        received, self._call.received = self._call.received, None
        if code is None and received is not None and ASKING in message:
            result = received.result
            inside = jsonrpc.members(result) if isinstance(result, Raw) else {}
            if jsonrpc.value(inside.get("resultType", b"null")) == "input_required":
                self._begin_round(inside)
                return
        self._withdraw()
        self._sink.answer(message, code)

    def event(self, message: bytes) -> None:
        """Hand on what comes before it."""
        self._sink.event(message)

    def _begin_round(self, inside: dict[str, Raw]) -> None:
        self._call.sink = self  # for the next answer, too
        self._desk.calls.hold(self._call)
        self._call.deadline = float("inf")  # people take their time
        self._round += 1
        self._answers = {}
        self._state = inside.get("requestState")
        questions = jsonrpc.members(inside.get("inputRequests", b"{}"))
        if self._round > MOST_ROUNDS:
            self._fail(jsonrpc.INTERNAL_ERROR, f"the server asked {MOST_ROUNDS} times")
        elif len(questions) > MOST_QUESTIONS:
            self._fail(jsonrpc.INTERNAL_ERROR, f"the server asked {len(questions)} things at once")
        elif self._may_put(questions):
            self._put(questions)

    def _may_put(self, questions: dict[str, Raw]) -> bool:
        """Say whether the client can be asked all of this; fail the call if it cannot."""
        for question in questions.values():
            method, params = _read(question)
            if method not in QUESTIONS:
                sentence = f"the server asked for {method}, which no client can be asked"
                self._fail(jsonrpc.INTERNAL_ERROR, sentence)
                return False
            lack = lacking(self._desk.can, method, jsonrpc.value(params))
            if lack is not None:
                sentence = f"the server needs {method}, and the client has not announced it"
                self._fail(MISSING_CAPABILITY, sentence, {"requiredCapabilities": lack})
                return False
        return True

    def _put(self, questions: dict[str, Raw]) -> None:
        """Ask on the stream of the call, where the client expects what belongs to it."""
        if not questions:
            self._retry()
        for key, question in questions.items():
            method, params = _read(question)
            identity = self._desk.question(partial(self._heard, method))
            self._open[identity] = key
            spelled = b'{"jsonrpc":"2.0","id":%b,"method":%b,"params":%b}'
            self._sink.event(spelled % (identity, msgspec.json.encode(method), params))

    def _heard(self, method: str, envelope: Envelope) -> None:
        key = self._open.pop(envelope.identity or b"", "")
        if not isinstance(envelope.result, Raw):
            told = jsonrpc.members(envelope.error) if isinstance(envelope.error, Raw) else {}
            why = jsonrpc.value(told.get("message", b'""'))
            code = jsonrpc.error_code(envelope) or jsonrpc.INTERNAL_ERROR
            self._fail(code, f"the client answered {method} with an error: {why}")
            return
        self._answers[key] = envelope.result
        if not self._open:
            self._retry()

    def _retry(self) -> None:
        """Make the request once more, unless it was cancelled or took too long meanwhile."""
        before = self._call
        if not self._desk.calls.forget(before):
            return
        params = dict(self._params)
        if self._answers:
            params["inputResponses"] = Raw(jsonrpc.rendered(self._answers))
        if self._state is not None:
            params["requestState"] = self._state
        call = self._call = Call(before.identity, before.method, self)
        call.seconds, call.latest = before.seconds, before.latest
        call.deadline = time.monotonic() + call.seconds
        self._desk.pass_on(call, params)

    def _fail(self, code: int, sentence: str, data: object = None) -> None:
        if self._desk.calls.forget(self._call):
            self._call.fail(code, sentence, data)

    def _withdraw(self) -> None:
        """Tell the client what it need not answer any more."""
        while self._open:
            identity, _ = self._open.popitem()
            self._desk.withdraw(identity)
            params = {"requestId": Raw(identity), "reason": "the call has ended"}
            self._sink.event(jsonrpc.notification("notifications/cancelled", params))


def _read(question: Raw) -> tuple[str, bytes]:
    parts = jsonrpc.members(question)
    method = jsonrpc.value(parts.get("method", b'""'))
    params = bytes(parts.get("params", b"{}"))
    return str(method), params
