"""Tell what happened as Events, on the objects that it happened to, and never make anybody wait.

A note is read by everybody who may read Events: what is secret has no place in it. That is up to
the caller; nothing here looks into it.
"""

import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from queue import Empty, Full, Queue
from threading import Lock, Thread
from typing import TypeAlias

from cluster.client import Client
from cluster.objects import Reference
from cluster.series import Kind, Ledger, Pace, Told

CONTROLLER = "kmcp.dev"
LONGEST_NOTE = 1024
LONGEST_WORD = 128
"""Bytes of a reason, an action or an instance."""
CLOSE_SECONDS = 3.0
RIGHTS = ({"apiGroups": ["events.k8s.io"], "resources": ["events"], "verbs": ["create", "patch"]},)
"""The rules of RBAC that a Recorder needs in every namespace it speaks of."""

Regarding: TypeAlias = Reference | Callable[[], Reference | None]
"""An object, or what finds it later, when nobody waits."""


_Waiting: TypeAlias = tuple[Regarding, Told]
DROPPED = ("queue full", "nobody", "closed")


class Recorder:
    """Writes Events in a thread of its own, which begins with the first of them."""

    def __init__(
        self, client: Client, instance: str, action: str, pace: Pace | None = None
    ) -> None:
        """Speak as *instance*, one of the processes that do *action* (such as Inject)."""
        source = {
            "reportingController": CONTROLLER,
            "reportingInstance": shortened(instance, LONGEST_WORD),
            "action": shortened(action, LONGEST_WORD),
        }
        pace = pace or Pace()
        self._ledger = Ledger(client, source, pace)
        self._queue: Queue[_Waiting | None] = Queue(pace.queue)
        self._dropped = Counter(dict.fromkeys(DROPPED, 0))  # so that it never grows while read
        self._lock = Lock()
        self._thread: Thread | None = None
        self._end: float | None = None

    def tell(
        self,
        regarding: Regarding,
        reason: str,
        note: str,
        kind: Kind = "Normal",
        related: Reference | None = None,
    ) -> None:
        """Have this written soon, and return at once; a note of more than 1024 bytes is cut."""
        told = Told(
            reason=shortened(reason, LONGEST_WORD),
            note=shortened(note, LONGEST_NOTE),
            kind=kind,
            related=related,
            moment=datetime.now(UTC),
        )
        self._put((regarding, told))

    def counts(self) -> dict[str, int]:
        """Return how many events were `written`, `repeated`, or dropped, and why.

        Dropped are `queue full`, `too many` (for one object), `failed` (the API server said so),
        `nobody` (there is no such object) and `closed`.
        """
        with self._lock:
            return {**self._ledger.counts, **self._dropped}

    def close(self, seconds: float = CLOSE_SECONDS) -> None:
        """Write what is waiting, for so long at most; what is told afterwards is dropped."""
        with self._lock:
            is_first = self._end is None
            self._end = time.monotonic() + seconds if self._end is None else self._end
            thread = self._thread
        if thread is None:
            return
        if is_first:
            self._wake()
        thread.join(seconds)

    def _put(self, waiting: _Waiting) -> None:
        with self._lock:
            if self._end is not None:
                self._dropped["closed"] += 1
                return
            if self._thread is None:  # not before: a server may fork until then
                self._thread = Thread(target=self._work, daemon=True, name="events")
                self._thread.start()
            try:
                self._queue.put_nowait(waiting)
            except Full:
                self._dropped["queue full"] += 1

    def _wake(self) -> None:
        try:
            self._queue.put_nowait(None)
        except Full:  # it is awake
            return

    def _work(self) -> None:
        while self._end is None:
            self._take(self._next())
            self._ledger.catch_up()
        while time.monotonic() < self._end and not self._queue.empty():
            self._take(self._queue.get())
        if time.monotonic() < self._end:
            self._ledger.catch_up(everything=True)
        with self._lock:
            left = [waiting for waiting in self._queue.queue if waiting is not None]
            self._dropped["closed"] += len(left)

    def _next(self) -> _Waiting | None:
        """Return the next one, or None when it is time to look at the series, or to end."""
        try:
            return self._queue.get(timeout=self._ledger.due())
        except Empty:
            return None

    def _take(self, waiting: _Waiting | None) -> None:
        if waiting is None:
            return
        regarding, told = waiting
        found = regarding() if callable(regarding) else regarding
        if found is None:
            self._dropped["nobody"] += 1
        else:
            self._ledger.take(found, told)


def shortened(text: str, most: int) -> str:
    """Return *text* in at most so many bytes, with a mark where it was cut."""
    content = text.encode(errors="replace")  # half of a surrogate pair cannot be written
    if len(content) <= most:
        return content.decode()
    return content[: most - 3].decode(errors="ignore") + "…"
