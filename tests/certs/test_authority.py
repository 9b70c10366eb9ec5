"""What may be relied on of the certificates that certs issues, checked by a real TLS handshake."""

import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from certs.authority import CLOCK_SKEW, Pair, Subject, authority, leaf
from certs.keys import KeyKind, kind_of
from tests.certs.handshake import shake

DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


def lifespan(pair: Pair) -> tuple[datetime, datetime]:
    certificate = x509.load_pem_x509_certificate(pair.certificate)
    return certificate.not_valid_before_utc, certificate.not_valid_after_utc


@pytest.mark.parametrize("host", ["webhook.kmcp-system.svc", "10.0.0.1", "fd00::1"])
def test_a_client_that_trusts_the_authority_accepts_every_host_of_the_leaf(
    tmp_path: Path, host: str
) -> None:
    root = authority("test root", DAY)
    pair = leaf(root, Subject("webhook", hosts=["webhook.kmcp-system.svc", host]), DAY)
    assert shake(tmp_path, pair, root.certificate, host) == "TLSv1.3"


@pytest.mark.parametrize("signer", KeyKind)
@pytest.mark.parametrize("kind", KeyKind)
def test_every_kind_of_key_signs_and_serves_every_other(
    tmp_path: Path, signer: KeyKind, kind: KeyKind
) -> None:
    root = authority("test root", DAY, signer)
    pair = leaf(root, Subject("webhook", hosts=["webhook"]), DAY, kind)
    assert (kind_of(root.key), kind_of(pair.key)) == (signer, kind)
    assert shake(tmp_path, pair, root.certificate, "webhook") == "TLSv1.3"


def test_a_client_tells_two_trusted_authorities_of_the_same_name_apart(tmp_path: Path) -> None:
    old, new = authority("test root", DAY), authority("test root", DAY)
    for root in (old, new):
        pair = leaf(root, Subject("webhook", hosts=["webhook"]), DAY)
        assert shake(tmp_path, pair, old.certificate + new.certificate, "webhook") == "TLSv1.3"


def test_a_client_refuses_a_host_that_the_leaf_does_not_name(tmp_path: Path) -> None:
    root = authority("test root", DAY)
    pair = leaf(root, Subject("webhook", hosts=["webhook"]), DAY)
    with pytest.raises(ssl.SSLCertVerificationError, match="Hostname mismatch"):
        shake(tmp_path, pair, root.certificate, "elsewhere")


def test_a_client_refuses_a_leaf_of_another_authority_of_the_same_name(tmp_path: Path) -> None:
    pair = leaf(authority("test root", DAY), Subject("webhook", hosts=["webhook"]), DAY)
    with pytest.raises(ssl.SSLCertVerificationError):
        shake(tmp_path, pair, authority("test root", DAY).certificate, "webhook")


def test_a_certificate_is_valid_from_an_hour_ago_until_the_end_of_its_lifetime() -> None:
    root = authority("test root", DAY, now=NOON)
    assert lifespan(root) == (NOON - CLOCK_SKEW, NOON + DAY)


def test_a_lifetime_begins_now_when_nobody_says_otherwise() -> None:
    before = datetime.now(UTC).replace(microsecond=0)
    _, end = lifespan(authority("test root", DAY))
    assert before + DAY <= end <= datetime.now(UTC) + DAY


def test_a_certificate_of_one_minute_is_backdated_by_seconds_only(tmp_path: Path) -> None:
    root = authority("test root", MINUTE)
    pair = leaf(root, Subject("webhook", hosts=["webhook"]), MINUTE)
    start, end = lifespan(pair)
    assert end - start <= MINUTE * 1.1 + timedelta(seconds=1)
    assert shake(tmp_path, pair, root.certificate, "webhook") == "TLSv1.3"


def test_a_leaf_never_outlives_its_issuer() -> None:
    root = authority("test root", DAY, now=NOON)
    pair = leaf(root, Subject("webhook"), 9 * DAY, now=NOON + DAY / 2)
    assert lifespan(pair)[1] == NOON + DAY


def test_the_organization_stands_in_the_subject_where_kubernetes_reads_the_group() -> None:
    pair = leaf(authority("test root", DAY), Subject("admin", "system:masters"), DAY)
    certificate = x509.load_pem_x509_certificate(pair.certificate)
    assert certificate.subject.rfc4514_string() == "CN=admin,O=system:masters"


def test_an_authority_with_a_foreign_kind_of_key_is_refused_by_name() -> None:
    root = authority("test root", DAY)
    key = ed25519.Ed25519PrivateKey.generate()
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    with pytest.raises(TypeError, match="needs an ECDSA or RSA key, not Ed25519PrivateKey"):
        leaf(Pair(root.certificate, pem), Subject("webhook"), DAY)


def test_the_key_never_shows_when_a_pair_is_printed() -> None:
    assert repr(authority("test root", DAY)) == "Pair(certificate=…, key=…)"
