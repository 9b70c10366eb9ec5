"""The public keys of an issuer, as it publishes them (RFC 7517), and what they say of a token."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

import msgspec
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicNumbers
from msgspec import Raw, Struct

from adapter.tokens.algorithms import ALGORITHMS, PublicKey
from adapter.tokens.refusals import Refused, UnknownKey, Unreachable, invalid
from adapter.tokens.written import Written, plain

MOST_KEYS = 64
RSA_BITS = range(2048, 8193)
"""Smaller ones can be broken; larger ones cost more time than anybody needs."""
UNUSABLE = (msgspec.DecodeError, RecursionError, ValueError, UnsupportedAlgorithm, Refused)
CURVES: dict[str, type[ec.EllipticCurve]] = {
    "P-256": ec.SECP256R1,
    "P-384": ec.SECP384R1,
    "P-521": ec.SECP521R1,
}


class Published(Struct):
    """One key as it is published; a secret one (`oct`) has no member that is read here."""

    kty: str
    kid: str | None = None
    alg: str | None = None
    use: str | None = None
    key_ops: list[str] | None = None
    crv: str = ""
    n: str = ""
    e: str = ""
    x: str = ""
    y: str = ""


class _Document(Struct):
    keys: list[Raw]


@dataclass(frozen=True, slots=True)
class Key:
    """A key that may sign tokens."""

    public: PublicKey
    kid: str | None = None
    alg: str | None = None

    def may_have_signed(self, written: Written) -> bool:
        """Say whether the name and the algorithm that the token gives are those of this key."""
        header = written.header
        named = header.kid is None or header.kid == self.kid
        return named and self.alg in (None, header.alg)


@dataclass(frozen=True)
class Keys:
    """All keys of an issuer."""

    known: tuple[Key, ...]
    digest: bytes
    """Differs when what is published differs."""

    def check(self, written: Written) -> None:
        """Raise Refused when a token is not signed by these, UnknownKey when others may tell."""
        header = written.header
        algorithm = ALGORITHMS.get(header.alg)
        if algorithm is None:
            raise invalid("the token is signed in a way that is not accepted (alg)")
        if header.kid is not None and all(key.kid != header.kid for key in self.known):
            raise UnknownKey
        fitting = (key for key in self.known if key.may_have_signed(written))
        signature, signed = written.signature, written.signed
        if not any(algorithm.accepts(key.public, signature, signed) for key in fitting):
            if header.kid is None:
                raise UnknownKey
            raise invalid("the signature of the token is wrong")


def read(document: bytes) -> Keys:
    """Return the usable keys of a document; raise Unreachable when there are none."""
    try:
        listed = msgspec.json.decode(document, type=_Document).keys
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Unreachable("what should be keys is no JSON Web Key Set") from error
    known = tuple(_usable(listed[:MOST_KEYS]))
    if not known:
        raise Unreachable("there is no key that can be used among the keys")
    return Keys(known, hashlib.sha256(document).digest())


def _usable(listed: list[Raw]) -> Iterator[Key]:
    """Yield what can be used; others may be for other purposes, or for what is not known yet."""
    for one in listed:
        try:
            published = msgspec.json.decode(one, type=Published)
            public = _public(published)
        except UNUSABLE:
            continue
        if public is not None and _is_for_signatures(published):
            yield Key(public, published.kid, published.alg)


def _is_for_signatures(published: Published) -> bool:
    operations = published.key_ops
    return published.use in (None, "sig") and (operations is None or "verify" in operations)


def _public(published: Published) -> PublicKey | None:
    if published.kty == "RSA":
        modulus = _number(published.n)
        if modulus.bit_length() not in RSA_BITS:
            return None
        return RSAPublicNumbers(_number(published.e), modulus).public_key()
    if published.kty == "EC" and published.crv in CURVES:
        point = _number(published.x), _number(published.y)
        return ec.EllipticCurvePublicNumbers(*point, CURVES[published.crv]()).public_key()
    if published.kty == "OKP" and published.crv == "Ed25519":
        return Ed25519PublicKey.from_public_bytes(plain(published.x.encode()))
    return None


def _number(text: str) -> int:
    return int.from_bytes(plain(text.encode()))
