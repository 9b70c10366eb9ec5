"""JSON-RPC messages as bytes: read just enough of them to route them, and change just the id.

What a message holds passes through as it was spelled: unknown members, big integers, 1.0, escapes.
"""

import re
from typing import Any

import msgspec
from msgspec import UNSET, Raw, Struct, UnsetType

from adapter import surrogates

PARSE_ERROR = -32700
INVALID_REQUEST = -32600
METHOD_NOT_FOUND = -32601
INVALID_PARAMS = -32602
INTERNAL_ERROR = -32603
SERVER_ERROR = -32000
SESSION_NOT_FOUND = -32001

LINE_BREAKS = bytes.maketrans(b"\r\n", b"  ")
FRAME = len('{"jsonrpc":,"id":,"method":""}')
PARAMS = len(',"params":')
SMALLEST = len('"id":1,')
"""What a member of one of these names takes at least; blanks between four members take as much."""
SPACED = b'{"jsonrpc": '
ID = re.compile(rb'"id"[ \t\r\n]*:[ \t\r\n]*')
SPACED_HEAD = re.compile(
    rb'[ \t]*\{[ \t]*"jsonrpc"[ \t]*:[ \t]*"2\.0"[ \t]*,[ \t]*"id"[ \t]*:[ \t]*'
)
"""As many libraries write it: looked for before all of a long message is searched."""
ENDS = (b",", b"}", b" ", b"\t", b"\r", b"\n")


class Envelope(Struct):
    """The outside of a message; what is in it stays as it was written."""

    jsonrpc: Raw | UnsetType = UNSET
    id: Raw | UnsetType = UNSET
    method: str | UnsetType = UNSET
    params: Raw | UnsetType = UNSET
    result: Raw | UnsetType = UNSET
    error: Raw | UnsetType = UNSET

    @property
    def identity(self) -> bytes | None:
        """The id as it was spelled (1 and "1" differ), or None when there is none."""
        return None if self.id is UNSET else bytes(self.id)

    @property
    def is_request(self) -> bool:
        """Whether somebody waits for an answer."""
        return self.method is not UNSET and self.id is not UNSET

    @property
    def is_answer(self) -> bool:
        """Whether it answers a request."""
        return self.method is UNSET and (self.result is not UNSET or self.error is not UNSET)


class Name:
    """A member's name that equals no other, so that a decoder keeps each of two equal names."""

    __slots__ = ("spelled",)

    def __init__(self, spelled: str) -> None:
        """Keep the name."""
        self.spelled = spelled


class Malformed(ValueError):
    """What arrived is no JSON-RPC message; *code* says in which way."""

    def __init__(self, code: int, sentence: str) -> None:
        """Keep the code for the answer."""
        super().__init__(sentence)
        self.code = code


_envelope = msgspec.json.Decoder(Envelope)
_members = msgspec.json.Decoder(dict[str, Raw])
_names = msgspec.json.Decoder(dict[Name, Raw], dec_hook=lambda _, spelled: Name(spelled))
_items = msgspec.json.Decoder(list[Raw])
_anything = msgspec.json.Decoder()


def parse(message: bytes) -> Envelope:
    """Return the outside of *message*; raise Malformed when it is not one."""
    try:
        if not message.isascii():
            message.decode()
        return _envelope.decode(message)
    except msgspec.ValidationError as error:
        raise Malformed(INVALID_REQUEST, f"not a JSON-RPC message: {error}") from error
    except msgspec.DecodeError as error:
        return _tolerantly(message, error)
    except UnicodeDecodeError as error:
        raise Malformed(PARSE_ERROR, f"not UTF-8: {error.reason}") from error
    except RecursionError as error:
        raise Malformed(PARSE_ERROR, "nested too deeply") from error


def _tolerantly(message: bytes, error: msgspec.DecodeError) -> Envelope:
    """Read a message with half a surrogate pair, which JSON allows and the decoder does not."""
    veiled = surrogates.veiled(message)
    try:
        envelope = _envelope.decode(veiled or message)
    except (msgspec.DecodeError, RecursionError):
        raise Malformed(PARSE_ERROR, f"not JSON: {error}") from error
    for name in ("jsonrpc", "id", "params", "result", "error"):
        found = getattr(envelope, name)
        if isinstance(found, Raw):
            setattr(envelope, name, Raw(surrogates.unveiled(bytes(found))))
    return envelope


def checked(message: bytes) -> Envelope:
    """Return the outside of a message that must be a request, a notification or an answer."""
    envelope = parse(message)
    if envelope.is_answer and envelope.id is not UNSET:
        return envelope
    if envelope.method is UNSET:
        raise Malformed(INVALID_REQUEST, "neither a request, a notification nor an answer")
    if envelope.id is not UNSET and bytes(envelope.id)[:1] not in b'"-0123456789':
        raise Malformed(INVALID_REQUEST, "the id must be text or a number")
    return envelope


def received(message: bytes) -> Envelope:
    """Return the outside of a client's message, which must not say two things by one name.

    Of two members with one name we would read the last, and a server perhaps the first.
    """
    envelope = checked(message)
    if not _leaves_no_room(envelope, message) and _repeats(message):
        raise Malformed(INVALID_REQUEST, "a member of the message came twice")
    return envelope


def _leaves_no_room(envelope: Envelope, message: bytes) -> bool:
    """Say whether a request is hardly longer than the members that were read, as nearly all are."""
    if envelope.id is UNSET or envelope.method is UNSET or envelope.jsonrpc is UNSET:
        return False
    size = FRAME + len(envelope.jsonrpc) + len(envelope.id) + len(envelope.method)
    if envelope.params is not UNSET:
        size += PARAMS + len(envelope.params)
    return len(message) - size - message.startswith(SPACED) < SMALLEST


def _repeats(message: bytes) -> bool:
    try:
        found = _names.decode(message)
    except msgspec.DecodeError:
        found = _names.decode(surrogates.veiled(message) or b"{}")
    return len({name.spelled for name in found}) < len(found)


def is_batch(message: bytes) -> bool:
    """Say whether *message* is a list of messages."""
    return message[:1] == b"[" or message[:32].lstrip()[:1] == b"["


def batch(message: bytes) -> list[bytes]:
    """Return the messages of a list; raise Malformed when it is none, or empty."""
    try:
        found = _listed(message)
    except (msgspec.DecodeError, RecursionError) as error:
        raise Malformed(PARSE_ERROR, f"not JSON: {error}") from error
    if not found:
        raise Malformed(INVALID_REQUEST, "a batch must hold a message")
    return found


def _listed(data: bytes | Raw) -> list[bytes]:
    try:
        return [bytes(one) for one in _items.decode(data)]
    except msgspec.DecodeError:
        veiled = surrogates.veiled(bytes(data))
        if veiled is None:
            raise
        return [surrogates.unveiled(bytes(one)) for one in _items.decode(veiled)]


def line(message: bytes) -> bytes:
    """Return *message* on one line: a break can only stand between its parts."""
    if b"\n" in message or b"\r" in message:
        return message.translate(LINE_BREAKS)
    return message


def with_id(message: bytes, old: bytes, new: bytes) -> bytes:
    """Return *message*, whose id is *old*, with the id *new* and not a byte else changed.

    Where the id stands in doubt, the message is put together anew from its members.
    """
    head = b'{"jsonrpc":"2.0","id":' + old
    if message.startswith(head) and message[len(head) : len(head) + 1] in b",}":
        return b"".join((b'{"jsonrpc":"2.0","id":', new, memoryview(message)[len(head) :]))
    tail = b',"id":' + old + b"}"
    if message.endswith(tail):
        return b"".join((memoryview(message)[: -len(tail)], b',"id":', new, b"}"))
    found = SPACED_HEAD.match(message)
    if found or (message.count(b'"id"') == 1 and (found := ID.search(message))):
        start, end = found.end(), found.end() + len(old)
        if message.startswith(old, start) and message[end : end + 1] in ENDS:
            view = memoryview(message)
            return b"".join((view[:start], new, view[end:]))
    return with_members(message, id=new)


def members(data: bytes | Raw) -> dict[str, Raw]:
    """Return the members of an object as they were spelled; none when it is no object."""
    try:
        return _members.decode(data)
    except (msgspec.DecodeError, RecursionError):
        return _veiled_members(bytes(data))


def _veiled_members(data: bytes) -> dict[str, Raw]:
    """Return what is in an object with half a surrogate pair; a veil in a name stays there."""
    veiled = surrogates.veiled(data)
    if veiled is None:
        return {}
    try:
        found = _members.decode(veiled)
    except (msgspec.DecodeError, RecursionError):
        return {}
    return {name: Raw(surrogates.unveiled(bytes(one))) for name, one in found.items()}


def items(data: bytes | Raw) -> list[bytes]:
    """Return the items of a list as they were spelled; none when it is no list."""
    try:
        return _listed(data)
    except (msgspec.DecodeError, RecursionError):
        return []


def rendered(parts: dict[str, Raw]) -> bytes:
    """Return the object with these members."""
    return surrogates.unveiled(msgspec.json.encode(parts))


def with_members(message: bytes | Raw, **changes: bytes) -> bytes:
    """Return the object *message* with some members replaced or added."""
    return rendered(members(message) | {name: Raw(value) for name, value in changes.items()})


def value(data: bytes | Raw) -> Any:  # noqa: ANN401 - JSON
    """Return what *data* means, or None when it means nothing."""
    try:
        return _anything.decode(data)
    except (msgspec.DecodeError, RecursionError):
        veiled = surrogates.veiled(bytes(data))
    try:
        return None if veiled is None else _anything.decode(veiled)
    except (msgspec.DecodeError, RecursionError):
        return None


def result(identity: bytes, content: bytes) -> bytes:
    """Return the answer to a request."""
    return b'{"jsonrpc":"2.0","id":%b,"result":%b}' % (identity, content)


def error(identity: bytes | None, code: int, sentence: str, data: object = None) -> bytes:
    """Return the answer that says what went wrong."""
    told: dict[str, object] = {"code": code, "message": sentence}
    if data is not None:
        told["data"] = data
    encoded = msgspec.json.encode(told)
    if identity is None:
        return b'{"jsonrpc":"2.0","error":%b}' % encoded
    return b'{"jsonrpc":"2.0","id":%b,"error":%b}' % (identity, encoded)


def request(identity: bytes, method: str, params: object) -> bytes:
    """Return a request of our own."""
    body = {"method": method, "params": params}
    return b'{"jsonrpc":"2.0","id":%b,%b' % (identity, msgspec.json.encode(body)[1:])


def notification(method: str, params: object = None) -> bytes:
    """Return a notification of our own."""
    body: dict[str, object] = {"jsonrpc": "2.0", "method": method}
    if params is not None:
        body["params"] = params
    return msgspec.json.encode(body)


def error_code(envelope: Envelope) -> int | None:
    """Return the code of an error, None for a result."""
    if envelope.error is UNSET:
        return None
    code = members(envelope.error).get("code")
    found = None if code is None else value(code)
    return found if isinstance(found, int) else INTERNAL_ERROR
