"""Media types: what a client accepts, and what it says its body is. Pure, with bounded memory."""

from collections.abc import Iterator

MOST_KNOWN = 512
LONGEST_KEY = 300
_accepted: dict[tuple[bytes, bytes], bool] = {}
_types: dict[bytes, bytes] = {}


def accepts(value: bytes | None, media_type: bytes) -> bool:
    """Return whether a client that says *value* takes *media_type*; nothing said is anything."""
    if value is None:
        return True
    key = value, media_type
    known = _accepted.get(key)
    if known is not None:
        return known
    judged = _takes(value, media_type)
    if len(value) <= LONGEST_KEY:
        if len(_accepted) >= MOST_KNOWN:
            _accepted.clear()
        _accepted[key] = judged
    return judged


def media_type(value: bytes | None) -> bytes:
    """Return the type in *value* in lower case, without its parameters."""
    if value is None:
        return b""
    known = _types.get(value)
    if known is not None:
        return known
    found = value.partition(b";")[0].strip().lower()
    if len(value) <= LONGEST_KEY:
        if len(_types) >= MOST_KNOWN:
            _types.clear()
        _types[value] = found
    return found


def _takes(value: bytes, wanted: bytes) -> bool:
    """Judge *wanted* by its own name, else by its family, else by what holds for anything."""
    said = dict(_ranges(value))
    family = wanted.partition(b"/")[0] + b"/*"
    return next((said[name] for name in (wanted, family, b"*/*") if name in said), False)


def _ranges(value: bytes) -> Iterator[tuple[bytes, bool]]:
    for part in value.lower().split(b","):
        name, *parameters = (piece.strip() for piece in part.split(b";"))
        weights = [text[2:] for text in parameters if text.startswith(b"q=")]
        yield name, not weights or not _is_zero(weights[0])


def _is_zero(weight: bytes) -> bool:
    try:
        return float(weight) == 0
    except ValueError:  # a client that cannot write its wish down gets what it names
        return False
