"""What lists and watches tell of workloads that speak of a Service: whether anything is new."""

import zlib
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from threading import Lock

from reconciler.exposure.workloads import Workload
from reconciler.sightings import Sighting

ROUNDS = 20
"""So many polls until each workload has been visited, whether it needed that or not."""


@dataclass(frozen=True)
class Known:
    """What is known of a workload without reading it: it is visited when that changes."""

    templates: frozenset[str] = frozenset()
    """Which of its templates have Pods that speak of a Service."""
    pod: str = ""
    """One of these that has its adapter."""
    service: str = ""
    """The version of its Service; empty when it has none."""

    def with_pod(self, pod: Sighting) -> "Known":
        """Return what is known once a Pod was seen as well."""
        name = max(self.pod, pod.name) if pod.is_injected else self.pod
        return replace(self, templates=self.templates | {pod.template}, pod=name)

    def is_news_to(self, before: "Known | None") -> bool:
        """Say whether a visit may find something else than the one before."""
        return before is None or self._gist() != before._gist()

    def _gist(self) -> tuple[frozenset[str], bool, str]:
        return self.templates, bool(self.pod), self.service


Found = dict[Workload, Known]


@dataclass
class Register:
    """All workloads that matter; threads share it."""

    _known: Found = field(default_factory=Found)
    _polls: int = 0
    _lock: Lock = field(default_factory=Lock)

    def renew(self, found: Found) -> list[Workload]:
        """Take note of all that there is, and return which workloads are to be visited."""
        with self._lock:
            before, self._known = self._known, found
            for key, one in found.items():
                if not one.pod and key in before:  # a watch may have told more than a list
                    found[key] = replace(one, pod=before[key].pod)
            self._polls += 1
            return [one for one in {*before, *found} if self._is_due(one, before.get(one))]

    def saw(self, key: Workload, pod: Sighting) -> bool:
        """Take note of one Pod, and say whether that is news."""
        with self._lock:
            before = self._known.get(key, Known())
            now = self._known[key] = before.with_pod(pod)
        return now.is_news_to(before)

    def pod(self, key: Workload) -> str | None:
        """Return a Pod of a workload that has its adapter."""
        with self._lock:
            return self._known.get(key, Known()).pod or None

    def _is_due(self, key: Workload, before: Known | None) -> bool:
        known = self._known.get(key)
        if known is None or not known.templates or known.is_news_to(before):
            return True
        return zlib.crc32(str(key).encode()) % ROUNDS == self._polls % ROUNDS


def found(
    pods: Iterable[tuple[Workload, Sighting]], services: Iterable[tuple[Workload, str]]
) -> Found:
    """Return what Pods tell of their workloads, and the versions of Services of theirs."""
    made = Found()
    for key, pod in pods:
        made[key] = made.get(key, Known()).with_pod(pod)
    for key, version in services:
        made[key] = replace(made.get(key, Known()), service=version)
    return made
