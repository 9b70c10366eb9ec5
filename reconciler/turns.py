"""Whose turn it is to roll only because kmcp is newer: so many at a time, the others wait."""

from collections.abc import Callable
from threading import Lock

from reconciler.shelf import Name


class Turns:
    """Counts the servers that are rolling, for whatever reason; threads share it."""

    def __init__(self, most: int, wake: Callable[[Name], None]) -> None:
        """Let *most* roll at a time, and *wake* whoever's turn has come."""
        self._most = most
        self._wake = wake
        self._lock = Lock()
        self._rolling = set[Name]()
        self._waiting: dict[Name, None] = {}

    def ask(self, name: Name) -> bool:
        """Say whether a server may roll now; if not, it is woken when it may."""
        with self._lock:
            if name in self._rolling or len(self._rolling) < self._most:
                self._rolling.add(name)
                self._waiting.pop(name, None)
                return True
            if self._most:
                self._waiting[name] = None
            return False

    def note(self, name: Name, *, is_rolling: bool) -> None:
        """Take note of how a server is; who has nothing to wait for any more is let go."""
        with self._lock:
            if is_rolling:
                self._rolling.add(name)
                return
            self._rolling.discard(name)
            free = max(0, self._most - len(self._rolling))
            turn = list(self._waiting)[:free]
            for one in turn:
                del self._waiting[one]
        for one in turn:
            self._wake(one)

    def forget(self, name: Name) -> None:
        """Take note that a server is gone."""
        with self._lock:
            self._waiting.pop(name, None)
        self.note(name, is_rolling=False)

    def counts(self) -> tuple[int, int]:
        """Return how many roll, and how many wait."""
        with self._lock:
            return len(self._rolling), len(self._waiting)
