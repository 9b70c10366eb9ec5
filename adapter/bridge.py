"""The bridge: one server command, and every front it is served on."""

import asyncio
import logging
from importlib.metadata import version
from typing import Any

from adapter.admin import Admin
from adapter.children import Manner
from adapter.eras import Knowledge
from adapter.figures import Figures
from adapter.legacy.events import Events
from adapter.legacy.front import Legacy
from adapter.legacy.keeper import HARD_FACTOR, Bounds, Keeper
from adapter.legacy.sockets import Sockets
from adapter.modern.front import Modern
from adapter.modern.policy import Policy, Sharing
from adapter.processes import Spawner
from adapter.report import exposition, status
from adapter.resident import Plan, Resident
from adapter.routes import Gate, Routes
from adapter.settings import Settings
from adapter.supply import STOPPING, Supply
from adapter.wire.guard import Guard
from adapter.wire.limits import Limits
from adapter.wire.server import Handler, Server
from telemetry.listening import Address, bound, listen

log = logging.getLogger("adapter")

TICK_SECONDS = 0.5
LATE_SECONDS = 1.0
"""So late the loop never is by its own work: the machine was busy, or the process was stopped."""
REFILL_SECONDS = 0.01
"""Starting a process stops the loop for milliseconds: first the new session gets its answer."""
STOP_SECONDS = 10.0
"""Longer than a process may take from the end of its stdin to SIGKILL."""
HEADROOM = 4
"""Processes for the resident, its successor, and the probes."""


class Bridge:
    """Everything that runs, put together from the settings."""

    def __init__(self, settings: Settings, spawner: Spawner) -> None:
        """Build it; nothing listens yet."""
        self.settings = settings
        self.figures = Figures()
        self.version = version("kmcp")
        policy = _policy(settings, self.version)
        self.supply = Supply(
            spawner,
            self.figures,
            Manner(settings.message_bytes, settings.expose_stderr),
            most=settings.sessions + settings.spares + policy.hosts + HEADROOM,
            spares=settings.spares,
        )
        plan = Plan(
            version=self.version,
            era=settings.era,
            start_seconds=settings.start_timeout,
            probe_seconds=settings.probe_timeout,
        )
        self.resident = Resident(self.supply, plan)
        self.keeper = Keeper(
            self.supply, _bounds(settings), self.figures, lambda: self.resident.knowledge
        )
        self.legacy = Legacy(self.keeper, self.figures)
        self.modern = Modern(self.supply, policy, self.figures)
        self.resident.on_child = self.modern.adopt
        in_pod = settings.launcher_socket is not None
        guard = Guard(
            settings.allowed_hosts,
            settings.allowed_origins,
            in_pod=in_pod,
            cluster_domain=settings.cluster_domain,
        )
        gate, pages = _gate(settings, guard, self.figures)
        fronts = (self.legacy, self.modern, Events(self.keeper), Sockets(self.keeper))
        self.routes = Routes(guard, gate, fronts, self.figures, settings.path)
        self.admin = Admin(self.unready, lambda: exposition(self), lambda: status(self))
        self.routes.public["/health"] = self.admin.live
        self.routes.public.update(pages)
        self.servers: list[Server] = []
        self.draining = False
        self._drain: asyncio.Task[None] | None = None
        self._is_ending = False
        self._work: list[asyncio.Task[None]] = []

    def unready(self) -> str | None:
        """Return why no calls can be answered, or None."""
        if self.draining:
            return STOPPING
        return self.supply.unavailable() or self.resident.reason

    async def start(self) -> None:
        """Open the ports, and begin to look for the server."""
        settings = self.settings
        limits = Limits(
            body=settings.request_bytes,
            bodies=max(settings.request_bytes * 4, Limits.bodies),
            connections=settings.connections,
            queue=settings.queue_bytes,
        )
        await self._open("mcp", self.routes.handle, limits, settings.listen)
        if settings.admin is not None:
            await self._open("admin", self.admin.handle, Limits(connections=64), settings.admin)
        loop = asyncio.get_running_loop()
        self.supply.wanted = lambda: loop.call_later(REFILL_SECONDS, self._refill)
        self._work = [asyncio.create_task(one) for one in (self.resident.run(), self._tick())]

    async def failure(self) -> int:
        """Return an exit code when something that must run for ever has not."""
        done, _ = await asyncio.wait(self._work, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            if not task.cancelled() and (error := task.exception()) is not None:
                log.critical("the adapter failed", exc_info=error)
        return 1

    async def end(self, delay: float) -> int:
        """Drain, stop, and return the exit code."""
        self._is_ending = True
        if self.settings.launcher_socket is None:
            self.servers[0].stop_accepting()  # there is no other Pod that clients could reach
        await self.drain(delay)
        await self.stop()
        return 0

    async def drain(self, delay: float) -> None:
        """Go on for *delay*, then finish what is in flight; however many ask, it is done once."""
        if self._drain is None:
            self.draining = True
            self.servers[0].send_away()
            self._drain = asyncio.create_task(self._quiet(delay))
        await asyncio.shield(self._drain)

    async def _quiet(self, delay: float) -> None:
        """Begin nothing new, finish what is in flight, and close streams and connections."""
        await asyncio.sleep(delay)
        self.keeper.draining = True
        log.info("draining", extra={"in_flight": self.figures.in_flight})
        self.modern.drain()
        loop = asyncio.get_running_loop()
        deadline = loop.time() + self.settings.grace
        while self.figures.in_flight and loop.time() < deadline:
            await asyncio.sleep(TICK_SECONDS / 10)
        self.keeper.close(STOPPING)
        self.servers[0].close_idle()

    def resume(self) -> None:
        """Go on: only the server's container was to end, and another has come."""
        if self._is_ending:
            return
        if self._drain is not None:
            self._drain.cancel()
            self._drain = None
        self.draining = self.keeper.draining = False
        self.servers[0].send_away(away=False)
        self.supply.reopen()
        self.modern.resume()
        self.resident.wake()

    async def stop(self) -> None:
        """End every process and connection."""
        for task in self._work:
            task.cancel()
        self.modern.close()
        self.supply.close()
        loop = asyncio.get_running_loop()
        deadline = loop.time() + STOP_SECONDS
        while self.supply.children and loop.time() < deadline:
            await asyncio.sleep(TICK_SECONDS / 10)
        self.supply.kill()
        for server in self.servers:
            server.stop_accepting()
            server.abort()

    def told(self, knowledge: Knowledge) -> dict[str, Any]:
        """Return what is known of the server, for people."""
        return {
            "info": knowledge.info,
            "versions": list(knowledge.versions),
            "era": "modern" if knowledge.modern else "legacy",
            "capabilities": knowledge.capabilities,
        }

    async def _open(self, what: str, handler: Handler, limits: Limits, where: Address) -> None:
        server = Server(handler, limits, self._refused)
        socket = listen(where)
        await server.start([socket])
        self.servers.append(server)
        log.info("listening", extra={"what": what, "address": str(bound(socket))})

    def _refused(self, reason: str) -> None:
        self.figures.refused[reason] += 1

    async def _tick(self) -> None:
        loop = asyncio.get_running_loop()
        now = loop.time()
        while True:
            await asyncio.sleep(TICK_SECONDS)
            late, now = loop.time() - now - TICK_SECONDS, loop.time()
            if late > LATE_SECONDS:
                self._forgive(late)
            self.keeper.tick(now)
            self.legacy.tick(now)
            self.modern.tick(now)
            self._refill()

    def _forgive(self, seconds: float) -> None:
        """Count no time in which this process did not run against clients or servers."""
        log.warning("did not run for a while", extra={"seconds": round(seconds, 1)})
        self.keeper.forgive(seconds)
        for child in self.supply.children:
            child.calls.forgive(seconds)

    def _refill(self) -> None:
        if not self.draining:
            self.supply.refill()


def _bounds(settings: Settings) -> Bounds:
    return Bounds(
        sessions=settings.sessions,
        idle_seconds=settings.session_idle,
        oldest_seconds=settings.session_age,
        start_seconds=settings.start_timeout,
        request_seconds=settings.request_timeout,
        concurrency=settings.concurrency,
    )


def _policy(settings: Settings, version: str) -> Policy:
    return Policy(
        version=version,
        sharing=Sharing(settings.isolation),
        start_seconds=settings.start_timeout,
        request_seconds=settings.request_timeout,
        longest_seconds=settings.request_timeout * HARD_FACTOR,
        concurrency=settings.concurrency,
        parked=settings.parked_calls,
    )


def _gate(
    settings: Settings, guard: Guard, figures: Figures
) -> tuple[Gate | None, dict[str, Handler]]:
    """Return what asks for credentials, and the pages that say how to get one."""
    if not settings.token_issuer:
        return None, {}
    from adapter.tokens.gate import gate  # needs cryptography, which costs who has no tokens

    made = gate(settings, guard, figures)
    return made, dict(made.metadata.pages())
