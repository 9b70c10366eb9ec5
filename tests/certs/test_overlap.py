"""Whatever happens and whenever: every client accepts the leaf, however late it learns of a bundle.

The clock is simulated. A client may trust any bundle that was published within the settling time,
and the judge is the path validation of the cryptography library, not our own.
"""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.x509.verification import PolicyBuilder, Store
from hypothesis import given, settings
from hypothesis import strategies as st

from certs import bundle
from certs.keyring import Keyring, data, keyring
from certs.rotation import SOONEST, Rotation, Wish, rotate

pytestmark = pytest.mark.slow

START = datetime(2026, 1, 1, tzinfo=UTC)
HOST = "webhook.a.svc"
EXTRA_HOSTS = ("webhook", "10.0.0.1")

seconds = st.integers(0, 10**6).map(lambda number: timedelta(seconds=number))


@st.composite
def wishes(draw: st.DrawFn) -> Wish:
    """Draw lifetimes from minutes to years, in any proportion that a wish allows."""
    life = draw(st.integers(120, 10**8))
    return Wish(
        hosts=(HOST,),
        authority_lifetime=timedelta(seconds=life),
        leaf_lifetime=timedelta(seconds=draw(st.integers(60, life))),
        settle=timedelta(seconds=draw(st.integers(0, life // 12))),
    )


@dataclass(frozen=True)
class Turn:
    """What happens next, when the writer wakes up early or just in time."""

    early: float
    """Which part of the time until the writer's appointment has passed when it wakes up."""
    is_published: bool = True
    """Whether the places of publication can be written."""
    hosts: tuple[str, ...] = ()


turns = st.builds(
    Turn,
    early=st.sampled_from([0.1, 0.5, 1.0, 1.0, 1.0]),
    is_published=st.sampled_from([True, True, False]),
    hosts=st.sampled_from([(), (), EXTRA_HOSTS]),
)


@dataclass
class World:
    """A writer, what it stored, and every bundle that it ever published."""

    wish: Wish
    now: datetime = START
    published: list[tuple[datetime, bytes]] = field(default_factory=list[tuple[datetime, bytes]])
    leaves: set[bytes] = field(default_factory=set[bytes])
    authorities: set[bytes] = field(default_factory=set[bytes])

    def __post_init__(self) -> None:
        """Start with a first pass that succeeds."""
        self.last = rotate(None, self.wish, self.now)
        self.publish()

    def live(self, turn: Turn) -> None:
        """Let time pass until the writer wakes up, and have it do one pass."""
        wait = max((self.last.again - self.now) * turn.early, SOONEST)
        self.now = self.now.replace(microsecond=0) + timedelta(seconds=int(wait.total_seconds()))
        self.check()
        wish = replace(self.wish, hosts=(HOST, *turn.hosts))
        self.last = rotate(self.stored(), wish, self.now, [self.published[-1][1]])
        self.authorities.add(self.last.keyring.authority.certificate)
        self.check()
        if turn.is_published or not self.can_wait():
            self.publish()

    def stored(self) -> Keyring | None:
        """Return what the writer finds when it comes back: only what is bytes survives."""
        return keyring(data(self.last.keyring))

    def can_wait(self) -> bool:
        """Say whether publishing may fail and leave time for settling before the old one dies."""
        end = bundle.expiry(self.last.keyring.authority.certificate)
        return self.now + 2 * self.wish.settle + 60 * SOONEST < end

    def publish(self) -> None:
        self.published.append((self.now, self.last.keyring.trusted))
        self.check()

    def check(self) -> None:
        """Verify with each bundle that a client may trust at this moment.

        A server may be slow as well: every leaf that has not expired may still be in use.
        """
        self.leaves.add(self.last.keyring.leaf.certificate)
        self.leaves = {leaf for leaf in self.leaves if bundle.expiry(leaf) > self.now}
        assert self.last.keyring.leaf.certificate in self.leaves
        for trusted in {pem for since, pem in self.published if since >= self.oldest()}:
            for leaf in self.leaves:
                verify(leaf, trusted, self.now)

    def oldest(self) -> datetime:
        """Return since when the oldest bundle is published that a client may still trust."""
        horizon = self.now - self.wish.settle
        return max((since for since, _ in self.published if since <= horizon), default=START)


def verify(leaf: bytes, trusted: bytes, now: datetime) -> None:
    store = Store(x509.load_pem_x509_certificates(trusted))
    verifier = PolicyBuilder().store(store).time(now).build_server_verifier(x509.DNSName(HOST))
    verifier.verify(x509.load_pem_x509_certificate(leaf), [])


@settings(max_examples=60, deadline=None, derandomize=True)
@given(wishes(), st.lists(turns, min_size=10, max_size=60))
def test_every_bundle_of_the_settling_time_accepts_the_leaf(wish: Wish, story: list[Turn]) -> None:
    world = World(wish)
    for turn in story:
        world.live(turn)


def test_a_long_life_sees_many_authorities_and_keeps_two_at_most() -> None:
    wish = Wish(
        hosts=(HOST,),
        authority_lifetime=timedelta(minutes=10),
        leaf_lifetime=timedelta(minutes=2),
        settle=timedelta(seconds=30),
    )
    world = World(wish)
    for _ in range(120):
        world.live(Turn(early=1.0))
        assert len(bundle.split(world.last.keyring.trusted)) <= 2
    assert len(world.authorities) > 5


@settings(max_examples=30, deadline=None, derandomize=True)
@given(wishes(), seconds)
def test_a_pass_that_is_repeated_changes_nothing(wish: Wish, wait: timedelta) -> None:
    first = rotate(None, wish, START)
    now = START + wait % wish.authority_lifetime
    once = rotate(first.keyring, wish, now, [first.keyring.trusted])
    twice = rotate(keyring(data(once.keyring)), wish, now, [first.keyring.trusted])
    assert twice == Rotation(once.keyring, (), once.again)
    assert once.again > now
