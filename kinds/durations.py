"""Durations as Go reads them, which is how Kubernetes spells them: 30s, 1h2m3.5s."""

import re
from fractions import Fraction

from kinds.patterns import DURATION, fits

LONGEST = Fraction(2**63 - 1, 10**9)
"""More seconds than this Go cannot count, and refuses to read."""

UNITS = {
    "h": Fraction(3600),
    "m": Fraction(60),
    "s": Fraction(1),
    "ms": Fraction(1, 10**3),
    "us": Fraction(1, 10**6),
    "µs": Fraction(1, 10**6),  # micro sign
    "μs": Fraction(1, 10**6),  # Greek letter mu
    "ns": Fraction(1, 10**9),
}

_PART = re.compile(r"(?P<number>[0-9.]+)(?P<unit>[a-zµμ]+)")


def seconds(duration: object) -> Fraction | None:
    """Return how long the duration is; None when it is none, or longer than Go can count."""
    if not isinstance(duration, str) or not fits(DURATION, duration):
        return None
    parts = _PART.finditer(duration)
    total = sum((_number(part["number"]) * UNITS[part["unit"]] for part in parts), Fraction())
    return total if total <= LONGEST else None


def _number(text: str) -> Fraction:
    whole, _, rest = text.partition(".")
    return Fraction(int(whole + rest or "0"), 10 ** len(rest))
