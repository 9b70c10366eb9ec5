"""Issue certificates: an authority signs leaves, and both are plain PEM bytes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from certs import keys
from certs.keys import KeyKind, PrivateKey, PublicKey

CLOCK_SKEW = timedelta(hours=1)
"""How far another machine's clock may be behind ours and still accept a new certificate."""

SKEW_SHARE = 10
"""A short-lived certificate is backdated by a tenth of its lifetime only: its age has to stay
small beside its life, or what renews at two thirds of a life would renew at once."""


@dataclass(frozen=True)
class Pair:
    """A certificate and its private key, PEM each."""

    certificate: bytes
    key: bytes

    def __repr__(self) -> str:
        """Say what this is without the key, so that no log or traceback can carry it."""
        return "Pair(certificate=…, key=…)"


@dataclass(frozen=True)
class Subject:
    """Whom a leaf speaks for: *hosts* are the DNS names and IP addresses it may serve."""

    name: str
    organization: str | None = None
    hosts: Sequence[str] = ()


@dataclass(frozen=True)
class _Validity:
    start: datetime
    end: datetime


def authority(
    name: str,
    lifetime: timedelta,
    kind: KeyKind = KeyKind.ECDSA_P256,
    now: datetime | None = None,
) -> Pair:
    """Return a new self-signed certificate authority."""
    key = keys.generate(kind)
    validity = _validity(now or datetime.now(UTC), lifetime)
    builder = (
        _unsigned(_name(name), _name(name), key.public_key(), validity)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(key_cert_sign=True, crl_sign=True), critical=True)
    )
    return _signed(builder, key, signer=key)


def leaf(
    issuer: Pair,
    subject: Subject,
    lifetime: timedelta,
    kind: KeyKind = KeyKind.ECDSA_P256,
    now: datetime | None = None,
) -> Pair:
    """Return a new certificate for *subject*, good for serving and for calling.

    It never outlives its issuer, because nobody would accept it then.
    """
    parent = x509.load_pem_x509_certificate(issuer.certificate)
    key = keys.generate(kind)
    issued = now or datetime.now(UTC)
    validity = _validity(issued, min(lifetime, parent.not_valid_after_utc - issued))
    name = _name(subject.name, subject.organization)
    usages = [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]
    encrypts = isinstance(key, rsa.RSAPrivateKey)
    builder = (
        _unsigned(name, parent.subject, key.public_key(), validity)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(key_encipherment=encrypts), critical=True)
        .add_extension(x509.ExtendedKeyUsage(usages), critical=False)
    )
    if subject.hosts:
        hosts = x509.SubjectAlternativeName([_host(host) for host in subject.hosts])
        builder = builder.add_extension(hosts, critical=False)
    return _signed(builder, key, signer=keys.load(issuer.key))


def _validity(now: datetime, lifetime: timedelta) -> _Validity:
    return _Validity(now - min(CLOCK_SKEW, lifetime / SKEW_SHARE), now + lifetime)


def _unsigned(
    subject: x509.Name, issuer: x509.Name, key: PublicKey, validity: _Validity
) -> x509.CertificateBuilder:
    return x509.CertificateBuilder(
        subject_name=subject,
        issuer_name=issuer,
        public_key=key,
        serial_number=x509.random_serial_number(),
        not_valid_before=validity.start,
        not_valid_after=validity.end,
    ).add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)


def _signed(builder: x509.CertificateBuilder, key: PrivateKey, signer: PrivateKey) -> Pair:
    # Strict verifiers, Python 3.13 among them, want to see which key signed.
    origin = x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key())
    certificate = builder.add_extension(origin, critical=False).sign(signer, hashes.SHA256())
    return Pair(certificate=certificate.public_bytes(Encoding.PEM), key=keys.encode(key))


def _name(common: str, organization: str | None = None) -> x509.Name:
    attributes = [x509.NameAttribute(NameOID.COMMON_NAME, common)]
    if organization is not None:
        attributes.insert(0, x509.NameAttribute(NameOID.ORGANIZATION_NAME, organization))
    return x509.Name(attributes)


def _host(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _usage(
    *, key_encipherment: bool = False, key_cert_sign: bool = False, crl_sign: bool = False
) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=key_encipherment,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=key_cert_sign,
        crl_sign=crl_sign,
        encipher_only=False,
        decipher_only=False,
    )
