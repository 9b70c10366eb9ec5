"""Kubernetes quantities as exact numbers: 500m, 1.5Gi, 2e3."""

import re
from fractions import Fraction

from kinds.patterns import SIGNED_QUANTITY, fits

LONGEST = 32
DECIMAL = {"n": -9, "u": -6, "m": -3, "": 0, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18}
BINARY = {"Ki": 10, "Mi": 20, "Gi": 30, "Ti": 40, "Pi": 50, "Ei": 60}
LARGEST_EXPONENT = 30
"""Far beyond any machine; a larger one would only cost time to compute."""

LARGEST = 10**LONGEST

_PARTS = re.compile(r"(?P<number>[+-]?[0-9.]+)(?P<suffix>[A-Za-z]*)(?P<exponent>[+-]?[0-9]*)")


def amount(quantity: object) -> Fraction | None:
    """Return what the quantity stands for; None when it is none."""
    if isinstance(quantity, bool) or not isinstance(quantity, str | int):
        return None
    if isinstance(quantity, int) and abs(quantity) > LARGEST:
        return None
    text = str(quantity)
    if len(text) > LONGEST or not fits(SIGNED_QUANTITY, text):
        return None
    parts = _PARTS.fullmatch(text)
    assert parts is not None
    return _scaled(Fraction(parts["number"]), parts["suffix"], parts["exponent"])


def _scaled(number: Fraction, suffix: str, exponent: str) -> Fraction | None:
    if suffix in BINARY:
        return number * (1 << BINARY[suffix])
    power = int(exponent) if exponent else DECIMAL[suffix]
    if abs(power) > LARGEST_EXPONENT:
        return None
    scale: int = 10 ** abs(power)
    return number * scale if power >= 0 else number / scale
