"""The child that is always there: it proves that the server works, and tells what it is."""

import asyncio
import logging
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from adapter.catalogue import offered
from adapter.children import Child, Failed
from adapter.eras import Knowledge, discover, initialize
from adapter.jsonrpc import Envelope
from adapter.processes import Ending
from adapter.supply import NoChild, Supply

log = logging.getLogger("adapter.resident")

Met = tuple[Child, Knowledge]
"""A process that has shaken hands, and what it told."""

PATIENCE = 1
"""How often a server may die when asked for its era, before that counts as an answer."""
PROBE_EVERY = 2.0
PROBE_SECONDS = 2.5
LIST_EVERY = 60.0
SHORTEST_PAUSE, LONGEST_PAUSE = 0.5, 15.0


@dataclass(frozen=True, kw_only=True)
class Plan:
    """How to find out what the server is."""

    version: str
    """Ours, for the server."""
    era: str
    """auto, legacy or modern: what the administrator knows already."""
    start_seconds: float
    probe_seconds: float


class Resident:
    """Keeps one child that has shaken hands, and asks it now and then whether it lives."""

    def __init__(self, supply: Supply, plan: Plan) -> None:
        """Begin without one."""
        self.knowledge: Knowledge | None = None
        self.reason: str | None = "waiting for the first handshake with the server"
        """Why it is not ready, None when it is."""
        self.catalogue: dict[str, Any] = {}
        """What the server offers: counts and a digest."""
        self.on_child: Callable[[Child, Knowledge], None] | None = None
        """Told of each new resident, to use it for more than probes."""
        self._supply = supply
        self._plan = plan
        self._deaths = 0
        self._gone = asyncio.Event()
        self._news = asyncio.Event()

    async def run(self) -> None:
        """Keep a resident until cancelled."""
        pause = SHORTEST_PAUSE
        while True:
            try:
                child, knowledge = await self._settle()
            except (Failed, NoChild) as error:
                self.reason = self._supply.unavailable() or str(error)
                pause = await self._rest(pause)
                continue
            pause = SHORTEST_PAUSE
            self._welcome(child, knowledge)
            listing = asyncio.ensure_future(self._list(child, knowledge))
            try:
                await self._watch(child, knowledge)
            finally:
                listing.cancel()
            if self._supply.spawner.is_once():
                self._news.clear()
                await self._news.wait()  # a Job is done when its server is

    def wake(self) -> None:
        """Try again now: something has changed."""
        self._news.set()

    async def _rest(self, seconds: float) -> float:
        """Wait for a while, or for news; return how long to wait the next time."""
        self._news.clear()
        try:
            async with asyncio.timeout(seconds):
                await self._news.wait()
        except TimeoutError:
            return min(LONGEST_PAUSE, seconds * 2)
        return SHORTEST_PAUSE

    async def _settle(self) -> Met:
        """Return a child that has shaken hands, in the newest era that the server speaks."""
        if self._plan.era == "legacy":
            return await self._initialized()
        child = self._supply.take()
        asking = asyncio.ensure_future(self._discover(child))
        if self._plan.era == "auto":
            await asyncio.wait((asking,), timeout=self._plan.probe_seconds)
            if not asking.done():
                return await self._compare(child, asking)
        knowledge = await asking
        if knowledge is not None:
            return child, knowledge
        if self._plan.era == "modern":
            self._supply.failed_to_answer(child, "the server did not answer server/discover")
            raise Failed("the server did not answer server/discover")
        if child.ending is not None and self._deaths < PATIENCE:
            self._deaths += 1  # of the question, or of something that passes
            raise Failed(str(child.ending))
        try:
            return await self._initialized()
        finally:
            child.stop()  # only now: a container of a Job ends with its last process

    async def _discover(self, child: Child) -> Knowledge | None:
        try:
            return await discover(child, self._plan.version, self._plan.start_seconds)
        except Failed:
            return None

    async def _compare(self, child: Child, asking: "asyncio.Future[Knowledge | None]") -> Met:
        """Tell a server that is slow to start from one that is silent because it is legacy.

        A second process is greeted in the older way: if it answers while the first, which has had
        more time, is still silent, then the server is legacy.
        """
        greeting = asyncio.ensure_future(self._initialized())
        greeting.add_done_callback(lambda done: done.cancelled() or done.exception())
        await asyncio.wait((asking, greeting), return_when=asyncio.FIRST_COMPLETED)
        knowledge = asking.result() if asking.done() else None
        if knowledge is None:
            try:
                return await greeting
            finally:
                child.stop()
                await asking
        greeting.cancel()
        return child, knowledge

    async def _initialized(self) -> Met:
        child = self._supply.take()
        try:
            seconds = self._plan.start_seconds
            return child, await initialize(child, self._plan.version, {}, seconds)
        except Failed as error:
            self._supply.failed_to_answer(child, f"the handshake failed: {error}")
            raise
        except asyncio.CancelledError:
            child.stop()
            raise

    async def _list(self, child: Child, knowledge: Knowledge) -> None:
        """Keep an eye on what the server offers."""
        while True:
            self.catalogue = await offered(child, knowledge, self._plan.version)
            await asyncio.sleep(LIST_EVERY)

    def _welcome(self, child: Child, knowledge: Knowledge) -> None:
        self._supply.answered(child)
        self.knowledge = knowledge
        self.reason = None
        child.owner = self
        self._gone.clear()
        extra = {"pid": child.pid, "server": knowledge.info.get("name", "")}
        extra["versions"] = ", ".join(knowledge.versions)
        log.info("the server is there", extra=extra)
        if self.on_child is not None:
            self.on_child(child, knowledge)

    async def _watch(self, child: Child, knowledge: Knowledge) -> None:
        """Return when the resident is no more; a silent one is not ready, and ended in the end."""
        heard = time.monotonic()
        before = child.received_bytes
        while child.ending is None:
            with suppress(TimeoutError):
                async with asyncio.timeout(PROBE_EVERY):
                    await self._gone.wait()
            if child.received_bytes != before:
                before, heard = child.received_bytes, time.monotonic()
                self.reason = None
            elif child.ending is None and await self._probe(child, knowledge):
                heard = time.monotonic()
            silent = time.monotonic() - heard
            if not child.calls.busy or silent > self._plan.start_seconds:
                self._judge(child, silent)
        self.reason = f"the server ended: {child.ending}"

    def _judge(self, child: Child, silent: float) -> None:
        """Say that a server is silent, though it has nothing to do, or has had it for long."""
        if silent < PROBE_SECONDS or child.ending is not None:
            return
        self.reason = f"the server answers nothing, not even a ping, for {silent:.0f}s"
        if silent > self._plan.start_seconds and not child.calls.busy:
            log.warning("the server was ended, as it was silent", extra={"pid": child.pid})
            child.stop()

    async def _probe(self, child: Child, knowledge: Knowledge) -> bool:
        """Say whether it answers."""
        try:
            if knowledge.modern:
                await discover(child, self._plan.version, PROBE_SECONDS)
            else:
                await child.ask("ping", {}, PROBE_SECONDS)
        except Failed:
            return False
        return True

    def said(self, child: Child, message: bytes, envelope: Envelope) -> None:
        """Hear a message that nobody else wants."""

    def gone(self, child: Child, ending: Ending) -> None:  # noqa: ARG002 - an Owner has them
        """Hear that it has ended."""
        self._gone.set()
