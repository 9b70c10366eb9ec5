"""The envelope of a request: what a client says of itself in `_meta`, each time anew."""

from functools import lru_cache

from msgspec import Raw

from adapter import jsonrpc
from adapter.modern.capabilities import Capabilities, capabilities
from adapter.modern.vocabulary import CAPABILITIES, KEY, LEVEL, LEVELS, VERSION

NONE = b"{}"
LONGEST_KNOWN = 1024
"""Clients repeat themselves: envelopes up to this size are read once and remembered."""


class Meta:
    """What stands in `_meta`."""

    __slots__ = ("can", "kept", "level", "members", "version")

    def __init__(self, members: dict[str, Raw]) -> None:
        """Read the members."""
        self.members = members
        version, able = members.get(VERSION), members.get(CAPABILITIES)
        spelled = bytes(version) if version is not None else b""
        said = bytes(able) if able is not None else b""
        self.version = spelled if spelled[:1] == b'"' and said[:1] == b"{" else None
        """The version as it was spelled; None when the envelope is not complete."""
        self.can: Capabilities = capabilities(said or NONE)
        self.level = _level(members.get(LEVEL))
        """How important log messages must be, None for no log messages."""
        self.kept = {key: members[key] for key in members if not key.startswith(KEY)}
        """What is not of this revision, such as a progress token."""


def meta(spelled: bytes) -> Meta:
    """Return what *spelled* says."""
    return _known(spelled) if len(spelled) <= LONGEST_KNOWN else Meta(jsonrpc.members(spelled))


@lru_cache(maxsize=256)
def _known(spelled: bytes) -> Meta:
    return Meta(jsonrpc.members(spelled))


def _level(given: Raw | None) -> int | None:
    found = None if given is None else jsonrpc.value(given)
    return LEVELS.index(found) if found in LEVELS else None
