"""Start the adapter: `python -m adapter --help`."""

import asyncio
import logging
import os
import signal
import sys
from collections.abc import Mapping, Sequence

from adapter.bridge import Bridge
from adapter.processes import Spawner
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
    spawner = await _spawner(chosen)
    bridge = Bridge(chosen.settings, spawner)
    await bridge.start()
    await asked.first()
    delay = 0.0 if chosen.command else chosen.settings.drain_delay
    ending = asyncio.ensure_future(bridge.drain(delay))
    hurry = asyncio.ensure_future(asked.second())
    await asyncio.wait((ending, hurry), return_when=asyncio.FIRST_COMPLETED)
    if hurry.done():
        log.warning("ending at once")
        ending.cancel()
        bridge.supply.kill()
        return 1
    hurry.cancel()
    await bridge.stop()
    return 0


async def _spawner(chosen: Choice) -> Spawner:
    if chosen.settings.launcher_socket is None:
        from adapter.local import Local

        return Local(chosen.command)
    from adapter.link import Link

    link = Link(chosen.settings.launcher_socket)
    await link.start()
    return link


class _Signals:
    """SIGTERM and SIGINT: the first asks, the second insists."""

    def __init__(self) -> None:
        self._count = 0
        self._news = asyncio.Condition()
        loop = asyncio.get_running_loop()
        self._asked = (loop.create_future(), loop.create_future())
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._hear)

    async def first(self) -> None:
        await self._asked[0]

    async def second(self) -> None:
        await self._asked[1]

    def _hear(self) -> None:
        if self._count < len(self._asked):
            self._asked[self._count].set_result(None)
        self._count += 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], os.environ))
