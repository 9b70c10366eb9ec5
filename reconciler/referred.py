"""The Secrets, ConfigMaps, accounts and claims that servers name: are they there, and changed?

What is in them is read only when their resourceVersion is news, and kept only as a keyed hash.
"""

import hashlib
import hmac
import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from threading import Lock

import msgspec

from cluster.client import Client
from cluster.errors import ClusterError, Forbidden, NotFound
from cluster.resources import REFERRED
from reconciler.observed import Key, Presence, Referred
from reconciler.shelf import Name

log = logging.getLogger(__name__)

RIGHTS = (
    {
        "apiGroups": [""],
        "resources": ["secrets", "configmaps", "serviceaccounts", "persistentvolumeclaims"],
        "verbs": ["get", "list"],
    },
)
"""The rules of RBAC that this needs wherever there are servers."""
LENGTH = 32
"""Letters of a hash: 128 bits."""
READ_SECONDS = 10.0

Named = tuple[str, str, str]
"""A kind, a namespace and a name."""


class _Meta(msgspec.Struct, frozen=True, rename="camel"):
    name: str = ""
    namespace: str = ""
    resource_version: str = ""


class _Listed(msgspec.Struct, frozen=True):
    metadata: _Meta = _Meta()


class _Content(msgspec.Struct, frozen=True, rename="camel"):
    metadata: _Meta = _Meta()
    data: dict[str, msgspec.Raw] | None = None
    binary_data: dict[str, msgspec.Raw] | None = None

    def __repr__(self) -> str:
        """Say what this is without what is in it."""
        return f"_Content(name={self.metadata.name!r}, data=…)"


@dataclass
class _Known:
    version: str
    """Empty when there is no such object."""
    users: set[Name]
    digest: str = ""
    keys: frozenset[str] = frozenset()
    digested: str = ""
    """The version that digest and keys are of."""


class References:
    """What was last seen of all that is named; threads share it."""

    def __init__(self, client: Client, key: bytes, wake: Callable[[Name], None]) -> None:
        """Read through *client*; *key* is that of this installation.

        Tell by *wake* to whom something is news.
        """
        self._client = client
        self._key = key
        self._wake = wake
        self._lock = Lock()
        self._known: dict[Named, _Known] = {}
        self._named_by: dict[Name, frozenset[Named]] = {}

    def look(
        self, server: Name, required: Iterable[Key], rolling: Mapping[Key, frozenset[str]]
    ) -> dict[Key, Referred]:
        """Return what is known of what *server* names; raise when the cluster does not answer.

        Of what is *rolling* the content is hashed, and these keys have to be in it.
        """
        wanted = frozenset(rolling).union(required)
        self._use(server, frozenset((one.kind, server[0], one.name) for one in wanted))
        return {
            one: self._looked((one.kind, server[0], one.name), rolling.get(one)) for one in wanted
        }

    def _looked(self, one: Named, keys: frozenset[str] | None) -> Referred:
        try:
            if not self._version(one):
                return Referred(Presence.MISSING)
            if keys is None:
                return Referred(Presence.FOUND)
            digest, there = self._content(one)
            if lacks := keys - there:
                self._noted(one, "?")  # whoever comes again asks again
            return Referred(Presence.FOUND, digest, lacks)
        except Forbidden as error:
            log.debug("may not look", extra={"reason": str(error)})
            return Referred(Presence.UNKNOWN)
        except NotFound:  # a moment ago it was there
            return Referred(Presence.MISSING)

    def forget(self, server: Name) -> None:
        """Take note that *server* is gone."""
        self._use(server, frozenset())

    def poll(self, scopes: Iterable[str | None]) -> None:
        """Look at everything that is named, and wake the servers to whom something is news."""
        with self._lock:
            kinds = {kind for kind, _, _ in self._known}
        news = set[Name]()
        for scope in scopes:
            for kind in sorted(kinds):
                try:
                    news |= self._poll(kind, scope)
                except ClusterError as error:
                    extra = {"kind": kind, "reason": str(error)}
                    log.warning("cannot look at what servers name", extra=extra)
        for server in news:
            self._wake(server)

    def _poll(self, kind: str, scope: str | None) -> set[Name]:
        with self._lock:
            before = {one: known.version for one, known in self._known.items() if one[0] == kind}
        listed = self._client.list_metadata(REFERRED[kind], scope, _Listed)
        versions = {
            (kind, one.metadata.namespace, one.metadata.name): one.metadata.resource_version
            for one in listed.items
        }
        news = set[Name]()
        with self._lock:
            for one, version in before.items():
                known = self._known.get(one)
                # what a worker has seen since is newer than the list
                if known is None or scope not in (None, one[1]) or known.version != version:
                    continue
                newest = versions.get(one, "")
                if newest != version:
                    known.version = newest
                    news |= known.users
        return news

    def _use(self, server: Name, named: frozenset[Named]) -> None:
        with self._lock:
            before = self._named_by.pop(server, frozenset())
            for one in before - named:
                known = self._known[one]
                known.users.discard(server)
                if not known.users:
                    del self._known[one]
            for one in named - before:
                # "?" is no version, so the first look reads
                self._known.setdefault(one, _Known("?", set())).users.add(server)
            if named:
                self._named_by[server] = named

    def _version(self, one: Named) -> str:
        """Return the version of an object; what is missing is asked for each time."""
        with self._lock:
            version = self._known[one].version
        if version not in ("", "?"):
            return version
        kind, namespace, name = one
        try:
            found = self._client.metadata(REFERRED[kind], namespace, name, READ_SECONDS)
        except NotFound:
            return self._noted(one, "")
        return self._noted(one, found.resource_version)

    def _noted(self, one: Named, version: str) -> str:
        with self._lock:
            if one in self._known:
                self._known[one].version = version
        return version

    def _content(self, one: Named) -> tuple[str, frozenset[str]]:
        with self._lock:
            known = self._known.get(one)
            if known is not None and known.digest and known.digested == known.version:
                return known.digest, known.keys
        found = self._read(one)
        digest, keys, version = (
            self._hashed(one, found),
            _keys(found),
            found.metadata.resource_version,
        )
        with self._lock:
            if known is not None:
                known.digest, known.keys = digest, keys
                known.digested = known.version = version
        return digest, keys

    def _read(self, one: Named) -> _Content:
        kind, namespace, name = one
        return self._client.get(REFERRED[kind], namespace, name, _Content, READ_SECONDS)

    def _hashed(self, one: Named, found: _Content) -> str:
        """Return the keyed hash of what is in an object, which nobody else gets to see."""
        kind, namespace, name = one
        whole = hmac.new(self._key, f"{kind}/{namespace}/{name}\0".encode(), hashlib.sha256)
        for part in (found.data, found.binary_data):
            for key, value in sorted((part or {}).items()):
                content = bytes(value)
                whole.update(f"{key}\0{len(content)}\0".encode() + content)
            whole.update(b"\0\0")
        return whole.hexdigest()[:LENGTH]


def _keys(found: _Content) -> frozenset[str]:
    return frozenset((*(found.data or ()), *(found.binary_data or ())))
