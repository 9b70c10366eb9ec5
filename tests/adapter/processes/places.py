"""The places where a server runs: beside the adapter, or behind a launcher."""

import asyncio
import os
import subprocess
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from adapter.link import Link
from adapter.local import Local
from adapter.pipes import Patience
from adapter.processes import Spawner
from tests.adapter.processes.ear import WITHIN
from tests.adapter.programs import launcher

IMPATIENT = Patience(after_eof=0.3, after_term=0.3, after_exit=0.5)


@dataclass(frozen=True)
class Place:
    """One way to run servers."""

    kind: str
    socket: Path

    @asynccontextmanager
    async def serving(
        self, command: Sequence[str], environment: Mapping[str, str] | None = None
    ) -> AsyncGenerator[Spawner]:
        """Lend what starts *command*."""
        if self.kind == "local":
            yield Local(command, environment, IMPATIENT)
            return
        link = Linked(self.socket)
        flags = ["--relay"] if self.kind == "relay" else []
        async with link.launched(command, flags, environment):
            yield link.link
        link.close()


class Linked:
    """A link that can be waited for, and the launchers that dial it."""

    def __init__(self, socket: Path) -> None:
        self.socket = socket
        self.changed = asyncio.Event()
        self.draining = asyncio.Event()
        self.link = Link(socket, IMPATIENT, changed=self.changed.set, draining=self.draining.set)

    def close(self) -> None:
        self.link.close()

    async def until(self, *, connected: bool) -> None:
        """Wait until a launcher is there, or gone."""
        async with asyncio.timeout(WITHIN):
            while self.link.facts().connected != connected:
                self.changed.clear()
                await self.changed.wait()

    @asynccontextmanager
    async def launched(
        self,
        command: Sequence[str],
        flags: Sequence[str] = (),
        environment: Mapping[str, str] | None = None,
    ) -> AsyncGenerator[subprocess.Popen[bytes]]:
        """Run a launcher until it is told to end."""
        with start(self.socket, command, flags, environment) as running:
            await self.until(connected=True)
            yield running
            running.terminate()
            self.link.drained()
            await exit_code(running)


@asynccontextmanager
async def linked(socket: Path) -> AsyncGenerator[Linked]:
    """Lend a link."""
    link = Linked(socket)
    yield link
    link.close()


def start(
    socket: Path,
    command: Sequence[str],
    flags: Sequence[str] = (),
    environment: Mapping[str, str] | None = None,
) -> subprocess.Popen[bytes]:
    """Start a launcher that serves *command*."""
    words = [str(launcher()), "--socket", str(socket), *flags, "--", *command]
    return subprocess.Popen(words, env=environment, stderr=subprocess.DEVNULL)


async def exit_code(running: subprocess.Popen[bytes]) -> int:
    """Return how a launcher exited."""
    return await asyncio.to_thread(running.wait, WITHIN)


def open_descriptors(pid: int | None = None) -> int:
    """Return how many descriptors a process has open, this one if none is named."""
    return len(list(Path(f"/proc/{pid or os.getpid()}/fd").iterdir()))


def children_of(pid: int) -> list[str]:
    """Return the children of a process."""
    return Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
