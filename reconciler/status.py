"""The status of an MCPServer: what is true of it, in conditions that people can act on."""

from datetime import datetime

from kinds.reading import Fields
from reconciler.config import Config
from reconciler.observed import Observed, Outcome


def status(
    server: Fields, observed: Observed, outcome: Outcome, config: Config, now: datetime
) -> Fields:
    """Return the whole status; it equals server["status"] when nothing is new.

    *observed* is the world after the pass. *now* is when a condition changes that does.
    """
    raise NotImplementedError
