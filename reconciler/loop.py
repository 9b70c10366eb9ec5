"""The leader's work: look at everything, visit each server that needs it, again and again."""

import logging
import time
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from threading import Thread

from cluster.errors import Busy, ClusterError, Conflict, Unreachable
from reconciler import acceptance
from reconciler.figures import Figures
from reconciler.leading import NotLeading, Term, in_background
from reconciler.leftovers import Leftovers
from reconciler.lookout import Lookout
from reconciler.queue import Queue
from reconciler.referred import References
from reconciler.settings import Settings
from reconciler.shelf import Name
from reconciler.shelves import Shelves
from reconciler.visit import Refused, Visits
from reconciler.world import World

log = logging.getLogger(__name__)

COALESCE_SECONDS = 0.05
"""Changes mostly come in bunches; this long the first waits for the rest."""
PROGRESS = ("Deployment", "ReplicaSet", "Pod")
"""Kinds that controllers change in many small steps, of which each says a bit more."""
PROGRESS_SECONDS = 0.25
REFUSED_SECONDS = 15.0
"""The least time before something that was refused is tried again."""
ROUNDS = 20
"""So many looks at everything until each server has been visited, whether it needed that or not. A
visit costs some milliseconds; that nothing has changed since the last one is known without it."""
CRASHED_SECONDS = 60.0
SYNC_SECONDS = 2.0
STUCK_SECONDS = 120.0
"""A loop that has not turned for so long, beyond its interval, hangs."""
JOIN_SECONDS = 5.0


@dataclass(frozen=True)
class Parts:
    """What the loop is made of."""

    shelves: Shelves
    world: World
    lookout: Lookout
    leftovers: Leftovers
    referred: References
    visits: Visits
    queue: Queue[Name]


class Loop:
    """Turns for one term of leading."""

    def __init__(self, chosen: Settings, parts: Parts, figures: Figures) -> None:
        """Work with *parts*."""
        self._chosen = chosen
        self._parts = parts
        self._figures = figures
        self._turned = time.monotonic()
        self._looks = 0
        self.is_synced = False

    def run(self, term: Term) -> None:
        """Work until the term is over."""
        self._sync(term)
        queue = self._parts.queue
        threads = [
            in_background(f"visits-{number}", lambda: self._work(term))
            for number in range(self._chosen.concurrency)
        ]
        if self._chosen.watch:
            threads += self._parts.lookout.listen(term.over, self._hear)
        try:
            while not term.over.is_set():
                self._rest(term)
                if not term.over.is_set():
                    self._poll(term)
        finally:
            queue.close()
            _join(threads)

    def problem(self) -> str | None:
        """Return why the loop does not turn any more; None while it does."""
        silent = time.monotonic() - self._turned
        if silent > self._chosen.poll_interval + STUCK_SECONDS:
            return f"nothing was looked at for {silent:.0f} s"
        return None

    def wake_all(self) -> None:
        """Have every server visited: what all of them depend on has changed."""
        self._wake(self._servers())

    def _sync(self, term: Term) -> None:
        """Look at everything, until that has been possible."""
        while not term.over.is_set():
            self._poll(term)
            if self._parts.lookout.is_done():
                acceptance.prepare()
                self._parts.visits.prepare()
                self.is_synced = True
                log.info("looked at everything", extra={"servers": len(self._servers())})
                return
            term.over.wait(SYNC_SECONDS)

    def _poll(self, term: Term) -> None:
        began = time.monotonic()
        before = self._parts.lookout.complete
        news = self._parts.lookout.poll(lambda: self._goes_on(term))
        self._wake(news | self._parts.leftovers.poll())
        if self._parts.lookout.complete != before:
            self.wake_all()
        for scope in self._chosen.scopes:
            if self._goes_on(term):
                self._parts.referred.poll([scope])
        servers = self._servers()
        self._parts.queue.poll(one for one in servers if self._is_audited(one))
        self._looks += 1
        self._turned = time.monotonic()
        self._figures.polls.inc()
        self._figures.poll_seconds.set(self._turned - began)
        self._figures.servers.set(len(servers))
        log.debug("looked", extra={"number": self._looks, "servers": len(servers)})

    def _goes_on(self, term: Term) -> bool:
        """Say whether there is any use in looking on; who waits for an answer does not hang."""
        self._turned = time.monotonic()
        return not term.over.is_set()

    def _is_audited(self, name: Name) -> bool:
        """Say whether it is a server's turn to be visited though nothing is known to be new."""
        return (
            not self.is_synced
            or zlib.crc32("/".join(name).encode()) % ROUNDS == self._looks % ROUNDS
        )

    def _rest(self, term: Term) -> None:
        """Wait for the next look, or until somebody wants it at once."""
        hurry = self._parts.lookout.hurry
        deadline = time.monotonic() + self._chosen.poll_interval
        while (left := deadline - time.monotonic()) > 0 and not term.over.is_set():
            if hurry.wait(min(left, 1.0)):
                term.over.wait(1.0)  # a watch that always fails must not make us poll hot
                hurry.clear()
                return

    def _servers(self) -> list[Name]:
        lookout = self._parts.lookout
        return [one for one in self._parts.shelves.servers() if lookout.knows(one)]

    def _wake(self, names: Iterable[Name]) -> None:
        for name in filter(self._parts.lookout.knows, names):
            self._parts.queue.wake(name, COALESCE_SECONDS)

    def _hear(self, kind: str, names: Iterable[Name]) -> None:
        """Wake whom a change matters to: at once when a user made it."""
        after = PROGRESS_SECONDS if kind in PROGRESS else COALESCE_SECONDS
        for name in filter(self._parts.lookout.knows, names):
            self._parts.queue.wake(name, after, is_first=kind == "MCPServer")

    def _work(self, term: Term) -> None:
        while not term.over.is_set():
            name = self._parts.queue.take()
            if name is None:
                return
            began = time.monotonic()
            result = self._visited(name, term)
            self._figures.visits.labels(result).inc()
            self._figures.visit_seconds.observe(time.monotonic() - began)

    def _visited(self, name: Name, term: Term) -> str:
        """Visit a server, put it back into the queue, and return how it went."""
        try:
            self._parts.queue.done(name, self._parts.visits.visit(name))
        except ClusterError as error:
            return self._failed(name, error, term)
        except Exception:  # one server that nobody thought of stops no other
            pause = self._parts.queue.failed(name, CRASHED_SECONDS)
            extra = {"server": "/".join(name), "again_after": round(pause, 1)}
            log.exception("a visit crashed", extra=extra)
            return "crashed"
        return "done"

    def _failed(self, name: Name, error: ClusterError, term: Term) -> str:
        result, least = "failed", REFUSED_SECONDS
        if isinstance(error, NotLeading):
            term.over.wait()
            return result
        if isinstance(error, Refused):
            result = "refused"
        elif isinstance(error, Conflict):
            self._look_again(name)
            least = 0.0
        elif isinstance(error, Busy | Unreachable) or error.status >= 500:
            least = error.retry_after or 0.0
        pause = self._parts.queue.failed(name, least)
        extra = {"server": "/".join(name), "reason": str(error), "again_after": round(pause, 1)}
        log.warning("a visit failed", extra=extra)
        return result

    def _look_again(self, name: Name) -> None:
        """After a conflict: something is not as we believed."""
        try:
            self._parts.world.refresh(name)
        except ClusterError as error:
            log.info("cannot look again", extra={"server": "/".join(name), "reason": str(error)})


def _join(threads: Iterable[Thread]) -> None:
    deadline = time.monotonic() + JOIN_SECONDS
    for thread in threads:
        thread.join(max(0.0, deadline - time.monotonic()))
