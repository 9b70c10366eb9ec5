"""Trace context: what HTTP headers tell of a trace is handed on in `_meta`, where servers look."""

from collections.abc import Mapping

import msgspec
from msgspec import UNSET, Raw

from adapter import jsonrpc
from adapter.jsonrpc import Envelope

PARENT = "traceparent"
HEADER = PARENT.encode()
NAMES = (PARENT, "tracestate", "baggage")


def of_headers(headers: Mapping[bytes, bytes], meta: Mapping[str, Raw]) -> dict[str, Raw]:
    """Return the trace that *headers* tell of, unless *meta* tells of one."""
    if HEADER not in headers or PARENT in meta:
        return {}
    return {
        name: Raw(msgspec.json.encode(headers[name.encode()].decode("latin-1")))
        for name in NAMES
        if name.encode() in headers
    }


def traced(
    message: bytes, envelope: Envelope, headers: Mapping[bytes, bytes]
) -> tuple[bytes, Envelope]:
    """Return a request with the trace of its headers; as it is when they tell of none."""
    if HEADER not in headers or not envelope.is_request:
        return message, envelope
    params = {} if envelope.params is UNSET else jsonrpc.members(envelope.params)
    meta = jsonrpc.members(params.get("_meta", b"{}"))
    found = of_headers(headers, meta)
    if not found:
        return message, envelope
    params["_meta"] = Raw(jsonrpc.rendered(meta | found))
    changed = jsonrpc.with_members(message, params=jsonrpc.rendered(params))
    return changed, jsonrpc.parse(changed)
