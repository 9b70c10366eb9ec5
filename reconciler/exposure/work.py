"""Knows which workloads ask for a Service, and visits each of which anything is new."""

import logging
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from threading import Thread
from typing import Any

import msgspec

from adapter.injection.annotations import EXPOSE
from cluster import watch
from cluster.client import Client
from cluster.errors import Busy, ClusterError, Forbidden, Invalid, Unreachable
from cluster.owners import OwnerReference, Owners
from cluster.resources import PODS, Resource
from reconciler.exposure.ending import SELECTOR
from reconciler.exposure.register import Register, found
from reconciler.exposure.visit import State, Visits
from reconciler.exposure.workloads import APPS, KINDS, Workload, named
from reconciler.figures import Figures
from reconciler.leading import NotLeading, Term, in_background
from reconciler.queue import Queue
from reconciler.shelves import SERVICES
from reconciler.sightings import Listed, Sighting

log = logging.getLogger(__name__)

COALESCE_SECONDS = 0.25
"""Pods mostly come in bunches; this long the first waits for the rest."""
REFUSED_SECONDS = 15.0
CRASHED_SECONDS = 60.0
BLIND_SECONDS = 30.0
JOIN_SECONDS = 3.0


class _Service(msgspec.Struct, frozen=True, rename="camel"):
    name: str = ""
    namespace: str = ""
    resource_version: str = ""
    owner_references: list[OwnerReference] | None = None


class _Listed(msgspec.Struct, frozen=True):
    metadata: _Service = _Service()


@dataclass(frozen=True)
class _Post:
    """What is watched: all objects with a label."""

    resource: Resource
    selector: str
    shape: type[Any]
    take: Callable[[Any], None]


class Exposures:
    """Works for one term; hears of Pods from whoever lists them."""

    def __init__(
        self, client: Client, scopes: Iterable[str | None], visits: Visits, figures: Figures
    ) -> None:
        """Look in *scopes*, and have *visits* do what is to be done."""
        self._client = client
        self._scopes = tuple(scopes)
        self._visits = visits
        self._figures = figures
        self._owners = Owners(client)
        self._queue = Queue[Workload]()
        self._register = Register()
        self._is_cut_off = False

    def heard(self, listed: Sequence[Sighting]) -> None:
        """Take note of all Pods that there are now."""
        pods = [(key, pod) for pod in listed if (key := self._workload(pod)) is not None]
        try:
            due = self._register.renew(found(pods, self._services()))
        except ClusterError as error:
            if not self._is_cut_off:
                log.warning("cannot look for workloads to expose", extra={"reason": str(error)})
            self._is_cut_off = True
            return
        self._is_cut_off = False
        self._queue.poll(due)

    def run(self, term: Term, *, listens: bool) -> None:
        """Visit until the term is over; where it *listens*, changes are noticed at once."""
        self._count()
        threads = [in_background("exposures", partial(self._work, term))]
        if listens:
            threads += self._listening(term)
        term.over.wait()
        self._queue.close()
        deadline = time.monotonic() + JOIN_SECONDS
        for thread in threads:
            thread.join(max(0.0, deadline - time.monotonic()))

    def _services(self) -> Iterator[tuple[Workload, str]]:
        """Yield the version of each Service that was made for a workload."""
        for scope in self._scopes:
            for one in self._client.list_metadata(SERVICES, scope, _Listed, SELECTOR).items:
                if (owner := _maker(one.metadata)) is not None:
                    yield owner, one.metadata.resource_version

    def _workload(self, pod: Sighting) -> Workload | None:
        """Return whose Pod it is, if it is to be heard."""
        if not pod.speaks_of_expose or pod.deletion_timestamp is not None:
            return None
        return named(self._owners.owner(pod.owned(), pod.namespace))

    def _listening(self, term: Term) -> list[Thread]:
        return [
            in_background(f"watch-{post.resource.plural}", partial(self._follow, term, post, scope))
            for post in (
                _Post(PODS, EXPOSE, Listed, self._take_pod),
                _Post(SERVICES, SELECTOR, _Listed, self._take_service),
            )
            for scope in self._scopes
        ]

    def _follow(self, term: Term, post: _Post, scope: str | None) -> None:
        """Hear of changes; polls find all of it as well, only later."""
        while not term.over.is_set():
            try:
                self._hear(term, post, scope)
            except ClusterError as error:
                extra = {"kind": post.resource.plural, "reason": str(error)}
                log.warning("cannot watch", extra=extra)
            term.over.wait(BLIND_SECONDS)

    def _hear(self, term: Term, post: _Post, scope: str | None) -> None:
        changes = watch.watch(
            self._client, post.resource, scope, post.shape, term.over, post.selector
        )
        with closing(changes):
            for event in changes:
                match event:
                    case watch.Added(one) | watch.Modified(one):
                        post.take(one.metadata)
                    case watch.Deleted(_, one) if one is not None:
                        post.take(one.metadata)
                    case _:
                        continue

    def _take_pod(self, pod: Sighting) -> None:
        key = self._workload(pod)
        if key is not None and self._register.saw(key, pod):
            self._queue.wake(key, COALESCE_SECONDS)

    def _take_service(self, service: _Service) -> None:
        owner = _maker(service)
        if owner is not None:
            self._queue.wake(owner, COALESCE_SECONDS)

    def _work(self, term: Term) -> None:
        while not term.over.is_set():
            key = self._queue.take()
            if key is None:
                return
            self._visit(key, term)
            self._count()

    def _visit(self, key: Workload, term: Term) -> None:
        try:
            self._queue.done(key, self._visits.visit(key, self._register.pod(key)))
        except NotLeading:
            term.over.wait()
        except ClusterError as error:
            self._failed(key, error)
        except Exception:  # one workload that nobody thought of stops no other
            self._queue.failed(key, CRASHED_SECONDS)
            log.exception("a visit crashed", extra={"workload": str(key)})

    def _failed(self, key: Workload, error: ClusterError) -> None:
        least = 0.0
        if isinstance(error, Forbidden | Invalid):
            least = REFUSED_SECONDS
        elif isinstance(error, Busy | Unreachable):
            least = error.retry_after or 0.0
        pause = self._queue.failed(key, least)
        extra = {"workload": str(key), "reason": str(error), "again_after": round(pause, 1)}
        log.warning("a visit failed", extra=extra)

    def _count(self) -> None:
        counts = Counter(self._visits.states.values())
        for state in State:
            self._figures.exposed.labels(state.value).set(counts[state])


def _maker(service: _Service) -> Workload | None:
    """Return the workload that a Service was made for."""
    for one in service.owner_references or ():
        if one.controller and one.api_version == APPS and one.kind in KINDS:
            return Workload(service.namespace, one.name, one.kind)
    return None
