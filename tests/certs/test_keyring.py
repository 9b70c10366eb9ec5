"""How a keyring becomes the data of a Secret, and what is made of data that is broken."""

from datetime import UTC, datetime, timedelta

import pytest

from certs.authority import Pair, Subject, authority, leaf
from certs.keyring import NAMES, Keyring, data, keyring

DAY = timedelta(days=1)
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)

ROOT = authority("root", DAY, now=NOON)
SUCCESSOR = authority("root", DAY, now=NOON)
LEAF = leaf(ROOT, Subject("webhook", hosts=["webhook"]), DAY, now=NOON)

PLAIN = Keyring(authority=ROOT, leaf=LEAF, trusted=ROOT.certificate)
FULL = Keyring(
    authority=ROOT,
    leaf=LEAF,
    trusted=SUCCESSOR.certificate + ROOT.certificate,
    next=SUCCESSOR,
    published=NOON + timedelta(microseconds=1),
    retired_until=NOON + DAY,
)


@pytest.mark.parametrize("whole", [PLAIN, FULL], ids=["plain", "full"])
def test_what_is_stored_can_be_read_again(whole: Keyring) -> None:
    assert keyring(data(whole)) == whole


def test_everything_is_stored_under_a_known_name() -> None:
    assert set(data(FULL)) == NAMES


def test_a_server_finds_its_files_under_the_names_that_kubernetes_uses() -> None:
    assert data(PLAIN) == {
        "tls.crt": LEAF.certificate,
        "tls.key": LEAF.key,
        "ca.crt": ROOT.certificate,
        "ca.key": ROOT.key,
    }


@pytest.mark.parametrize(
    "broken",
    [
        pytest.param({}, id="nothing"),
        pytest.param({"ca.crt": b"garbage"}, id="no bundle"),
        pytest.param({"ca.key": b"garbage"}, id="no key"),
        pytest.param({"ca.key": b"\xff\x00"}, id="bytes"),
        pytest.param({"ca.key": SUCCESSOR.key, "ca.crt": ROOT.certificate}, id="another's key"),
    ],
)
def test_without_an_authority_there_is_no_keyring(broken: dict[str, bytes]) -> None:
    assert keyring({**data(FULL), **broken} if broken else {}) is None


@pytest.mark.parametrize(
    ("broken", "lost"),
    [
        pytest.param({"next-ca.crt": b"garbage"}, "next", id="next certificate"),
        pytest.param({"next-ca.key": ROOT.key}, "next", id="next key"),
        pytest.param({"next-ca.published": b"soon"}, "published", id="moment of publication"),
        pytest.param({"next-ca.published": b"2026-01-01"}, "published", id="moment without zone"),
        pytest.param({"retired-ca.until": b"\xff"}, "retired_until", id="end of retirement"),
    ],
)
def test_a_broken_part_is_left_out(broken: dict[str, bytes], lost: str) -> None:
    found = keyring({**data(FULL), **broken})
    assert found is not None
    assert getattr(found, lost) is None
    assert found.authority == ROOT


def test_a_leaf_is_taken_as_it_is_because_the_rotation_judges_it() -> None:
    found = keyring({**data(PLAIN), "tls.crt": b"garbage"})
    assert found is not None
    assert found.leaf == Pair(b"garbage", LEAF.key)


def test_no_key_shows_when_a_keyring_is_printed() -> None:
    assert "PRIVATE" not in repr(FULL)
    assert "Pair(certificate=…, key=…)" in repr(FULL)
