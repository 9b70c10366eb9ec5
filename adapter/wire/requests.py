"""Requests as the handler sees them, and how their target is read."""

from collections.abc import Set as AbstractSet
from urllib.parse import unquote

from adapter.wire.refusals import Refusal

Target = tuple[str, str]
"""Path, decoded, and query, as it came."""

NO_NAMES: frozenset[bytes] = frozenset()
ABSOLUTE_FORMS = (b"http://", b"https://")
MOST_TARGETS = 256
LONGEST_TARGET = 256
_known: dict[bytes, Target] = {}
"""Targets read before: nearly every request asks for the same few."""


class Request:
    """One request, complete."""

    __slots__ = (
        "body",
        "headers",
        "is_upgrade",
        "keeps_alive",
        "method",
        "path",
        "peer",
        "query",
        "repeated",
        "version",
    )

    method: bytes
    path: str
    query: str
    version: str
    headers: dict[bytes, bytes]
    """By lower-case name, the first of several; values without white space around them."""
    repeated: AbstractSet[bytes]
    """Names that came more than once."""
    body: bytes
    peer: str
    """The address of the other end of the connection."""
    is_upgrade: bool
    """A well-formed wish to speak WebSocket."""
    keeps_alive: bool
    """The client may send more requests on this connection."""

    def again(self, body: bytes) -> "Request":
        """Return the request of a client that repeats its head to the byte."""
        other = Request()
        other.method = self.method
        other.path = self.path
        other.query = self.query
        other.version = self.version
        other.headers = self.headers
        other.repeated = self.repeated
        other.body = body
        other.peer = self.peer
        other.is_upgrade = self.is_upgrade
        other.keeps_alive = self.keeps_alive
        return other


def read_target(target: bytes, headers: dict[bytes, bytes]) -> Target:
    """Return path and query; an absolute target also says the host, whatever the header says."""
    known = _known.get(target)
    if known is not None:
        return known
    if target.lower().startswith(ABSOLUTE_FORMS):
        authority, slash, rest = target.split(b"://", 1)[1].partition(b"/")
        if b"?" in authority:
            authority, _, query = authority.partition(b"?")
            slash, rest = b"/", b"?" + query
        headers[b"host"] = authority
        return _read_origin_form(b"/" + rest if slash else b"/")
    read = _read_origin_form(target)
    if len(target) <= LONGEST_TARGET:
        if len(_known) >= MOST_TARGETS:
            _known.clear()
        _known[target] = read
    return read


def _read_origin_form(target: bytes) -> Target:
    if not target.isascii() or b"#" in target or not (target.startswith(b"/") or target == b"*"):
        raise Refusal(400, "malformed request target")
    path, _, query = target.decode().partition("?")
    return (unquote(path) if "%" in path else path), query
