"""Whose Pod it is: the object that a user applied, found from what made the Pod."""

import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from threading import Lock
from typing import Any

import msgspec

from cluster.client import Client
from cluster.errors import ClusterError
from cluster.objects import Reference
from cluster.resources import JOBS, REPLICA_SETS, Resource

MADE_BY_OTHERS: dict[tuple[str, str], Resource] = {
    ("apps/v1", "ReplicaSet"): REPLICA_SETS,
    ("batch/v1", "Job"): JOBS,
}
"""Kinds that are mostly made by controllers themselves: by Deployments, CronJobs, Rollouts."""
RIGHTS = (
    {"apiGroups": ["apps"], "resources": ["replicasets"], "verbs": ["get"]},
    {"apiGroups": ["batch"], "resources": ["jobs"], "verbs": ["get"]},
)
"""The rules of RBAC that this needs; without them the answer is the ReplicaSet or the Job."""
FOUND_SECONDS = 600.0
MISSED_SECONDS = 30.0
"""How long we do not ask again for what could not be read."""
REMEMBERED = 1000
ASK_SECONDS = 5.0


class OwnerReference(msgspec.Struct, frozen=True, rename="camel"):
    """One owner, as its objects name it."""

    api_version: str = ""
    kind: str = ""
    name: str = ""
    uid: str = ""
    controller: bool | None = None


class Owned(msgspec.Struct, frozen=True, rename="camel"):
    """The metadata of an object that may have owners."""

    uid: str = ""
    owner_references: list[OwnerReference] | None = None


class Child(msgspec.Struct, frozen=True):
    """An object that may have owners."""

    metadata: Owned = Owned()


class Owners:
    """The owners of Pods, each asked for once; threads may share it."""

    def __init__(self, client: Client, clock: Callable[[], float] = time.monotonic) -> None:
        """Ask through *client*."""
        self._client = client
        self._clock = clock
        self._lock = Lock()
        self._known: OrderedDict[str, tuple[float, Reference]] = OrderedDict()

    def owner(self, pod: Mapping[str, Any], namespace: str) -> Reference | None:
        """Return what a user applied to have this Pod, or None when that is the Pod itself.

        *pod* may be as wrong as a request can be. What cannot be read is left out: then it is the
        ReplicaSet or the Job. This asks the API server, so do not let an admission wait for it.
        """
        try:
            made = msgspec.convert(pod, Child)
        except msgspec.ValidationError:
            return None
        below = _controller(made, namespace)
        if below is None or (below.api_version, below.kind) not in MADE_BY_OTHERS:
            return below
        return self._recalled(below) or self._asked(below)

    def _recalled(self, below: Reference) -> Reference | None:
        with self._lock:
            until, found = self._known.get(_key(below), (0.0, None))
        return found if self._clock() < until else None

    def _asked(self, below: Reference) -> Reference:
        resource = MADE_BY_OTHERS[below.api_version, below.kind]
        try:
            made = self._client.get(
                resource, below.namespace, below.name, Child, timeout=ASK_SECONDS
            )
        except ClusterError:  # gone already, or none of our business
            return self._kept(below, below, MISSED_SECONDS)
        is_same = made.metadata.uid == below.uid  # a Pod may claim any owner
        above = _controller(made, below.namespace) if is_same else None
        return self._kept(below, above or below, FOUND_SECONDS)

    def _kept(self, below: Reference, found: Reference, seconds: float) -> Reference:
        with self._lock:
            self._known[_key(below)] = (self._clock() + seconds, found)
            self._known.move_to_end(_key(below))
            if len(self._known) > REMEMBERED:
                self._known.popitem(last=False)
        return found


def _key(below: Reference) -> str:
    """Return what tells it from others: a uid is only as good as the Pod that names it."""
    return "/".join([below.namespace, below.kind, below.name, below.uid])


def _controller(made: Child, namespace: str) -> Reference | None:
    for one in made.metadata.owner_references or ():
        if one.controller and one.kind and one.name:
            return Reference(one.api_version, one.kind, one.name, namespace, one.uid)
    return None
