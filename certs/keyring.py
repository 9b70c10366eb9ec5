"""What one server's certificates consist of, and the Secret data that they are stored as."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime

from certs import bundle
from certs.authority import Pair

LEAF, LEAF_KEY = "tls.crt", "tls.key"
BUNDLE, AUTHORITY_KEY = "ca.crt", "ca.key"
NEXT, NEXT_KEY, NEXT_PUBLISHED = "next-ca.crt", "next-ca.key", "next-ca.published"
RETIRED_UNTIL = "retired-ca.until"

NAMES = frozenset(
    {LEAF, LEAF_KEY, BUNDLE, AUTHORITY_KEY, NEXT, NEXT_KEY, NEXT_PUBLISHED, RETIRED_UNTIL}
)
"""Every name under which something of a keyring may be stored."""


@dataclass(frozen=True, kw_only=True)
class Keyring:
    """An authority, the leaf that is served, and what a change of authority needs."""

    authority: Pair
    """Signs the leaves."""
    leaf: Pair
    """What the server shows; whether it is any good is for the rotation to judge."""
    trusted: bytes = field(repr=False)
    """The bundle that clients are to trust."""
    next: Pair | None = None
    """The authority to come: trusted already, signing nothing yet."""
    published: datetime | None = None
    """Since when every client is known to have been told of the next authority."""
    retired_until: datetime | None = None
    """How long the bundle keeps authorities that sign nothing any more."""


def data(keyring: Keyring) -> dict[str, bytes]:
    """Return what to store, as the data of a Secret of the type kubernetes.io/tls."""
    stored = {
        LEAF: keyring.leaf.certificate,
        LEAF_KEY: keyring.leaf.key,
        BUNDLE: keyring.trusted,
        AUTHORITY_KEY: keyring.authority.key,
    }
    if keyring.next is not None:
        stored |= {NEXT: keyring.next.certificate, NEXT_KEY: keyring.next.key}
    if keyring.published is not None:
        stored[NEXT_PUBLISHED] = keyring.published.isoformat().encode()
    if keyring.retired_until is not None:
        stored[RETIRED_UNTIL] = keyring.retired_until.isoformat().encode()
    return stored


def keyring(stored: Mapping[str, bytes]) -> Keyring | None:
    """Return what was stored, or None when no authority can be made out in it.

    What else is broken is left out, and the rotation makes it anew.
    """
    with suppress(*bundle.UNREADABLE):
        trusted = stored.get(BUNDLE, b"")
        authority = _owner(trusted, stored.get(AUTHORITY_KEY, b""))
        if authority is not None:
            return Keyring(
                authority=authority,
                leaf=Pair(stored.get(LEAF, b""), stored.get(LEAF_KEY, b"")),
                trusted=trusted,
                next=_owner(stored.get(NEXT, b""), stored.get(NEXT_KEY, b"")),
                published=_moment(stored.get(NEXT_PUBLISHED, b"")),
                retired_until=_moment(stored.get(RETIRED_UNTIL, b"")),
            )
    return None


def _owner(certificates: bytes, key: bytes) -> Pair | None:
    with suppress(*bundle.UNREADABLE):
        pairs = (Pair(certificate, key) for certificate in bundle.split(certificates))
        return next((pair for pair in pairs if bundle.matches(pair)), None)
    return None


def _moment(text: bytes) -> datetime | None:
    with suppress(ValueError):
        found = datetime.fromisoformat(text.decode())
        return found if found.tzinfo else None
    return None
