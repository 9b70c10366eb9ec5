"""What benches print: figures of one thing in a line, least, middle and most."""

import statistics
from collections.abc import Sequence

LABEL = 28


def heading(runs: int) -> str:
    """Return the first line."""
    return f"{f'seconds, {runs} runs':<{LABEL}} {'min':>8} {'median':>8} {'max':>8}"


def row(label: str, figures: Sequence[float]) -> str:
    """Return the figures of one thing as a line of the table."""
    low, middle, high = min(figures), statistics.median(figures), max(figures)
    return f"{label:<{LABEL}} {low:8.2f} {middle:8.2f} {high:8.2f}"
