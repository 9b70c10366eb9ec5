"""Durations and sizes are read as Go and Kubernetes write them, and nothing else is."""

import pytest

from webhook.quantities import seconds, size


@pytest.mark.parametrize(
    ("text", "found"),
    [("0", 0.0), ("5s", 5.0), ("1m30s", 90.0), ("500ms", 0.5), ("1.5h", 5400.0), ("10us", 1e-5)],
)
def test_a_duration_is_counted_in_seconds(text: str, found: float) -> None:
    assert seconds(text) == pytest.approx(found)


@pytest.mark.parametrize("text", ["", "5", "s", "-5s", "5 s", "1e3s", "5s ", "\u0665s", "9" * 400])
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="must be a duration"):
        seconds(text)


@pytest.mark.parametrize(
    ("text", "found"), [("1", 1), ("2k", 2000), ("1Ki", 1024), ("7Mi", 7_340_032), ("1M", 10**6)]
)
def test_a_size_is_counted_in_bytes(text: str, found: int) -> None:
    assert size(text) == found


@pytest.mark.parametrize("text", ["", "Mi", "1.5Mi", "-1", "1Gi", "1 Mi", "9" * 400])
def test_what_is_no_size_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="must be a size"):
        size(text)
