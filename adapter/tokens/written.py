"""Tokens as they are written: three parts, of which two are JSON. Nothing is trusted yet."""

import base64
import re
from dataclasses import dataclass
from typing import TypeVar

import msgspec
from msgspec import UNSET, Raw, Struct, UnsetType

from adapter.tokens.refusals import invalid

LONGEST = 16 * 1024
COMPACT = re.compile(rb"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*")
NOT_A_TOKEN = "the token is not a signed JWT"
Part = TypeVar("Part")


class Header(Struct):
    """How a token says that it is signed."""

    alg: str
    kid: str | None = None
    typ: str | None = None
    crit: Raw | UnsetType = UNSET


class Claims(Struct):
    """What a token says; only what is asked about here is read."""

    iss: str
    exp: float
    aud: str | list[str] = ""
    nbf: float | None = None
    iat: float | None = None
    sub: str | None = None
    client_id: str | None = None
    scope: str | list[str] | None = None
    scp: str | list[str] | None = None
    cnf: Raw | UnsetType = UNSET


@dataclass(frozen=True, slots=True)
class Written:
    """The parts of one token."""

    header: Header
    claims: Claims
    signed: bytes
    signature: bytes


_headers = msgspec.json.Decoder(Header)
_claims = msgspec.json.Decoder(Claims)


def read(token: bytes) -> Written:
    """Return the parts of *token*; raise Refused when it has none."""
    if not COMPACT.fullmatch(token):
        raise invalid(NOT_A_TOKEN)
    signed, _, signature = token.rpartition(b".")
    header, _, claims = signed.partition(b".")
    return Written(
        _decoded(_headers, header, "the head of the token cannot be read"),
        _decoded(_claims, claims, "a claim of the token is missing or of the wrong kind"),
        signed,
        plain(signature),
    )


def plain(part: bytes) -> bytes:
    """Return what *part* spells; only one spelling is taken, so that a token is one token."""
    try:
        found = base64.urlsafe_b64decode(part + b"=" * (-len(part) % 4))
    except ValueError as error:
        raise invalid(NOT_A_TOKEN) from error
    if base64.urlsafe_b64encode(found).rstrip(b"=") != part:
        raise invalid(NOT_A_TOKEN)
    return found


def _decoded(decoder: msgspec.json.Decoder[Part], part: bytes, sentence: str) -> Part:
    try:
        return decoder.decode(plain(part))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise invalid(sentence) from error
