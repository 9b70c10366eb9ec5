"""Who works: the holder of a Lease, or we alone; and that nobody else writes any more."""

import logging
import time
from collections.abc import Callable
from threading import Event, Thread

from cluster.client import Client
from cluster.errors import ClusterError
from cluster.lease import Lease, lead

log = logging.getLogger(__name__)

RIGHTS = (
    {
        "apiGroups": ["coordination.k8s.io"],
        "resources": ["leases"],
        "verbs": ["get", "create", "patch"],
    },
)
"""The rules of RBAC that the election needs in our own namespace."""
STALE_SECONDS = 30.0
"""A candidate that has not reached the Lease for so long is no use as a standby."""


class NotLeading(ClusterError):
    """Somebody else may lead by now, so nothing may be written."""


class Term:
    """The time for which we lead; whoever writes asks first."""

    def __init__(self, over: Event, held: Callable[[], bool]) -> None:
        """Last until *over*, as long as *held* agrees."""
        self.over = over
        self._held = held

    def check(self) -> None:
        """Raise NotLeading when we may not write any more."""
        if self.over.is_set() or not self._held():
            raise NotLeading("somebody else may lead by now")


Work = Callable[[Term], None]


class Alone:
    """Leads always: for one process, or where the Lease is somebody else's business."""

    def run(self, stop: Event, work: Work) -> None:
        """Work until *stop*."""
        work(Term(stop, lambda: True))

    def problem(self) -> str | None:
        """Return why this is no use as a standby: it never is one."""
        return None


class _Told(Lease):
    """A candidate that remembers when it last reached the Lease."""

    reached = -float("inf")

    def step(self) -> bool:
        leads = super().step()
        self.reached = time.monotonic()
        return leads


class Elected:
    """Works while it holds the Lease, and stands by otherwise."""

    def __init__(self, client: Client, namespace: str, name: str, identity: str) -> None:
        """Be *identity*, which no other process may be."""
        self._lease = _Told(client, namespace, name, identity)

    def run(self, stop: Event, work: Work) -> None:
        """Work whenever we lead, until *stop*; end with an error when work does."""

        def serve(over: Event) -> None:
            log.info("leading", extra={"identity": self._lease.identity})
            work(Term(over, self._lease.held))
            log.info("no longer leading", extra={"identity": self._lease.identity})

        log.info("waiting for the lease", extra={"identity": self._lease.identity})
        lead(self._lease, stop, serve)

    def problem(self) -> str | None:
        """Return why we could not take over; None while we could."""
        if time.monotonic() - self._lease.reached > STALE_SECONDS:
            return "the lease cannot be reached"
        return None


def in_background(name: str, work: Callable[[], None]) -> Thread:
    """Run *work* in a thread that does not keep the program alive."""
    thread = Thread(target=work, name=name, daemon=True)
    thread.start()
    return thread
