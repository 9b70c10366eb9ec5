"""A request as a modern client makes it: complete in itself, headers and body saying the same."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet

import msgspec
from msgspec import Raw

from adapter import jsonrpc, traces
from adapter.jsonrpc import Envelope
from adapter.modern import metas, refusals, vocabulary
from adapter.modern.capabilities import Capabilities
from adapter.modern.metas import Meta
from adapter.modern.refusals import Refusal
from adapter.modern.values import Unreadable, decoded
from adapter.modern.vocabulary import CAPABILITIES, NAMED_BY, VERSION

VERSION_HEADER = b"mcp-protocol-version"
METHOD_HEADER = b"mcp-method"
NAME_HEADER = b"mcp-name"
ROUTING = (VERSION_HEADER, METHOD_HEADER, NAME_HEADER)
SPELLED_REVISION = f'"{vocabulary.REVISION}"'.encode()


class Asked:
    """What a client asks, read as far as the bridge needs it."""

    __slots__ = ("headers", "identity", "meta", "method", "params", "principal", "repeated")

    def __init__(self, envelope: Envelope, params: dict[str, Raw], meta: Meta) -> None:
        """Take the members of its parameters, and what is said in `_meta`."""
        self.identity = envelope.identity or b"null"
        self.method = str(envelope.method)
        self.params = params
        self.meta = meta
        self.principal: str | None = None
        """Whom the client was proven to be."""
        self.headers: Mapping[bytes, bytes] = {}
        self.repeated: AbstractSet[bytes] = frozenset()

    @property
    def can(self) -> Capabilities:
        """What the client can be asked."""
        return self.meta.can

    @property
    def level(self) -> int | None:
        """How important log messages must be, None for no log messages."""
        return self.meta.level

    @property
    def name(self) -> bytes:
        """What is called, read or fetched, in the one spelling that we use for it."""
        spelled = bytes(self.params[NAMED_BY[self.method]])
        return msgspec.json.encode(jsonrpc.value(spelled)) if b"\\" in spelled else spelled

    @property
    def state(self) -> Raw | None:
        """What continues an earlier request, if it is one that can be continued."""
        return self.params.get("requestState") if self.method in NAMED_BY else None


def read(
    envelope: Envelope,
    headers: Mapping[bytes, bytes],
    repeated: AbstractSet[bytes],
    versions: tuple[str, ...],
) -> Asked | Refusal:
    """Return the request, or the first thing that is wrong with it."""
    params = jsonrpc.members(envelope.params) if isinstance(envelope.params, Raw) else {}
    meta = metas.meta(bytes(params.get("_meta", metas.NONE)))
    wrong = problem(headers, repeated, str(envelope.method), params, meta)
    if wrong is not None:
        return wrong
    if meta.version != SPELLED_REVISION:
        return refusals.unsupported(versions, str(jsonrpc.value(meta.version or b""))[:100])
    asked = Asked(envelope, params, meta)
    asked.headers = headers
    asked.repeated = repeated
    return asked


def problem(
    headers: Mapping[bytes, bytes],
    repeated: AbstractSet[bytes],
    method: str,
    params: dict[str, Raw],
    meta: Meta,
) -> Refusal | None:
    """Return what is wrong with the envelope, or with headers that should repeat it."""
    if repeated and (twice := next((name for name in ROUTING if name in repeated), None)):
        return refusals.mismatch(f"the header {twice.decode()} came more than once")
    if meta.version is None:
        return refusals.malformed(f"params._meta must carry {VERSION} and {CAPABILITIES}")
    if not _says(headers.get(VERSION_HEADER), meta.version):
        return refusals.mismatch("MCP-Protocol-Version differs from the version in the body")
    if headers.get(METHOD_HEADER) != method.encode():
        return refusals.mismatch("Mcp-Method differs from the method in the body")
    return _named_otherwise(headers.get(NAME_HEADER), method, params)


def _named_otherwise(header: bytes | None, method: str, params: dict[str, Raw]) -> Refusal | None:
    key = NAMED_BY.get(method)
    if key is None:
        return None
    name = params.get(key)
    if name is None or bytes(name)[:1] != b'"':
        return refusals.malformed(f"params.{key} must be text")
    return (
        None
        if _says(header, bytes(name))
        else refusals.mismatch(f"Mcp-Name differs from params.{key}")
    )


def _says(header: bytes | None, spelled: bytes) -> bool:
    """Say whether a header repeats a text of the body."""
    if header is None:
        return False
    if spelled == b'"%b"' % header and b"\\" not in header:
        return not header.startswith(b"=?base64?") or not header.endswith(b"?=")
    try:
        return bool(decoded(header) == jsonrpc.value(spelled))
    except Unreadable:
        return False


def traced(asked: Asked) -> dict[str, Raw]:
    """Return the trace that the headers tell of, as far as the body does not."""
    return traces.of_headers(asked.headers, asked.meta.members)
