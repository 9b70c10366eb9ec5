"""The places where a server runs: beside the adapter, or behind a launcher."""

import asyncio
import os
import select
import subprocess
from collections.abc import AsyncGenerator, Generator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from adapter.link import Link
from adapter.local import Local
from adapter.pipes import Patience
from adapter.processes import Spawner
from tests.adapter.processes.ear import WITHIN
from tests.adapter.programs import launcher

PATIENT = Patience(after_eof=30.0, after_term=30.0, after_exit=30.0)
"""For servers that end when they are told to, on a machine that may stand still for a while."""
IMPATIENT = replace(PATIENT, after_eof=0.3)
"""For servers that do not end before they get a signal."""


@dataclass(frozen=True)
class Place:
    """One way to run servers."""

    kind: str
    socket: Path

    @asynccontextmanager
    async def serving(
        self,
        command: Sequence[str],
        environment: Mapping[str, str] | None = None,
        patience: Patience = PATIENT,
    ) -> AsyncGenerator[Spawner]:
        """Lend what starts *command*."""
        if self.kind == "local":
            yield Local(command, environment, patience)
            return
        flags = ["--relay"] if self.kind == "relay" else []
        async with (
            linked(self.socket, patience) as link,
            link.launched(command, flags, environment),
        ):
            yield link.link


class Linked:
    """A link that can be waited for, and the launchers that dial it."""

    def __init__(self, socket: Path, patience: Patience) -> None:
        self.socket = socket
        self.changed = asyncio.Event()
        self.draining = asyncio.Event()
        self.link = Link(socket, patience, changed=self.changed.set, draining=self.draining.set)

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
            await self.drained(running)

    async def drained(self, running: subprocess.Popen[bytes]) -> int:
        """Tell a launcher to end, as a kubelet does, and return how it exited."""
        running.terminate()
        await asyncio.wait_for(self.draining.wait(), WITHIN)
        self.link.drained()
        return await exit_code(running)


@asynccontextmanager
async def linked(socket: Path, patience: Patience = PATIENT) -> AsyncGenerator[Linked]:
    """Lend a link."""
    link = Linked(socket, patience)
    try:
        yield link
    finally:
        link.close()


@contextmanager
def start(
    socket: Path,
    command: Sequence[str],
    flags: Sequence[str] = (),
    environment: Mapping[str, str] | None = None,
) -> Generator[subprocess.Popen[bytes]]:
    """Run a launcher that serves *command*; a test that fails leaves none behind."""
    words = [str(launcher()), "--socket", str(socket), *flags, "--", *command]
    with subprocess.Popen(words, env=environment, stderr=subprocess.DEVNULL) as running:
        try:
            yield running
        finally:
            running.kill()


async def exit_code(running: subprocess.Popen[bytes]) -> int:
    """Return how a launcher exited."""
    return await asyncio.to_thread(running.wait, WITHIN)


def open_descriptors(pid: int | None = None) -> int:
    """Return how many descriptors a process has open, this one if none is named."""
    return len(list(Path(f"/proc/{pid or os.getpid()}/fd").iterdir()))


async def is_gone(pid: int) -> bool:
    """Wait for a process that need not be our child to end."""
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    ended, _, _ = await asyncio.to_thread(select.select, [descriptor], [], [], WITHIN)
    os.close(descriptor)
    return bool(ended)
