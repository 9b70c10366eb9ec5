"""What can be done with bundles of certificates, and asked about a leaf."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from certs import bundle
from certs.authority import Pair, Subject, authority, leaf

DAY = timedelta(days=1)
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
GARBAGE = [b"", b"garbage", b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"]

OLD = authority("root", DAY, now=NOON)
NEW = authority("root", 3 * DAY, now=NOON + DAY / 2)
LEAF = leaf(OLD, Subject("webhook", hosts=["Webhook.a.svc", "fd00:0::1"]), DAY / 2, now=NOON)


def test_a_bundle_falls_into_its_certificates_whatever_stands_between_them() -> None:
    text = b"# old\n" + OLD.certificate + b"\n# new\n" + NEW.certificate.strip()
    assert bundle.split(text) == [OLD.certificate, NEW.certificate]


def test_an_empty_bundle_has_no_certificates() -> None:
    assert bundle.split(b"\n") == []


def test_joined_bundles_have_each_certificate_once_and_always_in_the_same_order() -> None:
    once = bundle.join(NEW.certificate, OLD.certificate)
    assert once == bundle.join(OLD.certificate + NEW.certificate, OLD.certificate, b"")
    assert bundle.split(once) == [OLD.certificate, NEW.certificate]


def test_certificates_can_be_taken_out_of_a_bundle() -> None:
    both = bundle.join(OLD.certificate, NEW.certificate)
    assert bundle.without(both, OLD.certificate) == NEW.certificate


@pytest.mark.parametrize(
    ("now", "left"),
    [
        pytest.param(NOON, [OLD.certificate, NEW.certificate], id="none has expired"),
        pytest.param(NOON + DAY, [NEW.certificate], id="one expires now"),
        pytest.param(NOON + 9 * DAY, [], id="all have expired"),
    ],
)
def test_what_has_expired_drops_out_of_a_bundle(now: datetime, left: list[bytes]) -> None:
    both = bundle.join(OLD.certificate, NEW.certificate)
    assert bundle.split(bundle.unexpired(both, now)) == left


def test_a_bundle_expires_with_the_first_of_its_certificates() -> None:
    assert bundle.expiry(NEW.certificate + OLD.certificate) == NOON + DAY


@pytest.mark.parametrize("pem", GARBAGE)
def test_what_is_no_certificate_has_no_expiry(pem: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        bundle.expiry(pem)


@pytest.mark.parametrize(
    ("pem", "read"),
    [
        pytest.param(b"\n" + OLD.certificate.strip(), OLD.certificate, id="a bundle"),
        *(pytest.param(pem, b"", id="garbage") for pem in GARBAGE),
    ],
)
def test_a_bundle_from_elsewhere_is_empty_when_it_cannot_be_read(pem: bytes, read: bytes) -> None:
    assert bundle.readable(pem) == read


def test_a_leaf_matches_its_own_key_only() -> None:
    assert bundle.matches(LEAF)
    assert not bundle.matches(Pair(LEAF.certificate, OLD.key))


@pytest.mark.parametrize(
    ("trusted", "now", "chained"),
    [
        pytest.param(OLD.certificate, NOON, True, id="its authority"),
        pytest.param(NEW.certificate + OLD.certificate, NOON + DAY / 4, True, id="one of two"),
        pytest.param(NEW.certificate, NOON + DAY / 2, False, id="an authority of the same name"),
        pytest.param(LEAF.certificate, NOON, False, id="itself"),
        pytest.param(OLD.certificate, NOON + DAY / 2, False, id="it has expired"),
        pytest.param(OLD.certificate, NOON - DAY, False, id="it is not valid yet"),
        pytest.param(b"", NOON, False, id="an empty bundle"),
    ],
)
def test_a_leaf_chains_to_a_bundle_with_its_living_authority(
    trusted: bytes, now: datetime, chained: bool
) -> None:
    assert bundle.chains(LEAF.certificate, trusted, now) is chained


def test_a_leaf_signs_no_other_leaf() -> None:
    forged = leaf(LEAF, Subject("webhook", hosts=["webhook"]), DAY, now=NOON)
    assert not bundle.chains(forged.certificate, LEAF.certificate, NOON)


def test_a_leaf_is_not_trusted_longer_than_its_authority() -> None:
    other = leaf(authority("root", 9 * DAY, now=NOON), Subject("webhook"), 9 * DAY, now=NOON)
    swapped = leaf(Pair(other.certificate, OLD.key), Subject("webhook"), 9 * DAY, now=NOON)
    assert not bundle.chains(swapped.certificate, OLD.certificate, NOON + 2 * DAY)


@pytest.mark.parametrize(
    ("hosts", "covered"),
    [
        pytest.param(["webhook.a.svc"], True, id="a name in other letters"),
        pytest.param(["webhook.a.svc", "fd00::1"], True, id="a name and an address"),
        pytest.param([], True, id="nothing"),
        pytest.param(["webhook.a.svc", "webhook"], False, id="a name too many"),
    ],
)
def test_a_leaf_covers_the_hosts_that_it_names(hosts: list[str], covered: bool) -> None:
    assert bundle.covers(LEAF.certificate, hosts) is covered


def test_a_certificate_without_hosts_covers_none() -> None:
    assert not bundle.covers(OLD.certificate, ["webhook"])


CLAIMS: dict[str, Callable[[bytes], bool]] = {
    "valid": lambda pem: bundle.is_valid(pem, NOON),
    "matches": lambda pem: bundle.matches(Pair(pem, LEAF.key)),
    "matches a key": lambda pem: bundle.matches(Pair(LEAF.certificate, pem)),
    "chains": lambda pem: bundle.chains(pem, OLD.certificate, NOON),
    "chains to": lambda pem: bundle.chains(LEAF.certificate, pem, NOON),
    "covers": lambda pem: bundle.covers(pem, ["webhook"]),
}


@pytest.mark.parametrize("pem", GARBAGE)
@pytest.mark.parametrize("claim", CLAIMS)
def test_nothing_good_is_said_of_garbage(claim: str, pem: bytes) -> None:
    assert CLAIMS[claim](pem) is False
