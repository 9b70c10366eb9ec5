"""How many of something each object may get: many at once, and then few in a long time."""

from collections import OrderedDict
from dataclasses import dataclass
from typing import Generic, TypeVar

K = TypeVar("K")

REMEMBERED = 4096
"""Objects at a time; the one that was silent for longest starts over when there are more."""


@dataclass
class _Bucket:
    tokens: float
    filled_at: float


class Allowance(Generic[K]):
    """Buckets of tokens, one for each object; one thread uses it."""

    def __init__(self, burst: int, refill_seconds: float, remembered: int = REMEMBERED) -> None:
        """Give *burst* at once, and one more every *refill_seconds*."""
        self._burst = burst
        self._refill = refill_seconds
        self._remembered = remembered
        self._buckets: OrderedDict[K, _Bucket] = OrderedDict()

    def take(self, key: K, now: float) -> bool:
        """Say whether there is one for *key*, and count it as taken."""
        bucket = self._buckets.pop(key, None) or _Bucket(self._burst, now)
        earned = (now - bucket.filled_at) / self._refill
        tokens = min(float(self._burst), bucket.tokens + earned)
        has_one = tokens >= 1
        self._buckets[key] = _Bucket(tokens - has_one, now)
        if len(self._buckets) > self._remembered:
            self._buckets.popitem(last=False)
        return has_one
