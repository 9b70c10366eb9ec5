"""Start the adapter: `python -m adapter --help`."""

import asyncio
import logging
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from adapter.bridge import Bridge
from adapter.choices import Choice, choice
from adapter.environments import passed
from adapter.link import Link
from adapter.local import Local
from adapter.settings import Settings
from adapter.wire.server import run
from telemetry import logs
from telemetry.memory import settle

log = logging.getLogger("adapter")


def main(words: Sequence[str], environment: Mapping[str, str]) -> int:
    """Serve until told to stop; return the exit code."""
    chosen = choice(words, environment)
    logs.configure(chosen.settings.log_level)
    try:
        return run(_serve(chosen))
    except OSError as error:
        log.critical("cannot start", extra={"reason": str(error)})
        return 1


async def _serve(chosen: Choice) -> int:
    asked = _Signals()
    pod = _Pod(chosen.settings)
    path = chosen.settings.launcher_socket
    spawner = _local(chosen) if path is None else pod.link(path)
    pod.bridge = bridge = Bridge(chosen.settings, spawner)
    await bridge.start()
    settle()
    failure = asyncio.ensure_future(bridge.failure())
    reasons = (asked.first, pod.over, failure)
    await asyncio.wait(reasons, return_when=asyncio.FIRST_COMPLETED)
    if failure.done():
        bridge.supply.kill()
        return failure.result()
    idle = spawner.unavailable() is not None or path is None
    ending = asyncio.ensure_future(bridge.end(0.0 if idle else chosen.settings.drain_delay))
    await asyncio.wait((asked.second, ending), return_when=asyncio.FIRST_COMPLETED)
    if ending.done():
        return ending.result()
    log.warning("ending at once")
    ending.cancel()
    bridge.supply.kill()
    return 1


def _local(chosen: Choice) -> Local:
    return Local(chosen.command, passed(os.environ, chosen.settings.pass_environment))


class _Pod:
    """What the launcher makes of us: it drains with its container, and another may come."""

    def __init__(self, settings: Settings) -> None:
        self.bridge: Bridge | None = None
        self.over: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        """Done when there is nothing left to wait for: a Job's server has ended."""
        self._ends_with_server = settings.end_with_server
        self._delay = settings.drain_delay
        self._link: Link | None = None
        self._drain: asyncio.Task[None] | None = None

    def link(self, path: Path) -> Link:
        self._link = Link(path, changed=self._changed, draining=self._draining)
        return self._link

    def _draining(self) -> None:
        if self.bridge is not None and self._drain is None:
            self.bridge.draining = True
            self._drain = asyncio.ensure_future(self._quiet(self.bridge))

    async def _quiet(self, bridge: Bridge) -> None:
        await bridge.drain(self._delay)
        bridge.supply.close()  # the end of stdin is ours to give, the launcher has only signals
        if self._link is not None:
            self._link.drained()

    def _changed(self) -> None:
        """Hear that a launcher has come or gone; a new one has nothing to do with the drain."""
        if self.bridge is None or self._link is None:
            return
        if self._link.unavailable() is None:
            self._welcome(self.bridge)
        self.bridge.resident.wake()
        if self._ends_with_server and self._link.is_over and not self.over.done():
            self.over.set_result(None)

    def _welcome(self, bridge: Bridge) -> None:
        if self._drain is not None:
            self._drain.cancel()
            self._drain = None
            bridge.resume()
        elif not bridge.draining:
            bridge.supply.reopen()  # how long to wait after a crash is the kubelet's to decide


class _Signals:
    """SIGTERM and SIGINT: the first asks, the second insists."""

    def __init__(self) -> None:
        loop = asyncio.get_running_loop()
        self.first: asyncio.Future[None] = loop.create_future()
        self.second: asyncio.Future[None] = loop.create_future()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._hear)

    def _hear(self) -> None:
        waiting = next((one for one in (self.first, self.second) if not one.done()), None)
        if waiting is not None:
            waiting.set_result(None)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], os.environ))
