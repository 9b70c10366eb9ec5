"""Which events are one and the same that happens again, and how they are written."""

import logging
import secrets
import time
from collections import Counter, OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal, TypeAlias

from cluster.allowance import REMEMBERED, Allowance
from cluster.bodies import merge_patch
from cluster.client import Client
from cluster.errors import ClusterError, NotFound
from cluster.objects import Object, Reference
from cluster.resources import EVENTS

log = logging.getLogger(__name__)

LONGEST_NAME = 200
"""Of the 253 that an Event's name may have; the rest makes it unlike any other."""
NOWHERE = "default"
"""The namespace for Events about what is in none."""
REQUEST_SECONDS = 5.0

COUNTED = ("written", "repeated", "too many", "failed")

Kind = Literal["Normal", "Warning"]


@dataclass(frozen=True, kw_only=True)
class Pace:
    """How much is written at most."""

    queue: int = 1000
    """Events that wait; more are dropped."""
    series_seconds: float = 600.0
    """Within this time of the last one, the same event is one more of its series."""
    write_seconds: float = 10.0
    """A series that goes on is written once in this time."""
    burst: int = 25
    refill_seconds: float = 300.0
    """Each object gets so many different events at once, and then one in this time."""


@dataclass(frozen=True, kw_only=True)
class Told:
    """What happened once."""

    reason: str
    note: str
    kind: Kind
    related: Reference | None
    moment: datetime


@dataclass
class _Series:
    namespace: str
    name: str
    count: int
    last: datetime
    heard: float
    written: float


_Key: TypeAlias = tuple[Reference, str, str, Kind]


class Ledger:
    """What was written lately; one thread keeps it."""

    def __init__(self, client: Client, source: dict[str, str], pace: Pace) -> None:
        """Write through *client*; *source* are the fields that say who does."""
        self._client = client
        self._source = source
        self._pace = pace
        self._allowance: Allowance[Reference] = Allowance(pace.burst, pace.refill_seconds)
        self._series: OrderedDict[_Key, _Series] = OrderedDict()
        self._behind: dict[_Key, _Series] = {}
        """Those of which the API server knows fewer than happened."""
        self._is_failing = False
        self.counts = Counter(dict.fromkeys(COUNTED, 0))  # so that it never grows while read

    def take(self, regarding: Reference, told: Told) -> None:
        """Write what happened, or count it as one more of a series."""
        key = (regarding, told.reason, told.note, told.kind)
        now = time.monotonic()
        series = self._series.get(key)
        if series is not None and now < series.heard + self._pace.series_seconds:
            self._series.move_to_end(key)
            self._behind[key] = series
            series.count, series.last, series.heard = series.count + 1, told.moment, now
            self.counts["repeated"] += 1
        elif self._allowance.take(regarding, now):
            self._begin(key, told, now)
        else:
            self.counts["too many"] += 1

    def due(self) -> float | None:
        """Return in how many seconds a series is to be written, or None when none is."""
        if not self._behind:
            return None
        first = min(series.written for series in self._behind.values())
        return max(0.0, first + self._pace.write_seconds - time.monotonic())

    def catch_up(self, everything: bool = False) -> None:
        """Write the series that went on, unless they were written a moment ago."""
        now = time.monotonic()
        for key, series in list(self._behind.items()):
            if everything or now >= series.written + self._pace.write_seconds:
                self._continue(key, series, now)

    def _begin(self, key: _Key, told: Told, now: float) -> None:
        regarding = key[0]
        namespace = regarding.namespace or NOWHERE
        name = f"{regarding.name[:LONGEST_NAME].rstrip('.-')}.{secrets.token_hex(8)}"
        event = self._event(name, regarding, told)
        failure = self._failure(
            lambda: self._client.create(EVENTS, namespace, event, Object, timeout=REQUEST_SECONDS)
        )
        if failure is None:
            self.counts["written"] += 1
            self._behind.pop(key, None)
            self._series[key] = _Series(namespace, name, 1, told.moment, now, now)
            self._series.move_to_end(key)
            if len(self._series) > REMEMBERED:
                oldest, _ = self._series.popitem(last=False)
                self._behind.pop(oldest, None)

    def _continue(self, key: _Key, series: _Series, now: float) -> None:
        del self._behind[key]
        series.written = now
        more = {"count": series.count, "lastObservedTime": _spelled(series.last)}
        address = (EVENTS, series.namespace, series.name)
        body = merge_patch({"series": more})
        failure = self._failure(lambda: self._client.patch(*address, body, timeout=REQUEST_SECONDS))
        if isinstance(failure, NotFound):
            del self._series[key]  # should it happen again, it is told anew

    def _event(self, name: str, regarding: Reference, told: Told) -> dict[str, Any]:
        event: dict[str, Any] = {
            "apiVersion": "events.k8s.io/v1",
            "kind": "Event",
            "metadata": {"name": name},
            "eventTime": _spelled(told.moment),
            **self._source,
            "reason": told.reason,
            "note": told.note,
            "type": told.kind,
            "regarding": regarding,
        }
        return event if told.related is None else {**event, "related": told.related}

    def _failure(self, write: Callable[[], object]) -> ClusterError | None:
        """Return why a write failed; of many failures in a row the first is logged."""
        try:
            write()
        except ClusterError as error:
            self.counts["failed"] += 1
            if not self._is_failing:
                log.warning("cannot write events", extra={"reason": str(error)})
            self._is_failing = True
            return error
        self._is_failing = False
        return None


def _spelled(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
