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
    failure = asyncio.ensure_future(bridge.failure())
    await asyncio.wait((asked.first, failure), return_when=asyncio.FIRST_COMPLETED)
    if failure.done():
        bridge.supply.kill()
        return failure.result()
    delay = 0.0 if chosen.command else chosen.settings.drain_delay
    ending = asyncio.ensure_future(bridge.end(delay))
    await asyncio.wait((asked.second, ending), return_when=asyncio.FIRST_COMPLETED)
    if ending.done():
        return ending.result()
    log.warning("ending at once")
    ending.cancel()
    bridge.supply.kill()
    return 1


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
