"""What the status says of a server in a world, for tests."""

from datetime import UTC, datetime
from typing import Any

from kinds.reading import Fields
from reconciler.observed import Observed, Outcome
from reconciler.status import status
from tests.reconciler.deployments import (
    deployment,
    pod,
    replica_set,
    waiting,
)
from tests.reconciler.worlds import CONFIG, present

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
LATER = datetime(2026, 1, 2, 4, 0, 0, tzinfo=UTC)
STUCK = pod(waiting("ErrImagePull", "no such image"))


def told(
    given: Fields,
    outcome: Outcome | None = None,
    now: datetime = NOW,
    **observed: Any,  # noqa: ANN401 - parts of Observed
) -> Fields:
    around: Fields = {"references": present(given), "replica_sets": (replica_set(),), **observed}
    return status(given, Observed(**around), outcome or Outcome(), CONFIG, now)


def running(given: Fields, **more: Any) -> Fields:  # noqa: ANN401 - parts of Observed
    return told(given, deployment=deployment(given, available=1), **more)


def condition(found: Fields, kind: str) -> tuple[str, str, str]:
    (one,) = [one for one in found["conditions"] if one["type"] == kind]
    return one["status"], one["reason"], one["message"]
