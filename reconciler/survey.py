"""Finds Pods that ask for the adapter and run without it, as after a day without the webhook."""

import logging
from collections import Counter
from collections.abc import Callable, Iterable, Sequence

from adapter.injection.check import uninjected
from adapter.injection.config import Namespace
from cluster.client import Client
from cluster.errors import ClusterError, NotFound
from cluster.events import Recorder
from cluster.objects import Reference
from cluster.owners import Owners
from cluster.resources import NAMESPACES, PODS
from kinds import names
from kinds.reading import Fields
from reconciler.config import Config
from reconciler.figures import Figures
from reconciler.leading import Term
from reconciler.sightings import YES, Listed, Sighting

log = logging.getLogger(__name__)

RIGHTS = ({"apiGroups": [""], "resources": ["pods"], "verbs": ["get", "list"]},)
"""The rules of RBAC that this needs wherever Pods are looked at."""
RIGHTS_EVERYWHERE = ({"apiGroups": [""], "resources": ["namespaces"], "verbs": ["list"]},)
"""And in the whole cluster; without it, what namespaces say does not count."""
MOST_READ = 200
"""Pods that are read in one survey; the metadata of all the others is enough."""
READ_SECONDS = 10.0
LEAST_SECONDS = 1.0


Heard = Callable[[Sequence[Sighting]], None]


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
        self.heard: Heard | None = None
        """Whoever else wants to know what Pods there are."""
        self._owners = Owners(client)
        self._known = dict[str, bool]()
        """By uid, whether a Pod is without its adapter: Pods never get one later."""
        self._counted = set[str]()
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
        pods = [one for scope in self._scopes for one in self._listed(scope)]
        if self.heard is not None:
            self.heard(pods)
        candidates = [one for one in pods if _may_lack(one, asking.get(one.namespace))]
        known = {one.uid: self._known[one.uid] for one in candidates if one.uid in self._known}
        unknown = [one for one in candidates if one.uid not in known]
        if len(unknown) > MOST_READ:
            log.warning("too many Pods ask for the adapter", extra={"left": len(unknown)})
        for one in unknown[:MOST_READ]:
            known[one.uid] = self._lacks(one, asking.get(one.namespace))
        self._known = known
        lacking = Counter(one.namespace for one in candidates if known.get(one.uid))
        self._count(lacking, {one.namespace for one in pods})

    def _asking(self) -> dict[str, str]:
        """Return what namespaces say, where we may know that."""
        if None not in self._scopes:
            return {}
        listing = self._client.list_metadata(NAMESPACES, None, Listed, names.INJECT)
        return {
            one.metadata.name: one.metadata.labels.inject
            for one in listing.items
            if one.metadata.labels.inject
        }

    def _listed(self, scope: str | None) -> list[Sighting]:
        return [one.metadata for one in self._client.list_metadata(PODS, scope, Listed).items]

    def _lacks(self, one: Sighting, said: str | None) -> bool:
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

    def _count(self, lacking: Counter[str], there: set[str]) -> None:
        """Tell the figures; where it was more than 0 once, 0 is told while there are Pods."""
        self._counted = {one for one in (*lacking, *self._counted) if one in there}
        self._figures.uninjected.clear()
        for namespace in self._counted:
            self._figures.uninjected.labels(namespace).set(lacking[namespace])


def _may_lack(pod: Sighting, said: str | None) -> bool:
    """Say whether a Pod has to be read, by its metadata and what its namespace says."""
    told = pod.annotations
    if pod.deletion_timestamp is not None:
        return False
    if pod.is_injected and told.on_conflict is None:
        return False  # the webhook has seen to it that the adapter is there
    if YES in (told.inject, pod.labels.inject):
        return True
    return said == YES and (told.container is not None or told.command is not None)
