"""Finds what upstream kmcp made for MCPServers and no list of ours shows, as it lacks our label.

Its Services and Deployments get in the way when ours are applied, so they are found then, and the
accounts and ConfigMaps of the same server with them. Those that were left alone are looked for:
seldom, as nobody makes new ones.
"""

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping

import msgspec

from cluster.client import Client
from cluster.errors import ClusterError
from cluster.resources import CONFIG_MAPS, SERVICE_ACCOUNTS, Resource
from kinds import names
from reconciler.shelf import Name
from reconciler.shelves import MANAGED_BY, OUR_NAME

log = logging.getLogger(__name__)

KINDS: Mapping[str, Resource] = {"ServiceAccount": SERVICE_ACCOUNTS, "ConfigMap": CONFIG_MAPS}
POLLS = 20
"""So many looks at everything until the next one at these."""
RIGHTS = ({"apiGroups": [""], "resources": ["serviceaccounts", "configmaps"], "verbs": ["list"]},)
"""The rules of RBAC that this needs wherever there are servers."""


class _Owner(msgspec.Struct, frozen=True):
    kind: str = ""
    name: str = ""


class _Meta(msgspec.Struct, frozen=True, rename="camel"):
    name: str = ""
    namespace: str = ""
    labels: dict[str, str] | None = None
    owner_references: list[_Owner] | None = None


class _Listed(msgspec.Struct, frozen=True):
    metadata: _Meta = _Meta()


class Leftovers:
    """Looks now and then; one thread does."""

    def __init__(
        self,
        client: Client,
        scopes: Iterable[str | None],
        note: Callable[[str, Name], object],
    ) -> None:
        """Look in *scopes*, and have *note* told the kind and the name of what is found."""
        self._client = client
        self._scopes = tuple(scopes)
        self._note = note
        self._again = 0

    def poll(self) -> set[Name]:
        """Look, if it is time to, and return to which servers something may be news."""
        if self._again > 0:
            self._again -= 1
            return set()
        try:
            found = {one for scope in self._scopes for one in self._look(scope)}
        except ClusterError as error:
            log.warning("cannot look for what upstream left", extra={"reason": str(error)})
            return set()
        self._again = POLLS
        for kind, name in found:
            self._note(kind, name)
        return {name for _, name in found}

    def _look(self, scope: str | None) -> Iterator[tuple[str, Name]]:
        for kind, resource in KINDS.items():
            for one in self._client.list_metadata(resource, scope, _Listed).items:
                if _is_left(one.metadata):
                    yield kind, (one.metadata.namespace, one.metadata.name)


def _is_left(one: _Meta) -> bool:
    """Say whether an object belongs to a server of its name, and we did not make it."""
    if (one.labels or {}).get(MANAGED_BY) == OUR_NAME:
        return False
    owners = one.owner_references or ()
    return any((each.kind, each.name) == (names.KIND, one.name) for each in owners)
