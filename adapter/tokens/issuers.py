"""An issuer that we trust, and its keys: fetched in a thread, kept, and renewed."""

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from threading import Thread

from adapter.tokens.discovery import Source
from adapter.tokens.keys import Keys
from adapter.tokens.refusals import UnknownKey, Unreachable
from adapter.tokens.written import Written

log = logging.getLogger("adapter.tokens")


@dataclass(frozen=True, kw_only=True)
class Pace:
    """How often keys are fetched, in seconds."""

    renew: float = 600.0
    """After so long they are fetched again, so that a key that was taken back is forgotten."""
    again: float = 60.0
    """Between two fetches that requests ask for, whatever keys they name."""
    retry: float = 5.0
    """The same, while there are no keys at all."""
    patience: float = 12.0
    """How long requests wait; longer than a slow issuer with one wrong turn takes."""


PACE = Pace()


class Issuer:
    """The keys of one issuer, and who waits for them."""

    def __init__(
        self, name: str, source: Source, changed: Callable[[], None], pace: Pace = PACE
    ) -> None:
        """Begin to fetch; *changed* hears whenever the keys are others than before."""
        self.name = name
        self.keys: Keys | None = None
        self.problem: str | None = None
        """Why the last fetch brought nothing, or None."""
        self._source = source
        self._changed = changed
        self._pace = pace
        self._loop = asyncio.get_running_loop()
        self._waiting: list[Callable[[], None]] = []
        self._is_fetching = False
        self._is_late = False
        self._earliest = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._fetch()

    def check(self, token: Written) -> None:
        """Raise Refused when a token is not signed by this issuer, UnknownKey when none can say."""
        if self.keys is None:
            raise UnknownKey
        self.keys.check(token)

    def renew(self, then: Callable[[], None]) -> bool:
        """Call *then* after a fetch; return False when it is too early or in vain to wait."""
        if self._is_late:
            return False
        if not self._is_fetching:
            if self._loop.time() < self._earliest:
                return False
            self._fetch()
        self._waiting.append(then)
        return True

    def close(self) -> None:
        """Fetch no more."""
        if self._timer is not None:
            self._timer.cancel()

    def _fetch(self) -> None:
        self.close()
        self._is_fetching, self._is_late = True, False
        self._timer = self._loop.call_later(self._pace.patience, self._lose_patience)
        Thread(target=self._run, name="keys", daemon=True).start()

    def _run(self) -> None:
        """Fetch, in a thread; whatever happens there, the loop hears of it."""
        found: Keys | str = "fetching the keys failed"
        try:
            found = self._source()
        except Unreachable as error:
            found = str(error)
        finally:
            with suppress(RuntimeError):  # the loop has ended in the meantime
                self._loop.call_soon_threadsafe(self._hear, found)

    def _hear(self, found: Keys | str) -> None:
        self._is_fetching = self._is_late = False
        if isinstance(found, Keys):
            self._take(found)
        else:
            self._fail(found)
        now, pace = self._loop.time(), self._pace
        self._earliest = now + (pace.retry if self.keys is None else pace.again)
        self.close()
        self._timer = self._loop.call_later(
            pace.renew if self.problem is None else pace.again, self._fetch
        )
        self._tell()

    def _take(self, found: Keys) -> None:
        self.problem = None
        if self.keys is None or self.keys.digest != found.digest:
            log.info("keys fetched", extra={"issuer": self.name, "keys": len(found.known)})
            self._changed()
        self.keys = found

    def _fail(self, reason: str) -> None:
        self.problem = reason
        log.warning("keys not fetched", extra={"issuer": self.name, "reason": reason})

    def _lose_patience(self) -> None:
        """Let nobody wait longer; the thread ends by itself, and no second one is begun."""
        self._is_late = True
        self._fail("the issuer is slow")
        self._tell()

    def _tell(self) -> None:
        waiting, self._waiting = self._waiting, []
        for then in waiting:  # each on its own: the failure of one is not that of the others
            self._loop.call_soon(then)
