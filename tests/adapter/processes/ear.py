"""A listener that remembers, and loops for tests to run in."""

import asyncio
import functools
from collections.abc import Callable, Coroutine
from typing import Any, ParamSpec

import uvloop

from adapter.processes import Ending

WITHIN = 60.0
"""Seconds after which waiting has failed."""

P = ParamSpec("P")
Test = Callable[P, Coroutine[Any, Any, None]]


class Ear:
    """Remembers all that it hears of one process."""

    def __init__(self) -> None:
        self.pid = 0
        self._heard = bytearray()
        self.events: list[str] = []
        self.ending: Ending | None = None
        self._changed = asyncio.Event()

    @property
    def heard(self) -> bytes:
        return bytes(self._heard)

    def started(self, pid: int) -> None:
        self.pid = pid
        self._note("started")

    def received(self, chunk: bytes) -> None:
        self._heard += chunk
        self._changed.set()

    def pause_writing(self) -> None:
        self._note("pause")

    def resume_writing(self) -> None:
        self._note("resume")

    def ended(self, ending: Ending) -> None:
        self.ending = ending
        self._note("ended")

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait for what it hears to make *condition* true."""
        async with asyncio.timeout(WITHIN):
            while not condition():
                self._changed.clear()
                await self._changed.wait()

    async def end(self) -> Ending:
        """Return how the process ended."""
        await self.until(lambda: self.ending is not None)
        assert self.ending is not None
        return self.ending

    def _note(self, event: str) -> None:
        assert "ended" not in self.events, f"{event} came after the end"
        self.events.append(event)
        self._changed.set()


def in_a_loop(test: Test[P]) -> Callable[P, None]:
    """Run a test in the loop that the adapter runs in."""

    @functools.wraps(test)
    def run(*arguments: P.args, **named: P.kwargs) -> None:
        uvloop.run(test(*arguments, **named))

    return run
