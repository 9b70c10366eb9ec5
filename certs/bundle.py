"""Bundles of certificates as PEM, and what can be said of a leaf: its key, its issuer, its hosts.

Questions about a certificate answer False for bytes that are no certificate. Everything else, but
for `readable`, raises one of UNREADABLE for them.
"""

from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime
from ipaddress import ip_address

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding

from certs import keys
from certs.authority import Pair

UNREADABLE = (
    ValueError,
    TypeError,
    UnsupportedAlgorithm,
    x509.DuplicateExtension,
    x509.ExtensionNotFound,
    x509.InvalidVersion,
    x509.UnsupportedGeneralNameType,
)


def split(pem: bytes) -> list[bytes]:
    """Return each certificate of *pem*, all written in the same way, in their order."""
    return [_encoded(certificate) for certificate in _certificates(pem)]


def join(*pems: bytes) -> bytes:
    """Return one bundle of all *pems*: each certificate once, always in the same order."""
    found = {c for pem in pems for c in _certificates(pem)}
    ordered = sorted(found, key=lambda c: (c.not_valid_before_utc, c.public_bytes(Encoding.DER)))
    return b"".join(_encoded(certificate) for certificate in ordered)


def without(pem: bytes, others: bytes) -> bytes:
    """Return the bundle *pem* less the certificates of *others*."""
    unwanted = set(split(others))
    return join(*(one for one in split(pem) if one not in unwanted))


def unexpired(pem: bytes, now: datetime) -> bytes:
    """Return the bundle *pem* less what has expired by *now*."""
    return join(*(one for one in split(pem) if expiry(one) > now))


def readable(pem: bytes) -> bytes:
    """Return *pem* as `join` writes it, or an empty bundle when it cannot be read."""
    with suppress(*UNREADABLE):
        return join(pem)
    return b""


def expiry(pem: bytes) -> datetime:
    """Return when *pem* expires: the first moment at which one of its certificates does."""
    return lifespan(pem)[1]


def lifespan(pem: bytes) -> tuple[datetime, datetime]:
    """Return from when to when every certificate of *pem* is valid."""
    found = _certificates(pem)
    if not found:
        raise ValueError("there is no certificate")
    start = max(certificate.not_valid_before_utc for certificate in found)
    return start, min(certificate.not_valid_after_utc for certificate in found)


def is_valid(pem: bytes, now: datetime) -> bool:
    """Say whether every certificate of *pem* is valid at *now*."""
    with suppress(*UNREADABLE):
        start, end = lifespan(pem)
        return start <= now < end
    return False


def matches(pair: Pair) -> bool:
    """Say whether the key of *pair* is the one that its certificate speaks of."""
    with suppress(*UNREADABLE):
        certificate = x509.load_pem_x509_certificate(pair.certificate)
        return certificate.public_key() == keys.load(pair.key).public_key()
    return False


def chains(certificate: bytes, trusted: bytes, now: datetime) -> bool:
    """Say whether an authority in *trusted* signed *certificate*, both valid at *now*."""
    with suppress(*UNREADABLE):
        own = x509.load_pem_x509_certificate(certificate)
        issuers = (c for c in _certificates(trusted) if is_valid(_encoded(c), now))
        return is_valid(certificate, now) and any(_issued(own, issuer) for issuer in issuers)
    return False


def covers(certificate: bytes, hosts: Iterable[str]) -> bool:
    """Say whether *certificate* may serve every one of *hosts*."""
    with suppress(*UNREADABLE):
        return spelled(hosts) <= hosts_of(certificate)
    return False


def hosts_of(certificate: bytes) -> frozenset[str]:
    """Return the DNS names and IP addresses that *certificate* may serve."""
    own = x509.load_pem_x509_certificate(certificate)
    try:
        names = own.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return frozenset()
    addresses = (str(address) for address in names.get_values_for_type(x509.IPAddress))
    return spelled([*names.get_values_for_type(x509.DNSName), *addresses])


def spelled(hosts: Iterable[str]) -> frozenset[str]:
    """Return *hosts* as `hosts_of` writes them, so that they can be compared."""
    return frozenset(_spelled(host) for host in hosts)


def _spelled(host: str) -> str:
    try:
        return str(ip_address(host))
    except ValueError:
        return host.lower()


def _issued(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    with suppress(InvalidSignature, *UNREADABLE):
        certificate.verify_directly_issued_by(issuer)
        constraints = issuer.extensions.get_extension_for_class(x509.BasicConstraints)
        return constraints.value.ca
    return False


def _certificates(pem: bytes) -> list[x509.Certificate]:
    return x509.load_pem_x509_certificates(pem) if pem.strip() else []


def _encoded(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(Encoding.PEM)
