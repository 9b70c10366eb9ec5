"""The page of the docs about speed: its table and its plot are made from one file of results."""

from pathlib import Path

from tests.bench.adapter.places import ROOT
from tests.bench.adapter.plot import svg
from tests.bench.adapter.results import Results, read
from tests.bench.adapter.table import markdown
from tests.repository.generated import renewed

KEPT = Path(__file__).with_name("results.json")
PAGE = ROOT / "docs" / "speed.md"
PLOT = ROOT / "docs" / "speed.svg"
PART = "speed"


def part() -> str:
    """Return the generated part of the page."""
    return markdown(read(KEPT))


def plot() -> str:
    """Return the plot."""
    return svg(read(KEPT))


def keep(results: Results) -> None:
    """Make *results* those of the docs."""
    results.write(KEPT)
    PLOT.write_text(plot())
    PAGE.write_text(renewed(PAGE.read_text(), PART, part()))


if __name__ == "__main__":
    keep(read(KEPT))
