"""A modern-only server as a legacy client sees it: a handshake that never takes place, and more.

It has the face of a Child, so that a session need not know. Between them stands what the two
eras do not share: the envelope of each request, questions, log levels, subscriptions.
"""

import itertools
from collections.abc import Callable
from typing import Any

import msgspec
from msgspec import Raw

from adapter import jsonrpc
from adapter.calls import Call, Calls
from adapter.children import Child, Owner
from adapter.eras import LEGACY_VERSIONS, Knowledge, understood
from adapter.jsonrpc import Envelope
from adapter.legacy.listening import Listening
from adapter.legacy.rounds import Hear, Rounds
from adapter.modern.capabilities import Capabilities, capabilities
from adapter.modern.vocabulary import (
    CAPABILITIES,
    CLIENT,
    DISCOVER,
    LEVEL,
    LEVELS,
    LISTEN,
    REVISION,
    VERSION,
)
from adapter.processes import Ending

Params = dict[str, Raw]

OF_ANOTHER_ERA = frozenset({DISCOVER, LISTEN})
"""Methods that a session has not: what they do, others do for it."""
NOTHING = Raw(b"{}")
NAMELESS = {"name": "unknown", "version": ""}


class Emulation:
    """One session of a legacy client with a process of a modern server of its own."""

    def __init__(self, child: Child) -> None:
        """Stand before *child*."""
        self.owner: Owner | None = None
        self.can = Capabilities()
        self._child = child
        self._offered: dict[str, Any] = {}
        self._envelope: Params = {}
        self._level: Raw | None = None
        self._asked: dict[bytes, Hear] = {}
        self._numbers = itertools.count(1)
        self._listening = Listening(child, self._say)
        self._introduce({})
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
        params = jsonrpc.members(envelope.params) if isinstance(envelope.params, Raw) else {}
        answer = OURS.get(call.method)
        if answer is not None:
            answer(self, call, params)
        elif call.method in OF_ANOTHER_ERA:
            call.fail(jsonrpc.METHOD_NOT_FOUND, f"sessions have no {call.method}")
        else:
            call.sink = Rounds(self, call, params)
            self.pass_on(call, params)

    def send(self, message: bytes) -> None:
        """Take a notification or an answer of the client."""
        envelope = jsonrpc.parse(message)
        if envelope.is_answer:
            hear = self._asked.pop(envelope.identity or b"", None)
            if hear is not None:
                hear(envelope)
        elif envelope.method == "notifications/initialized":
            self._listening.begin(self._offered)
        elif envelope.method == "notifications/cancelled":
            self._child.send(message)

    def said(self, child: Child, message: bytes, envelope: Envelope) -> None:
        """Pass on what the server says; this era's servers ask nothing this way."""
        if envelope.is_request:
            sentence = "servers of 2026-07-28 ask in their results"
            child.send(jsonrpc.error(envelope.identity, jsonrpc.METHOD_NOT_FOUND, sentence))
        elif not self._listening.heard(message, envelope):
            self._say(message, envelope)

    def gone(self, child: Child, ending: Ending) -> None:
        """End with the process."""
        if self.owner is not None:
            self.owner.gone(child, ending)

    # What the rounds of a call need (adapter.legacy.rounds.Desk)

    def question(self, hear: Hear) -> bytes:
        """Return the id of a new question, whose answer *hear* is called with."""
        identity = b'"ask-%d"' % next(self._numbers)
        self._asked[identity] = hear
        return identity

    def withdraw(self, identity: bytes) -> None:
        """Wait no longer for an answer."""
        self._asked.pop(identity, None)

    def pass_on(self, call: Call, params: Params) -> None:
        """Send a request to the server, in the envelope that each of them has now."""
        meta = jsonrpc.members(params.get("_meta", NOTHING)) | self._envelope
        if self._level is not None:
            meta[LEVEL] = self._level
        inside = Raw(jsonrpc.rendered({**params, "_meta": Raw(jsonrpc.rendered(meta))}))
        self._send(call, call.method, inside)

    # What the server is not asked

    def initialize(self, call: Call, params: Params) -> None:
        """Ask the server what it is; its answer is that of a handshake."""
        self._introduce(params)
        version = jsonrpc.value(params.get("protocolVersion", b"null"))
        call.sink = _Greeting(self, call, version)
        inside = Raw(jsonrpc.rendered({"_meta": Raw(jsonrpc.rendered(self._envelope))}))
        self._send(call, DISCOVER, inside)

    def met(self, knowledge: Knowledge, version: object) -> dict[str, Any]:
        """Return the result of `initialize`, for a client that speaks *version*."""
        self._offered = knowledge.capabilities
        result: dict[str, Any] = {
            "protocolVersion": version if version in LEGACY_VERSIONS else LEGACY_VERSIONS[0],
            "capabilities": {"logging": {}, **self._offered},  # its servers log to who asks
            "serverInfo": NAMELESS | knowledge.info,
        }
        if knowledge.instructions:
            result["instructions"] = knowledge.instructions
        return result

    def pong(self, call: Call, params: Params) -> None:
        """Answer a ping."""
        del params
        call.answer(jsonrpc.result(call.identity, b"{}"), None)

    def set_level(self, call: Call, params: Params) -> None:
        """Have all requests from now on say which log messages are wanted."""
        level = params.get("level", Raw(b"null"))
        if jsonrpc.value(level) not in LEVELS:
            call.fail(jsonrpc.INVALID_PARAMS, f"the level must be one of {', '.join(LEVELS)}")
            return
        self._level = level
        self.pong(call, params)

    def subscribe(self, call: Call, params: Params) -> None:
        """Have the server watch a resource."""
        self._listening.add(call, jsonrpc.value(params.get("uri", b"null")))

    def unsubscribe(self, call: Call, params: Params) -> None:
        """Have the server watch a resource no longer."""
        self._listening.remove(call, jsonrpc.value(params.get("uri", b"null")))

    def _introduce(self, params: Params) -> None:
        """Keep what the client said of itself, which the server is told with each request."""
        can = _an_object(params.get("capabilities")) or NOTHING
        self.can = capabilities(bytes(can))
        self._envelope = {VERSION: Raw(msgspec.json.encode(REVISION)), CAPABILITIES: can}
        name = _an_object(params.get("clientInfo"))
        if name is not None:
            self._envelope[CLIENT] = name
        self._listening.envelope = self._envelope

    def _send(self, call: Call, method: str, params: Raw) -> None:
        spelled = b'{"jsonrpc":"2.0","id":%b,"method":%b,"params":%b}'
        message = spelled % (call.identity, msgspec.json.encode(method), bytes(params))
        self._child.request(call, message, Envelope(method=method, params=params))

    def _say(self, message: bytes, envelope: Envelope) -> None:
        if self.owner is not None:
            self.owner.said(self._child, message, envelope)


OURS: dict[str, Callable[[Emulation, Call, Params], None]] = {
    "initialize": Emulation.initialize,
    "ping": Emulation.pong,
    "logging/setLevel": Emulation.set_level,
    "resources/subscribe": Emulation.subscribe,
    "resources/unsubscribe": Emulation.unsubscribe,
}
"""What sessions have and this era has not."""


class _Greeting:
    """A sink that makes the answer to `initialize` of what the server says it is."""

    def __init__(self, emulation: Emulation, call: Call, version: object) -> None:
        self._emulation = emulation
        self._call = call
        self._sink = call.sink
        self._version = version

    def answer(self, message: bytes, code: int | None) -> None:
        self._call.sink = self._sink
        if code is not None:
            self._sink.answer(message, code)
            return
        result = jsonrpc.parse(message).result
        knowledge = understood(result) if isinstance(result, Raw) else None
        if knowledge is None:
            sentence = "the server answered server/discover with something else"
            self._call.fail(jsonrpc.INTERNAL_ERROR, sentence)
            return
        told = msgspec.json.encode(self._emulation.met(knowledge, self._version))
        self._sink.answer(jsonrpc.result(self._call.identity, told), None)

    def event(self, message: bytes) -> None:
        self._sink.event(message)


def _an_object(given: Raw | None) -> Raw | None:
    return given if given is not None and bytes(given)[:1] == b"{" else None
