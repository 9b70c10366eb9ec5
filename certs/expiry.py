"""When a certificate ends."""

from datetime import datetime

from cryptography import x509


def expiry(certificate: bytes) -> datetime:
    """Return when the first certificate of the PEM chain ends; raise ValueError if none is there.

    The first one is the leaf: it is what a server shows.
    """
    return x509.load_pem_x509_certificates(certificate)[0].not_valid_after_utc
