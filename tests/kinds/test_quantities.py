"""Quantities are exact numbers, however they are spelled."""

from fractions import Fraction

import pytest

from kinds.quantities import amount


@pytest.mark.parametrize(
    ("quantity", "expected"),
    [
        ("500m", Fraction(1, 2)),
        ("1.5Gi", Fraction(3, 2) * 2**30),
        (".5", Fraction(1, 2)),
        ("1.", Fraction(1)),
        ("+2", Fraction(2)),
        ("-3k", Fraction(-3000)),
        ("2e3", Fraction(2000)),
        ("2E3", Fraction(2000)),
        ("25e-1", Fraction(5, 2)),
        ("1E", Fraction(10**18)),
        ("1Ei", Fraction(2**60)),
        ("7n", Fraction(7, 10**9)),
        ("7u", Fraction(7, 10**6)),
        (7, Fraction(7)),
        (-7, Fraction(-7)),
    ],
)
def test_an_amount_is_exact(quantity: object, expected: Fraction) -> None:
    assert amount(quantity) == expected


@pytest.mark.parametrize(
    "nonsense",
    [
        "",
        "1GB",
        "1 Gi",
        "m",
        ".",
        "1ki",
        "0x10",
        "1e",
        "--1",
        "1e31",
        "9" * 33,
        "1\n",
        None,
        True,
        1.5,
        [1],
        {"a": 1},
    ],
)
def test_what_is_no_quantity_has_no_amount(nonsense: object) -> None:
    assert amount(nonsense) is None
