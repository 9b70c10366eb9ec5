"""Results of older servers, completed for modern clients without touching what they say."""

import msgspec
from msgspec import Raw

from adapter import jsonrpc
from adapter.jsonrpc import Envelope
from adapter.modern.vocabulary import (
    CACHEABLE,
    OLD_NOT_FOUND,
    SERVER,
    STATUS,
    SUBSCRIPTION,
)


class Additions:
    """What the results of one server lack."""

    def __init__(self, info: dict[str, object]) -> None:
        """Take the server's name and version, as it told them in its handshake."""
        self._info = Raw(msgspec.json.encode(info))
        end = b'"resultType":"complete","_meta":{"%b":%b}}}'
        self._end = end % (SERVER.encode(), bytes(self._info))

    def complete(self, message: bytes, envelope: Envelope, method: str) -> bytes:
        """Return the answer to *method* as a modern client expects it."""
        result = envelope.result
        if not isinstance(result, Raw):
            return message
        spelled = bytes(result)
        cacheable = method in CACHEABLE
        special = b'"_meta"' in spelled or b'"resultType"' in spelled
        if special or cacheable or not message.endswith(spelled + b"}"):
            return self._closely(message, result, method)
        comma = b"," if spelled[1:-1].strip() else b""
        return b"".join((memoryview(message)[:-2], comma, self._end))

    def _closely(self, message: bytes, result: Raw, method: str) -> bytes:
        members = jsonrpc.members(result)
        defaults = {"resultType": Raw(b'"complete"')}
        if method in CACHEABLE:
            defaults |= {"ttlMs": Raw(b"0"), "cacheScope": Raw(b'"private"')}
        meta = {SERVER: self._info} | jsonrpc.members(members.get("_meta", b"{}"))
        members = defaults | members | {"_meta": Raw(jsonrpc.rendered(meta))}
        return jsonrpc.with_members(message, result=jsonrpc.rendered(members))


def not_found(message: bytes, envelope: Envelope, code: int, uri: Raw) -> tuple[bytes, int]:
    """Return the answer to `resources/read` when there may be nothing to read.

    Some older servers say it with code 0, and none of them with the address that was asked for.
    """
    if code not in (0, OLD_NOT_FOUND, jsonrpc.INVALID_PARAMS) or not isinstance(
        envelope.error, Raw
    ):
        return message, code
    inside = {"data": Raw(b'{"uri":%b}' % bytes(uri))} | jsonrpc.members(envelope.error)
    inside["code"] = Raw(b"%d" % jsonrpc.INVALID_PARAMS)
    return jsonrpc.with_members(message, error=jsonrpc.rendered(inside)), jsonrpc.INVALID_PARAMS


def modern_error(message: bytes, envelope: Envelope, code: int) -> tuple[bytes, int]:
    """Return an older server's error, and its code, in the words of this revision."""
    better = code
    if code == OLD_NOT_FOUND:
        better = jsonrpc.INVALID_PARAMS
    elif -32099 <= code <= -32020 and code not in STATUS:
        better = jsonrpc.SERVER_ERROR  # this revision gives these codes meanings of its own
    if better == code or not isinstance(envelope.error, Raw):
        return message, code
    error = jsonrpc.with_members(envelope.error, code=b"%d" % better)
    return jsonrpc.with_members(message, error=error), better


def tagged(message: bytes, params: dict[str, Raw], identity: bytes) -> bytes:
    """Return a notification with the id of the subscription it answers."""
    meta = jsonrpc.members(params.get("_meta", b"{}")) | {SUBSCRIPTION: Raw(identity)}
    inside = params | {"_meta": Raw(jsonrpc.rendered(meta))}
    return jsonrpc.with_members(message, params=jsonrpc.rendered(inside))
