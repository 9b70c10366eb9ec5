"""A certificate tells when it ends."""

from datetime import UTC, datetime, timedelta

import pytest

from certs.authority import Subject, authority, leaf
from certs.expiry import expiry

DAY = timedelta(days=1)


def test_a_chain_ends_with_its_leaf() -> None:
    root = authority("test root", 10 * DAY)
    chain = leaf(root, Subject("webhook"), DAY).certificate + root.certificate
    left = expiry(chain) - datetime.now(UTC)
    assert DAY - timedelta(minutes=1) < left <= DAY


def test_what_is_no_certificate_has_no_end() -> None:
    with pytest.raises(ValueError, match="PEM"):
        expiry(b"not a certificate")
