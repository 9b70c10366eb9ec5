"""Values in headers: plain, or wrapped in base64 where a header cannot hold them as they are."""

import base64
import binascii
import re

OPENING = b"=?base64?"
CLOSING = b"?="
DECIMAL = re.compile(r"-?\d{1,40}(?:\.(?P<fraction>\d{1,40}))?", re.ASCII)


class Unreadable(ValueError):
    """A header value that stands for nothing."""


def decoded(value: bytes) -> str:
    """Return what a header value stands for; raise Unreadable when its wrapping is broken."""
    wrapped = value.startswith(OPENING) and value.endswith(CLOSING)
    try:
        if not wrapped or len(value) < len(OPENING) + len(CLOSING):
            return value.decode("ascii")
        inside = value[len(OPENING) : -len(CLOSING)]
        found = base64.b64decode(inside, validate=True)
        if base64.b64encode(found) != inside:  # two spellings of one value could be told apart
            raise Unreadable("not canonical base64")
        return found.decode()
    except (binascii.Error, UnicodeDecodeError) as error:
        raise Unreadable(str(error)) from error


def spelled(value: object) -> str | None:
    """Return how a client writes an argument into a header, None for what no header can hold."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return value
    if isinstance(value, int | float):
        return repr(value) if abs(value) < 10**40 else None
    return None


def same(header: str, value: object, kind: str) -> bool:
    """Say whether a decoded header and an argument agree; 42 and 42.0 are one integer."""
    whole = isinstance(value, int) or (isinstance(value, float) and value.is_integer())
    if kind == "integer" and whole and not isinstance(value, bool):
        found = DECIMAL.fullmatch(header)
        if found is not None:
            return (
                not (found["fraction"] or "").strip("0") and int(header.partition(".")[0]) == value
            )
    return header == spelled(value)
