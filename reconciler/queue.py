"""What is to be looked at next: each key once, workers in parallel, failures ever more rarely."""

import heapq
import itertools
import math
import time
from collections import deque
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, field
from threading import Condition
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)

FIRST_SECONDS = 0.25
LONGEST_SECONDS = 300.0
MOST_DOUBLINGS = 20
MOST_IN_A_ROW = 10
"""So many that go first are handed out until one of the others is."""


@dataclass(frozen=True, kw_only=True)
class BackOff:
    """How long a key that failed is left alone."""

    first: float = FIRST_SECONDS
    longest: float = LONGEST_SECONDS

    def pause(self, failures: int) -> float:
        """Return how many seconds to wait after so many failures in a row."""
        return min(self.longest, self.first * 2.0 ** min(failures - 1, MOST_DOUBLINGS))


@dataclass
class _Entry:
    due: float = math.inf
    """When it is to be handed out; infinite when nobody wants that."""
    failures: int = 0
    taken: bool = False
    again: bool = False
    """Whether it was asked for while a worker had it."""
    is_first: bool = False
    """Whether it goes before others that are due."""
    not_before: float = -math.inf
    """Until when a poll may not bring it back, because it failed."""


@dataclass
class Queue(Generic[K]):
    """Keys that wait, each at most once, and never with two workers; threads share it."""

    back_off: BackOff = field(default_factory=BackOff)
    clock: Callable[[], float] = time.monotonic

    def __post_init__(self) -> None:
        """Begin with nothing."""
        self._entries: dict[K, _Entry] = {}
        self._first: deque[K] = deque()
        self._ready: deque[K] = deque()
        self._in_a_row = 0
        """How many of the first were handed out while others waited."""
        self._later: list[tuple[float, int, K]] = []
        self._order = itertools.count()
        self._news = Condition()
        self._closed = False

    def wake(self, key: K, after: float = 0.0, is_first: bool = False) -> None:
        """Have *key* looked at soon, because something happened to it; its failures are past.

        With *is_first* it goes before others that are due.
        """
        with self._news:
            entry = self._entries.setdefault(key, _Entry())
            entry.not_before = -math.inf
            entry.is_first = entry.is_first or is_first
            self._want(key, entry, after)

    def poll(self, keys: Iterable[K]) -> None:
        """Have each of *keys* looked at, apart from those that failed and still have to wait."""
        with self._news:
            now = self.clock()
            for key in keys:
                entry = self._entries.setdefault(key, _Entry())
                if entry.not_before <= now:
                    self._want(key, entry, 0.0)

    def take(self, timeout: float | None = None) -> K | None:
        """Return a key that is due, or None after *timeout*, or when closed."""
        deadline = math.inf if timeout is None else self.clock() + timeout
        with self._news:
            while not self._closed:
                now = self.clock()
                self._ripen(now)
                if self._first or self._ready:
                    return self._hand_out()
                if now >= deadline:
                    return None
                until = min(deadline, self._later[0][0] if self._later else math.inf)
                self._news.wait(None if until == math.inf else max(0.0, until - now))
        return None

    def done(self, key: K, again_after: float | None = None) -> None:
        """Give *key* back: all went well; it may want another look by itself."""
        with self._news:
            entry = self._back(key)
            entry.failures = 0
            entry.not_before = -math.inf
            if entry.again:
                self._want(key, entry, 0.0)
            elif again_after is not None:
                self._want(key, entry, again_after)
            else:
                del self._entries[key]

    def failed(self, key: K, least: float = 0.0) -> float:
        """Give *key* back: it is looked at again, later each time; return in how many seconds."""
        with self._news:
            entry = self._back(key)
            entry.failures += 1
            pause = max(least, self.back_off.pause(entry.failures))
            if entry.again:  # something happened to it meanwhile: that may have been the remedy
                pause = min(pause, max(least, self.back_off.first))
            entry.not_before = self.clock() + pause
            self._want(key, entry, pause)
            return pause

    def close(self) -> None:
        """Hand out nothing more."""
        with self._news:
            self._closed = True
            self._news.notify_all()

    def __len__(self) -> int:
        """Return how many are due now."""
        with self._news:
            self._ripen(self.clock())
            return len(self._first) + len(self._ready)

    def _back(self, key: K) -> _Entry:
        entry = self._entries[key]
        entry.taken = False
        return entry

    def _want(self, key: K, entry: _Entry, after: float) -> None:
        if entry.taken:
            entry.again = True
            return
        due = self.clock() + after
        if due >= entry.due:
            return
        entry.due = due
        heapq.heappush(self._later, (due, next(self._order), key))
        self._news.notify()

    def _ripen(self, now: float) -> None:
        while self._later and self._later[0][0] <= now:
            due, _, key = heapq.heappop(self._later)
            entry = self._entries.get(key)
            if entry is not None and entry.due == due:  # else it was moved forward, or handed out
                entry.due = -math.inf
                (self._first if entry.is_first else self._ready).append(key)

    def _hand_out(self) -> K:
        key = self._line().popleft()
        entry = self._entries[key]
        entry.due, entry.taken, entry.again, entry.is_first = math.inf, True, False, False
        return key

    def _line(self) -> deque[K]:
        """Return where the next one waits; those who come first let others by now and then."""
        if self._first and (self._in_a_row < MOST_IN_A_ROW or not self._ready):
            self._in_a_row += 1
            return self._first
        self._in_a_row = 0
        return self._ready
