"""Halves of surrogate pairs in JSON: JavaScript writes them, and our decoder reads none of them.

They are veiled so that a message can be taken apart, and unveiled before anybody sees its parts.
"""

import re
import secrets

VEIL = secrets.token_hex(16).encode()
"""Stands where a half was. Nobody outside knows it, so that no message holds it by itself."""
MOST = 100_000
"""Escapes looked at in one message, which bounds the time; with more of them it is refused."""
ESCAPES = re.compile(
    rb"(?<!\\)((?:\\\\)*)\\u"
    rb"(?:([dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2})|([dD][89a-fA-F][0-9a-fA-F]{2}))"
)
"""Backslashes that escape each other, then a whole pair, or half of one."""
VEILED = re.compile(VEIL + rb"([0-9a-fA-F]{4})")


def veiled(data: bytes) -> bytes | None:
    """Return *data* without halves of pairs, or None when it has none."""
    replaced = ESCAPES.sub(_veil, data, count=MOST)
    return None if replaced == data else replaced


def unveiled(data: bytes) -> bytes:
    """Return *data* as it was spelled."""
    return VEILED.sub(rb"\\u\1", data) if VEIL in data else data


def _veil(found: re.Match[bytes]) -> bytes:
    backslashes, pair, half = found.groups()
    if pair is not None:
        return found[0]
    return b"%b%b%b" % (backslashes, VEIL, half)
