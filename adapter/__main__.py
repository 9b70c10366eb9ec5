"""Start the adapter: `python -m adapter --help`."""

import asyncio
import logging
import os
import signal
import sys
from collections.abc import Mapping, Sequence

from adapter.bridge import Bridge
from adapter.link import Link
from adapter.local import Local
from adapter.settings import Choice, choice
from adapter.wire.server import run
from telemetry import logs

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
    spawner = _spawner(chosen, asked)
    bridge = Bridge(chosen.settings, spawner)
    asked.bridge = bridge
    await bridge.start()
    failure = asyncio.ensure_future(bridge.failure())
    await asyncio.wait((asked.first, failure), return_when=asyncio.FIRST_COMPLETED)
    if failure.done():
        bridge.supply.kill()
        return failure.result()
    ending = asyncio.ensure_future(_end(bridge, spawner, asked, chosen))
    await asyncio.wait((asked.second, ending), return_when=asyncio.FIRST_COMPLETED)
    if ending.done():
        return ending.result()
    log.warning("ending at once")
    ending.cancel()
    bridge.supply.kill()
    return 1


async def _end(bridge: Bridge, spawner: Local | Link, asked: "_Signals", chosen: Choice) -> int:
    """Drain; in a Pod the launcher asks for it, and the kubelet ends us when the server is gone."""
    if not isinstance(spawner, Local):
        await bridge.drain(chosen.settings.drain_delay)
        bridge.supply.close()  # the end of stdin is ours to give, the launcher has only signals
        spawner.drained()
        await asked.ordered
    else:
        await bridge.drain(0.0)
    await bridge.stop()
    return 0


def _spawner(chosen: Choice, asked: "_Signals") -> "Local | Link":
    path = chosen.settings.launcher_socket
    if path is None:
        return Local(chosen.command)
    return Link(path, changed=asked.news, draining=asked.drain)


class _Signals:
    """What asks us to end: the launcher, SIGTERM and SIGINT; the second signal insists."""

    def __init__(self) -> None:
        loop = asyncio.get_running_loop()
        self.bridge: Bridge | None = None
        self.first: asyncio.Future[None] = loop.create_future()
        """Done when we are to drain."""
        self.ordered: asyncio.Future[None] = loop.create_future()
        """Done by the first signal."""
        self.second: asyncio.Future[None] = loop.create_future()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._hear)

    def drain(self) -> None:
        """Hear that the Pod ends."""
        if not self.first.done():
            self.first.set_result(None)

    def news(self) -> None:
        """Hear that a launcher has come or gone."""
        if self.bridge is not None:
            self.bridge.resident.wake()

    def _hear(self) -> None:
        self.drain()
        waiting = next((one for one in (self.ordered, self.second) if not one.done()), None)
        if waiting is not None:
            waiting.set_result(None)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], os.environ))
