"""Keys of issuers, and tokens signed by them; by hand, as the adapter reads them by hand."""

import base64
import functools
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives import hmac
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256, SHA384, SHA512, HashAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

Private = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey
Json = dict[str, Any]

DIGESTS: dict[str, Callable[[], HashAlgorithm]] = {"256": SHA256, "384": SHA384, "512": SHA512}


@dataclass(frozen=True)
class Signer:
    """A private key under a name."""

    kid: str | None
    key: Private
    alg: str

    def published(self, **more: object) -> Json:
        """Return what the issuer publishes of it."""
        named = {} if self.kid is None else {"kid": self.kid}
        return {**_numbers(self.key), **named, "use": "sig", "alg": self.alg, **more}

    def token(self, claims: Json, **header: object) -> str:
        """Return a token; *header* replaces what would be in its head, None leaves it out."""
        head = {"alg": self.alg, "kid": self.kid, "typ": "at+jwt", **header}
        told = {name: value for name, value in head.items() if value is not None}
        signed = f"{spelled(json.dumps(told))}.{spelled(json.dumps(claims))}"
        alg = str(told.get("alg", self.alg))
        alg = self.alg if alg not in ALGORITHMS else alg
        return f"{signed}.{spelled(signature(self.key, alg, signed.encode()))}"


ALGORITHMS = (
    *("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"),
    *("ES256", "ES384", "ES512", "EdDSA"),
)


@functools.cache
def key(alg: str, which: int = 0, bits: int = 2048) -> Private:
    """Return a private key that fits *alg*; another one for each *which*."""
    del which
    if alg[:2] in ("RS", "PS"):
        return rsa.generate_private_key(65537, bits)
    if alg == "EdDSA":
        return ed25519.Ed25519PrivateKey.generate()
    curves: dict[str, Callable[[], ec.EllipticCurve]] = {
        "ES256": ec.SECP256R1,
        "ES384": ec.SECP384R1,
        "ES512": ec.SECP521R1,
    }
    return ec.generate_private_key(curves[alg]())


def signer(alg: str = "ES256", kid: str | None = "one", which: int = 0) -> Signer:
    """Return a signer; the same key for the same *which*."""
    return Signer(kid, key(alg, which), alg)


def signature(private: Private, alg: str, signed: bytes) -> bytes:
    """Return the signature that *alg* means."""
    if isinstance(private, ed25519.Ed25519PrivateKey):
        return private.sign(signed)
    digest = DIGESTS[alg[2:]]()
    if isinstance(private, ec.EllipticCurvePrivateKey):
        half = (private.curve.key_size + 7) // 8
        numbers = decode_dss_signature(private.sign(signed, ec.ECDSA(digest)))
        return b"".join(number.to_bytes(half) for number in numbers)
    if alg.startswith("PS"):
        pss = padding.PSS(padding.MGF1(digest), digest.digest_size)
        return private.sign(signed, pss, digest)
    return private.sign(signed, padding.PKCS1v15(), digest)


def keyed_with(secret: bytes, claims: Json) -> str:
    """Return a token signed with a secret (HS256)."""
    signed = f"{spelled(json.dumps({'alg': 'HS256', 'kid': 'one'}))}.{spelled(json.dumps(claims))}"
    code = hmac.HMAC(secret, SHA256())
    code.update(signed.encode())
    return f"{signed}.{spelled(code.finalize())}"


def pem(private: Private) -> bytes:
    """Return the public half as people pass it around."""
    return private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def spelled(content: bytes | str) -> str:
    """Return *content* in base64url without padding."""
    data = content.encode() if isinstance(content, str) else content
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _numbers(private: Private) -> Json:
    if isinstance(private, rsa.RSAPrivateKey):
        public = private.public_key().public_numbers()
        return {"kty": "RSA", "n": _number(public.n), "e": _number(public.e)}
    if isinstance(private, ed25519.Ed25519PrivateKey):
        raw = private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        return {"kty": "OKP", "crv": "Ed25519", "x": spelled(raw)}
    point = private.public_key().public_numbers()
    size = (private.curve.key_size + 7) // 8
    curve = f"P-{private.curve.key_size}"
    return {"kty": "EC", "crv": curve, "x": _number(point.x, size), "y": _number(point.y, size)}


def _number(number: int, size: int = 0) -> str:
    return spelled(number.to_bytes(size or (number.bit_length() + 7) // 8))
