"""Durations and sizes, read as Go and Kubernetes write them."""

import re

UNITS = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 1e-3, "us": 1e-6, "µs": 1e-6, "ns": 1e-9}
SIZES = {"": 1, "k": 10**3, "M": 10**6, "Ki": 2**10, "Mi": 2**20}

_DURATION = re.compile(r"(?:\d{1,9}(?:\.\d{0,9})?(?:h|ms|m|s|us|µs|ns))+", re.ASCII)
_PART = re.compile(r"([\d.]+)(h|ms|m|s|us|µs|ns)", re.ASCII)
_SIZE = re.compile(r"(\d{1,12})(k|M|Ki|Mi|)", re.ASCII)


def seconds(text: str) -> float:
    """Return how long *text* is (`10s`, `1m30s`, `0`); raise ValueError when it is no duration."""
    if text == "0":
        return 0.0
    if not _DURATION.fullmatch(text):
        raise ValueError("must be a duration such as 10s, 500ms or 1m30s")
    return sum(float(number) * UNITS[unit] for number, unit in _PART.findall(text))


def size(text: str) -> int:
    """Return how many bytes *text* means (`7Mi`, `7340032`); raise ValueError if it is no size."""
    found = _SIZE.fullmatch(text)
    if not found:
        raise ValueError("must be a size such as 7Mi or a number of bytes")
    return int(found[1]) * SIZES[found[2]]
