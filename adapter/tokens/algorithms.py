"""Signatures that are accepted: each algorithm with the one kind of key that fits it."""

from dataclasses import dataclass
from typing import Protocol

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, padding
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256, SHA384, SHA512, HashAlgorithm

PublicKey = RSAPublicKey | EllipticCurvePublicKey | Ed25519PublicKey


class Algorithm(Protocol):
    """One way to sign."""

    def accepts(self, key: PublicKey, signature: bytes, signed: bytes) -> bool:
        """Say whether *key* fits the algorithm and made the signature."""
        ...


@dataclass(frozen=True)
class Rsa:
    """RS… and PS…: RSA with the older or the newer padding."""

    digest: HashAlgorithm
    is_pss: bool = False

    def accepts(self, key: PublicKey, signature: bytes, signed: bytes) -> bool:
        """Judge."""
        if not isinstance(key, RSAPublicKey):
            return False
        pss = padding.PSS(padding.MGF1(self.digest), self.digest.digest_size)
        try:
            key.verify(signature, signed, pss if self.is_pss else padding.PKCS1v15(), self.digest)
        except InvalidSignature:
            return False
        return True


@dataclass(frozen=True)
class Ecdsa:
    """ES…: ECDSA on the one curve that belongs to the algorithm."""

    curve: type[ec.EllipticCurve]
    digest: HashAlgorithm

    def accepts(self, key: PublicKey, signature: bytes, signed: bytes) -> bool:
        """Judge; the signature is two numbers of fixed length, not DER."""
        if not isinstance(key, EllipticCurvePublicKey) or not isinstance(key.curve, self.curve):
            return False
        half = (key.curve.key_size + 7) // 8
        if len(signature) != 2 * half:
            return False
        first, second = (int.from_bytes(part) for part in (signature[:half], signature[half:]))
        try:
            key.verify(encode_dss_signature(first, second), signed, ec.ECDSA(self.digest))
        except InvalidSignature:
            return False
        return True


@dataclass(frozen=True)
class Edwards:
    """EdDSA with Ed25519."""

    def accepts(self, key: PublicKey, signature: bytes, signed: bytes) -> bool:
        """Judge."""
        if not isinstance(key, Ed25519PublicKey):
            return False
        try:
            key.verify(signature, signed)
        except InvalidSignature:
            return False
        return True


ALGORITHMS: dict[str, Algorithm] = {
    "RS256": Rsa(SHA256()),
    "RS384": Rsa(SHA384()),
    "RS512": Rsa(SHA512()),
    "PS256": Rsa(SHA256(), is_pss=True),
    "PS384": Rsa(SHA384(), is_pss=True),
    "PS512": Rsa(SHA512(), is_pss=True),
    "ES256": Ecdsa(ec.SECP256R1, SHA256()),
    "ES384": Ecdsa(ec.SECP384R1, SHA384()),
    "ES512": Ecdsa(ec.SECP521R1, SHA512()),
    "EdDSA": Edwards(),
    "Ed25519": Edwards(),
}
"""`none` and HS… are not among them: the one proves nothing, and the other makes a secret of what
everybody can fetch."""
