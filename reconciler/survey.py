"""Finds Pods that ask for the adapter and run without it, as after a day without the webhook."""

import logging
from collections import Counter
from collections.abc import Callable, Iterable

import msgspec

from adapter.injection.check import uninjected
from adapter.injection.choices import CONFLICT_CHOICE
from adapter.injection.config import Namespace
from cluster.client import Client
from cluster.errors import ClusterError, NotFound
from cluster.events import Recorder
from cluster.objects import Reference
from cluster.owners import Owners
from cluster.resources import NAMESPACES
from kinds import names
from kinds.reading import Fields
from reconciler.config import Config
from reconciler.figures import Figures
from reconciler.leading import Term
from reconciler.shelves import PODS

log = logging.getLogger(__name__)

RIGHTS = ({"apiGroups": [""], "resources": ["pods"], "verbs": ["get", "list"]},)
"""The rules of RBAC that this needs wherever Pods are looked at."""
RIGHTS_EVERYWHERE = ({"apiGroups": [""], "resources": ["namespaces"], "verbs": ["list"]},)
"""And in the whole cluster; without it, what namespaces say does not count."""
YES = "true"
MOST_READ = 200
"""Pods that are read in one survey; the metadata of all the others is enough."""
READ_SECONDS = 10.0
LEAST_SECONDS = 1.0


class _Labels(msgspec.Struct, frozen=True):
    inject: str | None = msgspec.field(default=None, name=names.INJECT)


class _Annotations(msgspec.Struct, frozen=True):
    inject: str | None = msgspec.field(default=None, name=names.INJECT)
    container: str | None = msgspec.field(default=None, name=names.CONTAINER_CHOICE)
    command: str | None = msgspec.field(default=None, name=names.COMMAND_CHOICE)
    injected: str | None = msgspec.field(default=None, name=names.INJECTED)
    on_conflict: str | None = msgspec.field(default=None, name=CONFLICT_CHOICE)


class _Meta(msgspec.Struct, frozen=True, rename="camel"):
    name: str = ""
    namespace: str = ""
    uid: str = ""
    labels: _Labels | None = None
    annotations: _Annotations | None = None
    deletion_timestamp: str | None = None


class _Listed(msgspec.Struct, frozen=True):
    metadata: _Meta = _Meta()


class Survey:
    """Looks at all Pods now and then; one thread does."""

    def __init__(
        self,
        client: Client,
        scopes: Iterable[str | None],
        config: Callable[[], Config],
        recorder: Recorder,
        figures: Figures,
    ) -> None:
        """Look in *scopes* and tell *recorder* and *figures* what is wrong."""
        self._client = client
        self._scopes = tuple(scopes)
        self._config = config
        self._recorder = recorder
        self._figures = figures
        self._owners = Owners(client)
        self._known = dict[str, bool]()
        """By uid, whether a Pod is without its adapter: Pods never get one later."""
        self._is_cut_off = False

    def run(self, term: Term, interval: float) -> None:
        """Look every *interval* seconds until the term is over."""
        while not term.over.is_set():
            try:
                self.look()
                self._is_cut_off = False
            except ClusterError as error:
                if not self._is_cut_off:
                    log.warning("cannot look for uninjected Pods", extra={"reason": str(error)})
                self._is_cut_off = True
            term.over.wait(max(interval, LEAST_SECONDS))

    def look(self) -> None:
        """Look once."""
        asking = self._asking()
        candidates = [
            one
            for scope in self._scopes
            for one in self._listed(scope)
            if _may_lack(one, asking.get(one.namespace))
        ]
        known = {one.uid: self._known[one.uid] for one in candidates if one.uid in self._known}
        unknown = [one for one in candidates if one.uid not in known]
        if len(unknown) > MOST_READ:
            log.warning("too many Pods ask for the adapter", extra={"left": len(unknown)})
        for one in unknown[:MOST_READ]:
            known[one.uid] = self._lacks(one, asking.get(one.namespace))
        self._known = known
        self._count(one.namespace for one in candidates if known.get(one.uid))

    def _asking(self) -> dict[str, str]:
        """Return what namespaces say, where we may know that."""
        if None not in self._scopes:
            return {}
        listing = self._client.list_metadata(NAMESPACES, None, _Listed, names.INJECT)
        return {
            one.metadata.name: one.metadata.labels.inject
            for one in listing.items
            if one.metadata.labels and one.metadata.labels.inject
        }

    def _listed(self, scope: str | None) -> list[_Meta]:
        return [one.metadata for one in self._client.list_metadata(PODS, scope, _Listed).items]

    def _lacks(self, one: _Meta, said: str | None) -> bool:
        """Read a Pod, and tell when it runs without what it asks for."""
        try:
            pod: Fields = self._client.get(
                PODS, one.namespace, one.name, dict[str, object], READ_SECONDS
            )
        except NotFound:
            return False
        namespace = Namespace(one.namespace, said)
        findings = uninjected(pod, namespace, self._config().adapter)
        if not findings:
            return False
        note = "; ".join(finding.sentence for finding in findings)
        where = f"{one.namespace}/{one.name}"
        log.warning("a Pod runs without its adapter", extra={"pod": where, "reason": note})
        itself = Reference("v1", "Pod", one.name, one.namespace, one.uid)
        self._recorder.tell(
            lambda: self._owners.owner(pod, one.namespace) or itself,
            "AdapterMissing",
            f"Pod {one.name} asks for the adapter and runs without it: {note}",
            "Warning",
            related=itself,
        )
        return True

    def _count(self, namespaces: Iterable[str]) -> None:
        counts = Counter(namespaces)
        self._figures.uninjected.clear()
        for namespace, count in counts.items():
            self._figures.uninjected.labels(namespace).set(count)


def _may_lack(pod: _Meta, said: str | None) -> bool:
    """Say whether a Pod has to be read, by its metadata and what its namespace says."""
    told = pod.annotations or _Annotations()
    if pod.deletion_timestamp is not None:
        return False
    if told.injected is not None and told.on_conflict is None:
        return False  # the webhook has seen to it that the adapter is there
    if YES in (told.inject, pod.labels.inject if pod.labels else None):
        return True
    return said == YES and (told.container is not None or told.command is not None)
