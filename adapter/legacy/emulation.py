"""A modern-only server as a legacy client sees it: a handshake that never takes place, and more.

It has the face of a Child, so that a session need not know. Between them stands what the two
eras do not share: the envelope of each request, questions, log levels, subscriptions.
"""

import itertools
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import msgspec
from msgspec import Raw

from adapter import jsonrpc
from adapter.calls import Call, Calls
from adapter.children import Child, Owner
from adapter.eras import LEGACY_VERSIONS, META, MODERN_VERSION, Knowledge
from adapter.jsonrpc import Envelope
from adapter.legacy.listening import Listening
from adapter.processes import Ending

MOST_ROUNDS = 10
MOST_QUESTIONS = 256
ASKED_OF_CLIENTS = frozenset({"elicitation/create", "sampling/createMessage", "roots/list"})


class Emulation:
    """One session of a legacy client with a process of a modern server of its own."""

    def __init__(self, child: Child, knowledge: Knowledge) -> None:
        """Stand before *child*."""
        self.owner: Owner | None = None
        self._child = child
        self._knowledge = knowledge
        self._client: dict[str, Any] = {}
        self._level: str | None = None
        self._asked: dict[bytes, Callable[[bytes], None]] = {}
        self._numbers = itertools.count(1)
        self._listening = Listening(child, self._envelope, self._say)
        child.owner = self

    @property
    def calls(self) -> Calls:
        """The calls in flight."""
        return self._child.calls

    @property
    def backlog(self) -> int:
        """Bytes that wait for a server that does not read."""
        return self._child.backlog

    @property
    def ending(self) -> Ending | None:
        """How the process ended."""
        return self._child.ending

    @property
    def handshaken(self) -> bool:
        """Whether the process has answered as a server."""
        return self._child.handshaken

    def shook_hands(self) -> None:
        """Remember that it has."""
        self._child.shook_hands()

    def cancel(self, call: Call, reason: str) -> None:
        """Give a call up."""
        self._child.cancel(call, reason)

    def stop(self) -> None:
        """End the process."""
        self._child.stop()

    def request(self, call: Call, message: bytes, envelope: Envelope) -> None:  # noqa: ARG002
        """Answer what this era has no more, and pass the rest on."""
        method = str(envelope.method)
        params = {} if envelope.params is msgspec.UNSET else jsonrpc.members(envelope.params)
        ours: dict[str, Callable[[dict[str, Raw]], dict[str, Any]]] = {
            "initialize": self._initialize,
            "ping": _nothing,
            "logging/setLevel": self._set_level,
            "resources/subscribe": self._subscribe,
            "resources/unsubscribe": self._unsubscribe,
        }
        answer = ours.get(method)
        if answer is not None:
            call.answer(jsonrpc.result(call.identity, msgspec.json.encode(answer(params))), None)
            return
        call.sink = _Rounds(self, call, params)
        self._pass_on(call, params)

    def send(self, message: bytes) -> None:
        """Take a notification or an answer of the client."""
        envelope = jsonrpc.parse(message)
        if envelope.is_answer:
            hear = self._asked.pop(envelope.identity or b"", None)
            if hear is not None:
                hear(bytes(envelope.result) if isinstance(envelope.result, Raw) else b"{}")
        elif envelope.method == "notifications/initialized":
            self._listening.begin(self._knowledge.capabilities)
        elif envelope.method == "notifications/cancelled":
            self._child.send(message)

    def said(self, child: Child, message: bytes, envelope: Envelope) -> None:
        """Pass on what the server says; this era's servers ask nothing this way."""
        del child
        if not self._listening.heard(envelope):
            self._say(message, envelope)

    def gone(self, child: Child, ending: Ending) -> None:
        """End with the process."""
        if self.owner is not None:
            self.owner.gone(child, ending)

    def ask(self, method: str, params: bytes, hear: Callable[[bytes], None]) -> None:
        """Ask the client; *hear* is called with its result."""
        identity = b'"ask-%d"' % next(self._numbers)
        if len(self._asked) >= MOST_QUESTIONS:
            self._asked.pop(next(iter(self._asked)))
        self._asked[identity] = hear
        message = b'{"jsonrpc":"2.0","id":%b,"method":"%b","params":%b}' % (
            identity,
            method.encode(),
            params,
        )
        self._say(message, jsonrpc.parse(message))

    def again(self, call: Call, params: dict[str, Raw]) -> None:
        """Send a request once more, with the answers of the client in it."""
        self._pass_on(call, params)

    def _pass_on(self, call: Call, params: dict[str, Raw]) -> None:
        meta = jsonrpc.members(params.get("_meta", b"{}"))
        meta |= {name: Raw(msgspec.json.encode(one)) for name, one in self._envelope().items()}
        inside = {**params, "_meta": Raw(jsonrpc.rendered(meta))}
        body = {
            "jsonrpc": Raw(b'"2.0"'),
            "id": Raw(call.identity),
            "method": Raw(msgspec.json.encode(call.method)),
            "params": Raw(jsonrpc.rendered(inside)),
        }
        message = jsonrpc.rendered(body)
        self._child.request(call, message, jsonrpc.parse(message))

    def _envelope(self) -> dict[str, Any]:
        found: dict[str, Any] = {
            f"{META}protocolVersion": MODERN_VERSION,
            f"{META}clientCapabilities": self._client.get("capabilities", {}),
            f"{META}clientInfo": self._client.get("clientInfo", {"name": "", "version": ""}),
        }
        if self._level is not None:
            found[f"{META}logLevel"] = self._level
        return found

    def _initialize(self, params: dict[str, Raw]) -> dict[str, Any]:
        self._client = {name: jsonrpc.value(one) for name, one in params.items()}
        asked = self._client.get("protocolVersion")
        return {
            "protocolVersion": asked if asked in LEGACY_VERSIONS else LEGACY_VERSIONS[0],
            "capabilities": {**self._knowledge.capabilities, "logging": {}},
            "serverInfo": self._knowledge.info or {"name": "unknown", "version": ""},
            "instructions": self._knowledge.instructions,
        }

    def _set_level(self, params: dict[str, Raw]) -> dict[str, Any]:
        level = jsonrpc.value(params.get("level", b"null"))
        self._level = level if isinstance(level, str) else None
        return {}

    def _subscribe(self, params: dict[str, Raw]) -> dict[str, Any]:
        self._listening.add(str(jsonrpc.value(params.get("uri", b'""'))))
        return {}

    def _unsubscribe(self, params: dict[str, Raw]) -> dict[str, Any]:
        self._listening.remove(str(jsonrpc.value(params.get("uri", b'""'))))
        return {}

    def _say(self, message: bytes, envelope: Envelope) -> None:
        if self.owner is not None:
            self.owner.said(self._child, message, envelope)


def _nothing(_: dict[str, Raw]) -> dict[str, Any]:
    return {}


class _Rounds:
    """A sink that puts the server's questions to the client, and asks the server again."""

    def __init__(self, emulation: Emulation, call: Call, params: dict[str, Raw]) -> None:
        self._emulation = emulation
        self._call = call
        self._sink = call.sink
        self._params = params
        self._round = 0

    def answer(self, message: bytes, code: int | None) -> None:
        result = jsonrpc.parse(message).result
        inside = jsonrpc.members(result) if isinstance(result, Raw) else {}
        if jsonrpc.value(inside.get("resultType", b"null")) != "input_required":
            self._sink.answer(message, code)
            return
        self._round += 1
        self._call.sink = self  # for the next answer, too
        self._emulation.calls.hold(self._call)
        if self._round > MOST_ROUNDS:
            self._emulation.calls.forget(self._call)
            self._call.sink = self._sink
            self._call.fail(jsonrpc.INTERNAL_ERROR, f"the server asked {MOST_ROUNDS} times")
            return
        self._put(jsonrpc.members(inside.get("inputRequests", b"{}")), inside.get("requestState"))

    def event(self, message: bytes) -> None:
        self._sink.event(message)

    def _put(self, questions: dict[str, Raw], state: Raw | None) -> None:
        answers: dict[str, Raw] = {}

        def heard(key: str, result: bytes) -> None:
            answers[key] = Raw(result)
            if len(answers) == len(questions):
                self._retry(answers, state)

        if not questions:
            self._retry(answers, state)
        for key, question in questions.items():
            parts = jsonrpc.members(question)
            method = jsonrpc.value(parts.get("method", b'""'))
            if method not in ASKED_OF_CLIENTS:
                heard(key, b"{}")
                continue
            params = bytes(parts.get("params", b"{}"))
            self._emulation.ask(method, params, partial(heard, key))

    def _retry(self, answers: dict[str, Raw], state: Raw | None) -> None:
        if not self._emulation.calls.forget(self._call):
            return  # it was cancelled, or took too long, while the client was asked
        params = {**self._params, "inputResponses": Raw(jsonrpc.rendered(answers))}
        if state is not None:
            params["requestState"] = state
        call = Call(self._call.identity, self._call.method, self)
        call.seconds, call.deadline, call.latest = (
            self._call.seconds,
            time.monotonic() + self._call.seconds,
            self._call.latest,
        )
        self._call = call
        self._emulation.again(call, params)
