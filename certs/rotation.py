"""When certificates are renewed, and how an authority is replaced without a failed handshake.

An authority is replaced in three phases. First its successor enters the bundle and signs nothing.
Once every client is known to have that bundle, and has had it for a settling time, the leaf is
signed by the successor. The old authority stays in the bundle until its last leaf has expired.
"""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from certs import bundle
from certs.authority import Pair, Subject, authority, leaf
from certs.keyring import Keyring
from certs.keys import KeyKind, kind_of

SOONEST = timedelta(seconds=1)
"""How long to wait before looking again whether a bundle has been published."""

SETTLE_SHARE = 6
"""An authority is replaced in the last third of its life; settling may take half of that."""


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What certificates there ought to be."""

    hosts: tuple[str, ...]
    """The DNS names and IP addresses under which the server is called."""
    name: str = "kmcp-webhook"
    """What the subjects of the certificates are called."""
    key_kind: KeyKind = KeyKind.ECDSA_P256
    leaf_lifetime: timedelta = timedelta(days=30)
    authority_lifetime: timedelta = timedelta(days=365)
    settle: timedelta = timedelta(minutes=5)
    """How long a published bundle may take to reach every client."""

    def __post_init__(self) -> None:
        """Refuse what no rotation can keep."""
        if not self.hosts:
            raise ValueError("a certificate needs at least one host")
        if not timedelta() < self.leaf_lifetime <= self.authority_lifetime:
            raise ValueError("a leaf lives for some time, and no longer than its authority")
        if not timedelta() <= self.settle <= self.authority_lifetime / SETTLE_SHARE:
            raise ValueError("settling takes at most a sixth of the authority's lifetime")


@dataclass(frozen=True)
class Rotation:
    """What to store next."""

    keyring: Keyring
    steps: tuple[str, ...]
    """What was done, in words for a log; empty when nothing changed."""
    again: datetime
    """When there will be something to do, if nothing else changes until then."""

    @property
    def changed(self) -> bool:
        """Say whether there is anything new to store."""
        return bool(self.steps)


@dataclass(frozen=True)
class _View:
    """What a step decides by."""

    wish: Wish
    now: datetime
    published: Sequence[bytes]


def rotate(
    stored: Keyring | None, wish: Wish, now: datetime, published: Sequence[bytes] = ()
) -> Rotation:
    """Return what to store instead of *stored*; None means that nothing usable is stored.

    *published* are the bundles that clients trust at this moment, one for each place where a bundle
    is published. Without any, what is stored counts as published.
    """
    view = _View(wish, now, [bundle.readable(pem) for pem in published])
    steps: list[str] = []
    current = stored
    if current is None or not _has_a_living_authority(current, now):
        current = _fresh(view)
        steps.append("started afresh")
    for word, step in STEPS:
        before, current = current, step(current, view)
        if current != before:
            steps.append(word)
    return Rotation(current, tuple(steps), _again(current, view))


def service_hosts(service: str, namespace: str, cluster_domain: str) -> tuple[str, ...]:
    """Return every name by which a Service can be called from inside the cluster."""
    full = f"{service}.{namespace}.svc"
    return service, f"{service}.{namespace}", full, f"{full}.{cluster_domain}"


def _fresh(view: _View) -> Keyring:
    """Start anew, but let clients trust for a while what they trust now: it may be in use."""
    root = _authority(view)
    trusted = bundle.join(root.certificate, *view.published)
    return _tidy_the_bundle(Keyring(authority=root, leaf=_leaf(root, view), trusted=trusted), view)


def _introduce_the_next_authority(keyring: Keyring, view: _View) -> Keyring:
    wrong_kind = kind_of(keyring.authority.key) is not view.wish.key_kind
    due = wrong_kind or view.now >= _renewal(keyring.authority)
    if not due or (keyring.next and bundle.is_valid(keyring.next.certificate, view.now)):
        return keyring
    successor = _authority(view)
    trusted = bundle.join(keyring.trusted, successor.certificate)
    return replace(keyring, next=successor, published=None, trusted=trusted)


def _note_the_publication(keyring: Keyring, view: _View) -> Keyring:
    if keyring.next is None or keyring.published is not None:
        return keyring
    wanted = keyring.next.certificate
    if not all(wanted in bundle.split(pem) for pem in view.published):
        return keyring
    return replace(keyring, published=view.now)


def _promote_the_next_authority(keyring: Keyring, view: _View) -> Keyring:
    if keyring.next is None:
        return keyring
    settled = keyring.published and view.now >= keyring.published + view.wish.settle
    if not settled and bundle.is_valid(keyring.authority.certificate, view.now):
        return keyring
    return replace(
        keyring,
        authority=keyring.next,
        leaf=_leaf(keyring.next, view),
        next=None,
        published=None,
        retired_until=_last_breath(keyring, view),
    )


def _renew_the_leaf(keyring: Keyring, view: _View) -> Keyring:
    if _is_good(keyring.leaf, keyring.authority, view):
        return keyring
    return replace(keyring, leaf=_leaf(keyring.authority, view))


def _tidy_the_bundle(keyring: Keyring, view: _View) -> Keyring:
    """Leave the authorities in use, and for their time those that were in use."""
    pairs = (keyring.authority, keyring.next)
    in_use = bundle.join(*(pair.certificate for pair in pairs if pair))
    retired = bundle.unexpired(bundle.without(keyring.trusted, in_use), view.now)
    until = keyring.retired_until or view.now + view.wish.leaf_lifetime
    if not retired or view.now >= until:
        return replace(keyring, trusted=in_use, retired_until=None)
    return replace(keyring, trusted=bundle.join(in_use, retired), retired_until=until)


Step = Callable[[Keyring, _View], Keyring]

STEPS: tuple[tuple[str, Step], ...] = (
    ("introduced the next authority", _introduce_the_next_authority),
    ("saw the next authority published", _note_the_publication),  # at once where nobody is told
    ("promoted the next authority", _promote_the_next_authority),  # brings a leaf of its own
    ("renewed the leaf", _renew_the_leaf),
    ("tidied the bundle", _tidy_the_bundle),  # last: the others add to it
)


def _has_a_living_authority(keyring: Keyring, now: datetime) -> bool:
    pairs = (keyring.authority, keyring.next)
    return any(bundle.is_valid(pair.certificate, now) for pair in pairs if pair)


def _is_good(served: Pair, issuer: Pair, view: _View) -> bool:
    return (
        bundle.matches(served)
        and bundle.chains(served.certificate, issuer.certificate, view.now)
        and bundle.hosts_of(served.certificate) == bundle.spelled(view.wish.hosts)
        and kind_of(served.key) is view.wish.key_kind
        and view.now < _renewal(served)
    )


def _last_breath(keyring: Keyring, view: _View) -> datetime:
    """Return until when a leaf of the authority that retires now may be in use."""
    known = [keyring.retired_until or view.now, view.now + view.wish.leaf_lifetime]
    with suppress(*bundle.UNREADABLE):
        known.append(bundle.expiry(keyring.leaf.certificate))
    return max(known)


def _authority(view: _View) -> Pair:
    wish = view.wish
    return authority(f"{wish.name}-ca", wish.authority_lifetime, wish.key_kind, view.now)


def _leaf(issuer: Pair, view: _View) -> Pair:
    wish = view.wish
    subject = Subject(wish.name, hosts=wish.hosts)
    return leaf(issuer, subject, wish.leaf_lifetime, wish.key_kind, view.now)


def _renewal(pair: Pair) -> datetime:
    """Return when two thirds of a certificate's life are over."""
    start, end = bundle.lifespan(pair.certificate)
    return start + (end - start) * 2 / 3


def _again(keyring: Keyring, view: _View) -> datetime:
    moments = [_renewal(keyring.leaf)]
    if keyring.next is None:
        moments.append(_renewal(keyring.authority))
    elif keyring.published is None:
        moments.append(view.now + SOONEST)
    else:
        moments.append(keyring.published + view.wish.settle)
    if keyring.retired_until is not None:
        moments.append(keyring.retired_until)
    return min(moments)
