"""Private keys: the kinds that we make, and their way into PEM and back."""

from enum import StrEnum

from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

PrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey
PublicKey = ec.EllipticCurvePublicKey | rsa.RSAPublicKey

PUBLIC_EXPONENT = 65537


class KeyKind(StrEnum):
    """The kinds of keys that a certificate can be asked for."""

    ECDSA_P256 = "ecdsa-p256"
    RSA_2048 = "rsa-2048"
    RSA_3072 = "rsa-3072"


def generate(kind: KeyKind) -> PrivateKey:
    """Return a new key."""
    if kind is KeyKind.ECDSA_P256:
        return ec.generate_private_key(ec.SECP256R1())
    return rsa.generate_private_key(PUBLIC_EXPONENT, 2048 if kind is KeyKind.RSA_2048 else 3072)


def encode(key: PrivateKey) -> bytes:
    """Return *key* as PEM, unencrypted."""
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def load(pem: bytes) -> PrivateKey:
    """Return the key in *pem*; TypeError when it cannot sign certificates of ours."""
    key = load_pem_private_key(pem, password=None)
    if not isinstance(key, PrivateKey):
        raise TypeError(f"a certificate needs an ECDSA or RSA key, not {type(key).__name__}")
    return key


def kind_of(pem: bytes) -> KeyKind | None:
    """Return the kind of the key in *pem*, or None when it is none that we make."""
    key = load(pem)
    if isinstance(key, rsa.RSAPrivateKey):
        return {2048: KeyKind.RSA_2048, 3072: KeyKind.RSA_3072}.get(key.key_size)
    return KeyKind.ECDSA_P256 if isinstance(key.curve, ec.SECP256R1) else None
