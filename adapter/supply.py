"""Children that nobody has used: some kept ready, never too many, and the truth about failures."""

import logging
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from adapter.children import Child, Manner
from adapter.figures import Figures
from adapter.processes import Ending, Spawner

log = logging.getLogger("adapter.supply")

STOPPING = "the adapter is stopping"
"""Why nothing new begins, in the words that clients and people read."""
LONGEST_BACKOFF = 30.0
LOOP = 3
"""So many processes in a row that ended before they answered are called a crash loop."""
REMEMBERED_FAILURES = 10
ENOUGH_TO_ASK = 2
"""One to ask for its era, and one to greet in the older way: until a server has answered, a third
only takes the processor from them."""


class NoChild(Exception):
    """No process can be had now; the message says why, *seconds* when to try again."""

    def __init__(self, sentence: str, seconds: int = 5) -> None:
        """Keep both for the answer."""
        super().__init__(sentence)
        self.seconds = seconds


class Starter(Protocol):
    """What may turn out to be a server."""

    @property
    def ending(self) -> Ending | None:
        """How it ended."""
        ...

    @property
    def handshaken(self) -> bool:
        """Whether it has answered as a server."""
        ...

    def shook_hands(self) -> None:
        """Remember that it has."""

    def stop(self) -> None:
        """End it."""


@dataclass(frozen=True)
class Failure:
    """A process that ended before it had answered."""

    at: float
    """Seconds since 1970."""
    ending: Ending


class Supply:
    """Starts children ahead of need and on demand."""

    def __init__(
        self, spawner: Spawner, figures: Figures, manner: Manner, *, most: int, spares: int
    ) -> None:
        """Allow *most* children at a time, *spares* of them unused."""
        self.spawner = spawner
        self.children: set[Child] = set()
        self.failures: deque[Failure] = deque(maxlen=REMEMBERED_FAILURES)
        self.failed = 0
        """How many have failed since one answered."""
        self._figures = figures
        self._manner = manner
        self._most = most
        self._wanted = spares
        self._spares: list[Child] = []
        self.wanted: Callable[[], object] = lambda: None
        """Called when a child was taken, so that the next spare need not wait for the clock."""
        self._tries = 0
        """How many have failed in this container."""
        self._next_try = 0.0
        self._has_answered = False
        self._closed = False

    @property
    def spares(self) -> int:
        """How many wait unused."""
        return len(self._spares)

    def unavailable(self) -> str | None:
        """Return why no child can be had, or would be of use, or None."""
        return self.crash_loop() or self.spawner.unavailable()

    def crash_loop(self) -> str | None:
        """Return what goes wrong again and again, or None."""
        if self.failed < LOOP or any(child.handshaken for child in self.children):
            return None
        return f"the server fails to start ({self.failed} times in a row): {self._last()}"

    def take(self) -> Child:
        """Return a child that nobody has used; raise NoChild when there is none to be had."""
        if self._closed:
            raise NoChild(STOPPING)
        if (reason := self.spawner.unavailable()) is not None:
            raise NoChild(self.crash_loop() or reason)
        if self.failed >= LOOP and time.monotonic() < self._next_try:
            raise NoChild(self.crash_loop() or "the server fails to start")
        if self._spares:
            child = self._spares.pop()
        elif len(self.children) >= self._most:
            raise NoChild(f"all {self._most} processes are in use", 10)
        else:
            child = self._start()
        self.wanted()
        return child

    def refill(self) -> None:
        """Start a spare if one is missing, at most one at a time, later after failures."""
        missing = len(self._spares) < self._wanted and len(self.children) < self._most
        if not missing or self._closed or self.spawner.unavailable() is not None:
            return
        if self.spawner.is_once():
            return
        if not self._has_answered and len(self.children) >= ENOUGH_TO_ASK:
            return
        if time.monotonic() >= self._next_try:
            self._spares.append(self._start())

    def answered(self, child: Starter) -> None:
        """Hear that a child has shaken hands: whatever failed before is over."""
        child.shook_hands()
        self.failed = self._tries = 0
        self._next_try = 0.0
        if not self._has_answered:
            self._has_answered = True
            self.wanted()

    def failed_to_answer(self, child: Starter, reason: str) -> None:
        """Hear that a child does not do what a server does, and end it."""
        if child.ending is None and not child.handshaken:
            self._failed(Ending(reason=reason))
        child.stop()

    def close(self) -> None:
        """Start nothing more, and end what is there."""
        self._closed = True
        for child in list(self.children):
            child.stop()

    def reopen(self) -> None:
        """Start processes again, at once: another container may succeed where one has failed."""
        self._closed = False
        self._tries = 0
        self._next_try = 0.0

    def kill(self) -> None:
        """End everything at once."""
        self._closed = True
        for child in list(self.children):
            child.kill()

    def _start(self) -> Child:
        child = Child(self.spawner, self._manner, self._figures)
        self._figures.children["started"] += 1
        if child.ending is not None:
            self._ended(child)
        else:
            self.children.add(child)
            child.on_end = self._ended
        return child

    def _ended(self, child: Child) -> None:
        self.children.discard(child)
        if child in self._spares:
            self._spares.remove(child)
        ending = child.ending or Ending()
        self._figures.children["stopped" if child.stopping else "died"] += 1
        if not child.handshaken and not child.stopping and not self._waited_long(child):
            self._failed(ending)

    def _waited_long(self, child: Child) -> bool:
        """Say whether a spare ended because nobody needed it for long, which is its right."""
        return child.owner is None and time.monotonic() - child.began > LONGEST_BACKOFF

    def _failed(self, ending: Ending) -> None:
        self.failed += 1
        self._tries += 1
        self.failures.append(Failure(time.time(), ending))
        self._next_try = time.monotonic() + min(LONGEST_BACKOFF, 2.0 ** (self._tries - 1))
        if self._figures.may_tell("failed"):
            extra = {"reason": str(ending), "in_a_row": self.failed}
            log.warning("the server failed to start", extra=extra)

    def _last(self) -> str:
        return str(self.failures[-1].ending) if self.failures else "no reason known"
