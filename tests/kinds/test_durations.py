"""Durations are read as Go reads them."""

from fractions import Fraction

import pytest

from kinds.durations import LONGEST, seconds


@pytest.mark.parametrize(
    ("duration", "expected"),
    [
        ("30s", Fraction(30)),
        ("1h2m3.5s", Fraction(7447, 2)),
        ("+.5m", Fraction(30)),
        ("1.s", Fraction(1)),
        ("0", Fraction(0)),
        ("+0", Fraction(0)),
        ("250ms", Fraction(1, 4)),
        ("3us", Fraction(3, 10**6)),
        ("3\N{MICRO SIGN}s", Fraction(3, 10**6)),
        ("3\N{GREEK SMALL LETTER MU}s", Fraction(3, 10**6)),
        ("9223372036854775807ns", LONGEST),
    ],
)
def test_a_duration_is_exact(duration: str, expected: Fraction) -> None:
    assert seconds(duration) == expected


@pytest.mark.parametrize(
    "nonsense",
    [
        "",
        "30",
        "-1s",
        "s",
        "1d",
        "30 s",
        "1h-2m",
        ".s",
        "9223372036854775808ns",
        "3000000h",
        None,
        30,
        True,
        ["30s"],
    ],
)
def test_what_go_cannot_read_has_no_length(nonsense: object) -> None:
    assert seconds(nonsense) is None
