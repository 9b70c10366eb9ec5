"""How a test comes by a server that speaks HTTP: without any bridge, or through ours."""

import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from typing import IO, Protocol

from tests.mcp.foreign import LEGACY, MODERN, ROOT, Packages, python

MODERN_REVISION = "2026-07-28"
HOST = "127.0.0.1"
START_SECONDS = 20.0
STOP_SECONDS = 10.0
POLL_SECONDS = 0.02


@dataclass(frozen=True)
class TestServer:
    """One of our two servers."""

    __test__ = False

    name: str
    packages: Packages
    module: str

    @property
    def command(self) -> list[str]:
        """What serves it over stdio, with the repository as the working directory."""
        return [python(self.packages), "-m", self.module]


DUAL_ERA = TestServer("dual-era", MODERN, "tests.mcp.servers.dual_era")
LEGACY_ONLY = TestServer("legacy", LEGACY, "tests.mcp.servers.legacy")


@dataclass(frozen=True)
class Address:
    """Where something is served; a bridge has every front on one port."""

    port: int

    def url(self, front: str) -> str:
        """Return the URL of a front: http, sse or ws."""
        path = {"http": "mcp", "sse": "sse", "ws": "ws"}[front]
        return f"{'ws' if front == 'ws' else 'http'}://{HOST}:{self.port}/{path}"


class Way(Protocol):
    """Serve what a command serves over stdio, for as long as a block lasts."""

    @property
    def __name__(self) -> str:
        """What tests and expectations are named after."""
        ...

    def __call__(self, command: Sequence[str], *flags: str) -> AbstractContextManager[Address]:
        """Start it."""
        ...


@contextmanager
def natively(command: Sequence[str], *flags: str) -> Generator[Address]:
    """Let one of our servers serve by itself: what there is to compare a bridge with."""
    port = free_port()
    with _running([*command, *flags, "--http", str(port)], port):
        yield Address(port)


@contextmanager
def bridged(command: Sequence[str], *flags: str) -> Generator[Address]:
    """Serve a stdio command through our bridge."""
    port = free_port()
    bridge = [sys.executable, "-m", "adapter", "--listen", f"{HOST}:{port}", *flags]
    with _running([*bridge, "--", *command], port):
        yield Address(port)


WAYS: tuple[Way, ...] = (natively,)
"""The ways that the tests judge; bridged joins them when there is a bridge."""


def speaks(way: Way, server: TestServer, revision: str) -> bool:
    """Say whether clients of a revision are served: a bridge translates for the legacy server."""
    return way is not natively or server is DUAL_ERA or revision != MODERN_REVISION


class Kept:
    """Servers that are started once and stay for the whole run."""

    def __init__(self, stack: ExitStack) -> None:
        """End them with the stack."""
        self._stack = stack
        self._running: dict[tuple[str, ...], Address] = {}

    def __call__(self, way: Way, command: Sequence[str], *flags: str) -> Address:
        """Return where the command is served this way."""
        key = (way.__name__, *command, "", *flags)
        if key not in self._running:
            self._running[key] = self._stack.enter_context(way(command, *flags))
        return self._running[key]


def free_port() -> int:
    """Return a port on which nobody listens."""
    with socket.create_server((HOST, 0)) as listener:
        return int(listener.getsockname()[1])


@contextmanager
def _running(words: Sequence[str], port: int) -> Generator[None]:
    """Run a program that listens on the port, and end it; show its log when it does not start."""
    with (
        tempfile.TemporaryFile("w+") as log,
        subprocess.Popen(words, cwd=ROOT, stdout=log, stderr=log, text=True) as process,
    ):
        try:
            _wait_until_it_listens(process, port, log)
            yield
        finally:
            _end(process)


def _wait_until_it_listens(process: subprocess.Popen[str], port: int, log: IO[str]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not _listens(port):
        if process.poll() is not None or time.monotonic() > deadline:
            log.seek(0)
            raise RuntimeError(f"it does not listen, exit code {process.poll()}:\n{log.read()}")
        time.sleep(POLL_SECONDS)


def _listens(port: int) -> bool:
    with socket.socket() as client:
        return client.connect_ex((HOST, port)) == 0


def _end(process: subprocess.Popen[str]) -> None:
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
