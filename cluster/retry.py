"""When a request is made again, and how long we wait before that."""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from cluster.errors import Busy, ClusterError, Interrupted, Unreachable, Untrusted

T = TypeVar("T")

TOO_MANY_REQUESTS = 429
LEAST_SECONDS = 0.001


def is_worth_repeating(error: ClusterError, idempotent: bool) -> bool:
    """Say whether the same request may do better later, and cannot have been carried out twice."""
    if isinstance(error, Interrupted):
        return idempotent
    if isinstance(error, Unreachable):
        return not isinstance(error, Untrusted)
    if error.status == TOO_MANY_REQUESTS:  # turned away before anything was done
        return True
    return idempotent and (isinstance(error, Busy) or error.retry_after is not None)


@dataclass(frozen=True, kw_only=True)
class Patience:
    """How often, and how long, we try."""

    attempts: int = 4
    first_pause: float = 0.1
    longest_pause: float = 5.0
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], object] = time.sleep
    chance: Callable[[], float] = random.random
    """Returns a number from 0 to 1, so that many clients do not come back all at once."""

    def pause(self, attempt: int, error: ClusterError | None = None) -> float:
        """Return how long to wait after *attempt*, counted from 0, failed with *error*."""
        growing = min(self.longest_pause, self.first_pause * 2.0 ** min(attempt, 32))
        asked = (error.retry_after if error else None) or 0.0
        return asked + growing * (0.5 + self.chance() / 2)

    def attempt(self, request: Callable[[float], T], timeout: float, idempotent: bool) -> T:
        """Return what *request* does; it gets the seconds that are left of *timeout*."""
        deadline = self.clock() + timeout
        attempt = 0
        while True:
            try:
                return request(max(deadline - self.clock(), LEAST_SECONDS))
            except ClusterError as error:
                pause = self.pause(attempt, error)
                attempt += 1
                in_time = self.clock() + pause < deadline
                if attempt >= self.attempts or not in_time:
                    raise
                if not is_worth_repeating(error, idempotent):
                    raise
            self.sleep(pause)
