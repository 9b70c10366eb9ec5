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
    judged = _quality(value, media_type) > 0
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


def _quality(value: bytes, wanted: bytes) -> float:
    """Return how much *wanted* is liked: by its own name, else by its family, else at all."""
    liked = dict(_ranges(value))
    family = wanted.partition(b"/")[0] + b"/*"
    return next((liked[name] for name in (wanted, family, b"*/*") if name in liked), 0.0)


def _ranges(value: bytes) -> Iterator[tuple[bytes, float]]:
    for part in value.lower().split(b","):
        name, *parameters = (piece.strip() for piece in part.split(b";"))
        weights = [text[2:] for text in parameters if text.startswith(b"q=")]
        yield name, _weight(weights[0]) if weights else 1.0


def _weight(text: bytes) -> float:
    try:
        return float(text)
    except ValueError:  # a client that cannot write its wish down gets what it names
        return 1.0
