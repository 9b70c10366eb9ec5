"""Figures of a bridge that no registry has: agentgateway, built from source and measured once.

They came from another run, so each is compared as a share of what `null` reached in that same run.
"""

from dataclasses import dataclass

from tests.bench.adapter import rows
from tests.bench.adapter.rows import Line, Row

NAME = "agentgateway"
MEASURED = "agentgateway 1.4.1, built without LTO, measured 2026-11-21 on two shared cores"


@dataclass(frozen=True)
class Earlier:
    """A figure, and that of `null` beside it."""

    figure: float
    null: float

    @property
    def share(self) -> float:
        """Return how many times the figure of `null` it is."""
        return self.figure / self.null


def _rate(row: Row) -> str:
    return Line(row.title, "rate").key


FIGURES = {
    _rate(rows.ONE): Earlier(2548, 12762),
    Line(rows.ONE.title, "p50").key: Earlier(0.38, 0.07),
    Line(rows.ONE.title, "p99").key: Earlier(0.69, 0.14),
    _rate(rows.SIXTEEN_CALLS): Earlier(7366, 31439),
    Line(rows.SIXTEEN_CALLS.title, "p50").key: Earlier(2.06, 0.28),
    _rate(rows.SIXTEEN): Earlier(4974, 28860),
    rows.WARM.key: Earlier(2.45, 0.37),
    _rate(rows.BIG): Earlier(79, 114),
    rows.FIRST.key: Earlier(52, 11),
    rows.LARGE.key: Earlier(68, 11),
}
"""By the key of a line."""

AHEAD = (
    Line(rows.ONE.title, "rate"),
    Line(rows.ONE.title, "p50"),
    Line(rows.SIXTEEN_CALLS.title, "rate"),
    Line(rows.SIXTEEN_CALLS.title, "p50"),
    Line(rows.SIXTEEN.title, "rate"),
)
"""The lines of calls per second and latency, on which ours has to be ahead."""
