"""When certificates are renewed, phase by phase, on a clock that the test holds."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from certs import bundle
from certs.authority import Pair, Subject, authority, leaf
from certs.keyring import Keyring
from certs.keys import KeyKind, kind_of
from certs.rotation import SOONEST, Wish, rotate, service_hosts
from tests.certs.handshake import shake

DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
WISH = Wish(
    hosts=("webhook", "webhook.a.svc"),
    leaf_lifetime=30 * DAY,
    authority_lifetime=300 * DAY,
    settle=10 * MINUTE,
)
LATE = NOON + 200 * DAY
"""When two thirds of the authority's life are over."""


def fresh(now: datetime = NOON) -> Keyring:
    return rotate(None, WISH, now).keyring


def introduced(now: datetime = LATE) -> Keyring:
    """Return what is stored once the next authority is in the bundle, and nobody saw it yet."""
    current = fresh()
    return rotate(current, WISH, now, [current.trusted]).keyring


def settled() -> tuple[Keyring, datetime]:
    """Return what is stored right before the promotion of the next authority, and its moment."""
    current = rotate(introduced(), WISH, LATE + MINUTE).keyring
    return current, LATE + 11 * MINUTE


def test_the_first_time_everything_is_made() -> None:
    first = rotate(None, WISH, NOON)
    served = first.keyring.leaf
    assert first.steps == ("started afresh",)
    assert bundle.matches(served)
    assert bundle.chains(served.certificate, first.keyring.trusted, NOON)
    assert bundle.hosts_of(served.certificate) == set(WISH.hosts)
    assert bundle.split(first.keyring.trusted) == [first.keyring.authority.certificate]


def test_the_second_time_nothing_changes() -> None:
    first = rotate(None, WISH, NOON)
    second = rotate(first.keyring, WISH, NOON, [first.keyring.trusted])
    assert (second.keyring, second.changed) == (first.keyring, False)


def test_the_leaf_is_renewed_when_two_thirds_of_its_life_are_over() -> None:
    first = rotate(None, WISH, NOON)
    assert NOON + 19 * DAY < first.again <= NOON + 20 * DAY
    assert not rotate(first.keyring, WISH, first.again - SOONEST).changed
    renewed = rotate(first.keyring, WISH, first.again)
    assert renewed.steps == ("renewed the leaf",)
    assert renewed.keyring.authority == first.keyring.authority
    assert renewed.keyring.leaf != first.keyring.leaf


@pytest.mark.parametrize(
    "wish",
    [
        pytest.param(replace(WISH, hosts=("webhook",)), id="a host less"),
        pytest.param(replace(WISH, hosts=(*WISH.hosts, "10.0.0.1")), id="a host more"),
    ],
)
def test_the_leaf_is_renewed_when_the_hosts_change(wish: Wish) -> None:
    renewed = rotate(fresh(), wish, NOON)
    assert renewed.steps == ("renewed the leaf",)
    assert bundle.hosts_of(renewed.keyring.leaf.certificate) == set(wish.hosts)


def test_the_same_hosts_in_another_spelling_are_no_change() -> None:
    wish = replace(WISH, hosts=("fd00:0::1", "Webhook"))
    first = rotate(None, wish, NOON).keyring
    assert not rotate(first, replace(wish, hosts=("webhook", "fd00::1")), NOON).changed


STRANGER = leaf(authority("x", DAY, now=NOON), Subject("x", hosts=WISH.hosts), DAY, now=NOON)


@pytest.mark.parametrize(
    "broken",
    [
        pytest.param(Pair(b"", b""), id="none"),
        pytest.param(Pair(b"garbage", b"garbage"), id="garbage"),
        pytest.param(Pair(fresh().leaf.certificate, STRANGER.key), id="another's key"),
        pytest.param(STRANGER, id="of another authority"),
    ],
)
def test_a_leaf_that_does_not_verify_is_renewed(broken: Pair) -> None:
    renewed = rotate(replace(fresh(), leaf=broken), WISH, NOON)
    assert renewed.steps == ("renewed the leaf",)


def test_another_kind_of_key_renews_the_leaf_at_once_and_the_authority_with_overlap() -> None:
    first = fresh()
    wish = replace(WISH, key_kind=KeyKind.RSA_2048)
    changed = rotate(first, wish, NOON, [first.trusted])
    assert changed.steps == ("introduced the next authority", "renewed the leaf")
    assert kind_of(changed.keyring.leaf.key) is KeyKind.RSA_2048
    assert changed.keyring.authority == first.authority
    seen = rotate(changed.keyring, wish, NOON + MINUTE, [changed.keyring.trusted])
    done = rotate(seen.keyring, wish, seen.again)
    assert kind_of(done.keyring.authority.key) is KeyKind.RSA_2048
    assert not rotate(done.keyring, wish, seen.again).changed


def test_the_next_authority_is_trusted_before_it_signs() -> None:
    before = rotate(fresh(), WISH, LATE - DAY).keyring
    after = rotate(before, WISH, LATE, [before.trusted])
    assert after.steps == ("introduced the next authority",)
    assert after.again == LATE + SOONEST
    assert after.keyring.leaf == before.leaf
    assert after.keyring.authority == before.authority
    assert after.keyring.next is not None
    assert bundle.split(after.keyring.trusted) == [
        before.authority.certificate,
        after.keyring.next.certificate,
    ]


def test_the_settling_begins_only_when_every_place_publishes_the_next_authority() -> None:
    current = introduced()
    old = current.authority.certificate
    waiting = rotate(current, WISH, LATE + DAY, [current.trusted, old])
    assert not waiting.changed
    assert waiting.again == LATE + DAY + SOONEST
    seen = rotate(current, WISH, LATE + DAY, [current.trusted, current.trusted + old])
    assert seen.steps == ("saw the next authority published",)
    assert seen.again == LATE + DAY + WISH.settle


def test_a_place_that_publishes_garbage_does_not_publish_the_next_authority() -> None:
    current = introduced()
    assert not rotate(current, WISH, LATE, [b"garbage", current.trusted]).changed


def test_the_next_authority_signs_once_its_bundle_has_settled() -> None:
    current, moment = settled()
    assert current.next is not None
    assert not rotate(current, WISH, moment - SOONEST).changed
    done = rotate(current, WISH, moment)
    assert done.steps == ("promoted the next authority",)
    assert done.keyring.authority == current.next
    assert done.keyring.next is None
    assert bundle.chains(done.keyring.leaf.certificate, current.next.certificate, moment)


def test_the_old_authority_is_trusted_until_none_of_its_leaves_can_live() -> None:
    current, moment = settled()
    old = current.authority.certificate
    done = rotate(current, WISH, moment).keyring
    end = moment + WISH.leaf_lifetime
    assert bundle.expiry(current.leaf.certificate) <= end
    last = rotate(done, WISH, end - SOONEST).keyring
    assert old in bundle.split(last.trusted)
    after = rotate(last, WISH, end)
    assert after.steps == ("tidied the bundle",)
    assert bundle.split(after.keyring.trusted) == [after.keyring.authority.certificate]


def test_leaves_that_live_longer_than_new_ones_are_waited_for() -> None:
    current, moment = settled()
    end = bundle.expiry(current.leaf.certificate)
    done = rotate(current, replace(WISH, leaf_lifetime=DAY), moment).keyring
    assert done.retired_until == end


def test_in_every_phase_old_and_new_bundles_accept_the_leaf(tmp_path: Path) -> None:
    now = datetime.now(UTC).replace(microsecond=0)
    wish = replace(WISH, settle=timedelta())
    first = rotate(None, wish, now - 200 * DAY).keyring
    phases = [rotate(first, wish, now - timedelta(hours=1)).keyring]
    for _ in range(2):
        phases.append(rotate(phases[-1], wish, now, [phases[-1].trusted]).keyring)
    for published, serving in pairwise(phases):
        for trusted in (published.trusted, serving.trusted):
            assert shake(tmp_path, serving.leaf, trusted, "webhook.a.svc") == "TLSv1.3"
    assert phases[0].authority != phases[-1].authority


def test_an_authority_that_expired_meanwhile_is_replaced_by_the_next_without_settling() -> None:
    end = bundle.expiry(fresh().authority.certificate)
    current = introduced(end - MINUTE)
    done = rotate(current, WISH, end, [b""])
    assert done.keyring.authority == current.next
    assert bundle.chains(done.keyring.leaf.certificate, done.keyring.trusted, end)


def test_when_every_authority_has_expired_everything_is_made_anew() -> None:
    moment = NOON + 2 * WISH.authority_lifetime
    anew = rotate(fresh(), WISH, moment)
    assert anew.steps == ("started afresh",)
    assert bundle.split(anew.keyring.trusted) == [anew.keyring.authority.certificate]


def test_a_fresh_start_keeps_what_clients_trust_while_a_leaf_of_it_may_be_in_use() -> None:
    lost = fresh().trusted
    anew = rotate(None, WISH, NOON, [lost, b"garbage"])
    assert anew.steps == ("started afresh",)
    first = anew.keyring
    assert set(bundle.split(first.trusted)) == {lost, first.authority.certificate}
    after = rotate(first, WISH, NOON + WISH.leaf_lifetime).keyring
    assert bundle.split(after.trusted) == [first.authority.certificate]


def test_what_nobody_knows_in_the_stored_bundle_stays_for_the_life_of_a_leaf() -> None:
    current = replace(fresh(), trusted=bundle.join(fresh().trusted, STRANGER.certificate))
    seen = rotate(current, WISH, NOON)
    assert seen.keyring.retired_until == NOON + WISH.leaf_lifetime


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        pytest.param({"hosts": ()}, "at least one host", id="no hosts"),
        pytest.param({"leaf_lifetime": 301 * DAY}, "no longer than its authority", id="old leaf"),
        pytest.param({"leaf_lifetime": 0 * DAY}, "lives for some time", id="dead leaf"),
        pytest.param({"settle": 51 * DAY}, "at most a sixth", id="slow settling"),
        pytest.param({"settle": -MINUTE}, "at most a sixth", id="settling backwards"),
    ],
)
def test_a_wish_that_no_rotation_can_keep_is_refused(
    changes: dict[str, object], problem: str
) -> None:
    whole = {"leaf_lifetime": 30 * DAY, "authority_lifetime": 300 * DAY, "hosts": ("webhook",)}
    with pytest.raises(ValueError, match=problem):
        Wish(**{**whole, **changes})  # type: ignore[arg-type]


def test_a_service_has_four_names_inside_the_cluster() -> None:
    assert service_hosts("webhook", "kmcp-system", "cluster.local") == (
        "webhook",
        "webhook.kmcp-system",
        "webhook.kmcp-system.svc",
        "webhook.kmcp-system.svc.cluster.local",
    )
