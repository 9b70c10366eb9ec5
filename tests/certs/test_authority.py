"""What may be relied on of the certificates that certs issues, checked by a real TLS handshake."""

import socket
import ssl
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from certs.authority import CLOCK_SKEW, Pair, Subject, authority, leaf

DAY = timedelta(days=1)


def serve_once(directory: Path, pair: Pair) -> socket.socket:
    """Return the client's end of a connection whose other end shakes hands with *pair*."""
    ours, theirs = socket.socketpair()
    (directory / "pair.pem").write_bytes(pair.certificate + pair.key)
    server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    server.load_cert_chain(directory / "pair.pem")

    def serve() -> None:
        try:
            server.wrap_socket(theirs, server_side=True).close()
        except ssl.SSLError:  # the client refused: that is what some tests are about
            theirs.close()

    threading.Thread(target=serve, daemon=True).start()
    return ours


def client(trusted: Pair) -> ssl.SSLContext:
    return ssl.create_default_context(cadata=trusted.certificate.decode())


@pytest.mark.parametrize("host", ["webhook.kmcp-system.svc", "10.0.0.1", "fd00::1"])
def test_a_client_that_trusts_the_authority_accepts_every_host_of_the_leaf(
    tmp_path: Path, host: str
) -> None:
    root = authority("test root", DAY)
    pair = leaf(root, Subject("webhook", hosts=["webhook.kmcp-system.svc", host]), DAY)
    with client(root).wrap_socket(serve_once(tmp_path, pair), server_hostname=host) as connection:
        assert connection.version() == "TLSv1.3"


def test_a_client_refuses_a_host_that_the_leaf_does_not_name(tmp_path: Path) -> None:
    root = authority("test root", DAY)
    connection = serve_once(tmp_path, leaf(root, Subject("webhook", hosts=["webhook"]), DAY))
    with pytest.raises(ssl.SSLCertVerificationError, match="Hostname mismatch"):
        client(root).wrap_socket(connection, server_hostname="elsewhere")
    connection.close()


def test_a_client_refuses_a_leaf_of_another_authority_of_the_same_name(tmp_path: Path) -> None:
    pair = leaf(authority("test root", DAY), Subject("webhook", hosts=["webhook"]), DAY)
    connection = serve_once(tmp_path, pair)
    with pytest.raises(ssl.SSLCertVerificationError):
        client(authority("test root", DAY)).wrap_socket(connection, server_hostname="webhook")
    connection.close()


def test_a_certificate_is_valid_from_an_hour_ago_until_the_end_of_its_lifetime() -> None:
    before = datetime.now(UTC).replace(microsecond=0)
    certificate = x509.load_pem_x509_certificate(authority("test root", DAY).certificate)
    after = datetime.now(UTC)
    assert before - CLOCK_SKEW <= certificate.not_valid_before_utc <= after - CLOCK_SKEW
    assert before + DAY <= certificate.not_valid_after_utc <= after + DAY


def test_the_organization_stands_in_the_subject_where_kubernetes_reads_the_group() -> None:
    pair = leaf(authority("test root", DAY), Subject("admin", "system:masters"), DAY)
    certificate = x509.load_pem_x509_certificate(pair.certificate)
    assert certificate.subject.rfc4514_string() == "CN=admin,O=system:masters"


def test_an_authority_with_a_foreign_kind_of_key_is_refused_by_name() -> None:
    root = authority("test root", DAY)
    key = rsa.generate_private_key(65537, 2048)
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    with pytest.raises(TypeError, match="elliptic-curve key, not RSAPrivateKey"):
        leaf(Pair(root.certificate, pem), Subject("webhook"), DAY)


def test_the_key_never_shows_when_a_pair_is_printed() -> None:
    assert repr(authority("test root", DAY)) == "Pair(certificate=…, key=…)"
