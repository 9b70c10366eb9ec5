"""One leader among many: who holds a Lease of the API server, and for how long it may say so."""

import logging
import math
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from threading import Event

import msgspec

from cluster.bodies import merge_patch
from cluster.client import Client
from cluster.errors import ClusterError, Conflict, NotFound
from cluster.objects import Metadata
from cluster.resources import LEASES

log = logging.getLogger(__name__)

DURATION_SECONDS = 10.0
RENEW_BY = 2 / 3
"""The part of the duration after which we stop leading; others wait for all of it."""
STEPS = 6
"""How many steps go into a duration: one that fails leaves time for others before RENEW_BY."""


class Spec(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """Who holds a Lease, and since when."""

    holder_identity: str | None = None
    lease_duration_seconds: int | None = None
    acquire_time: str | None = None
    renew_time: str | None = None
    lease_transitions: int | None = None


class Record(msgspec.Struct, frozen=True):
    """A Lease as the API server keeps it."""

    metadata: Metadata = Metadata()
    spec: Spec = Spec()


class Lease:
    """One candidate for a Lease: one thread takes the steps, any thread may ask whether we lead."""

    def __init__(
        self,
        client: Client,
        namespace: str,
        name: str,
        identity: str,
        duration: float = DURATION_SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Be *identity*, which no other living process may be, on the Lease called *name*."""
        self.identity = identity
        self.duration = duration
        self._client = client
        self._address = (LEASES, namespace, name)
        self._clock = clock
        self._until = -math.inf
        self._seen: Spec | None = None
        self._seen_at = -math.inf

    def held(self) -> bool:
        """Say whether we lead now; it becomes False by itself when we fail to renew in time."""
        return self._clock() < self._until

    def step(self) -> bool:
        """Take or renew the Lease if that is our right, and return whether we lead.

        When the API server cannot be asked this raises, and we lead until the time is up.
        """
        began = self._clock()
        try:
            taken = self._try()
        except Conflict:  # somebody was faster; the next step sees who
            return self.held()
        self._until = began + self.duration * RENEW_BY if taken else -math.inf
        return self.held()

    def release(self) -> None:
        """Lead no longer, and let others know at once."""
        has_led, self._until = self._until > -math.inf, -math.inf
        record = self._read() if has_led else None
        if record is not None and record.spec.holder_identity == self.identity:
            self._write(record, {"holderIdentity": "", "renewTime": _now()})

    @property
    def interval(self) -> float:
        """How many seconds to wait between two steps."""
        return self.duration / STEPS

    def pause(self) -> float:
        """Return how many seconds to wait for anything: not past the time when we must not lead."""
        left = self._until - self._clock()
        return min(self.interval, left) if left > 0 else self.interval

    def _try(self) -> bool:
        record = self._read()
        if record is None:
            self._create()
            return True
        if not self._is_free(record.spec):
            return False
        self._write(record, msgspec.to_builtins(self._ours(record.spec)))
        return True

    def _is_free(self, spec: Spec) -> bool:
        """Say whether it is ours, nobody's, or its holder has been silent for all of its time.

        That time is counted on our own clock from when we first saw the record as it is: clocks
        of other machines may say anything.
        """
        if spec != self._seen:
            self._seen, self._seen_at = spec, self._clock()
        if spec.holder_identity in (None, "", self.identity):
            return True
        duration = spec.lease_duration_seconds or self.duration
        return self._clock() >= self._seen_at + duration

    def _ours(self, before: Spec) -> Spec:
        now = _now()
        stays = before.holder_identity == self.identity
        transitions = before.lease_transitions or 0
        return Spec(
            holder_identity=self.identity,
            lease_duration_seconds=max(1, math.ceil(self.duration)),
            acquire_time=before.acquire_time if stays and before.acquire_time else now,
            renew_time=now,
            lease_transitions=transitions if stays else transitions + 1,
        )

    def _read(self) -> Record | None:
        try:
            return self._client.get(*self._address, Record, timeout=self.pause())
        except NotFound:
            return None

    def _create(self) -> None:
        resource, namespace, name = self._address
        spec = msgspec.structs.replace(self._ours(Spec()), lease_transitions=0)
        lease = {"metadata": {"name": name}, "spec": spec}
        self._client.create(resource, namespace, lease, Record, timeout=self.pause())

    def _write(self, record: Record, spec: object) -> None:
        version = {"resourceVersion": record.metadata.resource_version}
        changes = merge_patch({"metadata": version, "spec": spec})
        self._client.patch(*self._address, changes, timeout=self.pause())


def lead(lease: Lease, stop: Event, work: Callable[[Event], None]) -> None:
    """Run *work* whenever we lead, until *stop*; then let the next one lead.

    *work* gets a flag that tells it to end: at *stop*, or when we may not lead any more. It has to
    obey, because somebody else begins soon after. When it ends by itself, or raises, so do we.
    """
    try:
        while not stop.is_set():
            if _stepped(lease) and _served(lease, stop, work):
                return
            stop.wait(lease.interval)
    finally:
        _released(lease)


def _served(lease: Lease, stop: Event, work: Callable[[Event], None]) -> bool:
    """Run *work* for as long as we lead, and return whether it ended by itself."""
    over = Event()
    with ThreadPoolExecutor(1, "leader") as pool:
        working = pool.submit(work, over)
        try:
            while not stop.wait(lease.pause()) and not working.done():
                if not (lease.held() and _stepped(lease)):
                    log.warning("lost the lease", extra={"identity": lease.identity})
                    break
            by_itself = working.done()
        finally:
            over.set()
    working.result()
    return by_itself


def _stepped(lease: Lease) -> bool:
    try:
        return lease.step()
    except ClusterError as error:
        log.warning("cannot reach the lease", extra={"reason": str(error)})
        return lease.held()


def _released(lease: Lease) -> None:
    try:
        lease.release()
    except ClusterError as error:  # others take it when its time is up
        log.warning("cannot release the lease", extra={"reason": str(error)})


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
