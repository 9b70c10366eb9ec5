"""How a test comes by a server that speaks HTTP: through our bridge, or without any."""

import os
import socket
import subprocess
import tempfile
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from tests.adapter.program import HOST, UNMEASURED, serving, wait
from tests.adapter.programs import launcher
from tests.mcp.foreign import LEGACY, MODERN, ROOT, Packages, no_proxies, python

BORN = Path(__file__).parent / "servers" / "born.py"
STOP_SECONDS = 60.0
AT_ONCE = 3
MANY_SESSIONS = ("--spares=2", "--session-idle=10s")
"""For clients that begin sessions in quick succession, and leave most of them behind."""
NO_PROXIES = "--drain-delay=0s"
"""Nobody has to hear that the Pod ends."""


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
def bridged(command: Sequence[str], *flags: str) -> Generator[Address]:
    """Serve a command through our bridge, which starts it by itself."""
    with serving(command, *flags, environment={**no_proxies(), **UNMEASURED}) as adapter:
        yield Address(adapter.wait_ready().port)


@contextmanager
def launched(command: Sequence[str], *flags: str) -> Generator[Address]:
    """Serve it as in a Pod: our launcher starts it, and hands its pipes to the bridge."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "adapter.sock"
        launch = [str(launcher()), "--socket", str(path), "--cgroup", "", "--", *command]
        port = _free_port()
        # In a Pod no page is local: the suite has to be let in by name.
        here = [f"--listen={HOST}:{port}", f"--allowed-origins=http://{HOST}:{port}"]
        linked = ["--launcher-socket", str(path), NO_PROXIES]
        with serving((), *here, *linked, *flags, environment=UNMEASURED) as adapter:
            adapter.logged("listening")  # a launcher that dials in vain waits longer and longer
            with running(launch):
                adapter.wait_ready()
                yield Address(port)


@contextmanager
def natively(command: Sequence[str], *flags: str) -> Generator[Address]:
    """Let one of our servers serve by itself: what judges the judges."""
    port = _free_port()
    with running([*command, *flags, "--http", str(port)], lambda: _listens(port)):
        yield Address(port)


WAYS: tuple[Way, ...] = (bridged, launched)
"""The ways that have to be as good as each other."""


class Kept:
    """Servers that are started once and stay for all tests of a file."""

    def __init__(self, stack: ExitStack) -> None:
        """End them with the stack."""
        self._stack = stack
        self._running: dict[tuple[str, ...], Address] = {}
        self._nurseries: dict[str, list[str]] = {}

    def __call__(self, way: Way, command: Sequence[str], *flags: str) -> Address:
        """Return where the command is served this way."""
        key = (way.__name__, *command)
        if key not in self._running:
            self._running[key] = self._stack.enter_context(way(command, *flags))
        return self._running[key]

    def together(self, way: Way, commands: Sequence[Sequence[str]], *flags: str) -> None:
        """Start all of these at once: most of the time each only waits."""
        with ThreadPoolExecutor(AT_ONCE) as threads:
            started = [threads.submit(self, way, command, *flags) for command in commands]
        for each in started:
            each.result()

    def ours(self, way: Way, server: TestServer) -> Address:
        """Return where one of our servers is served this way, quickly however many it takes."""
        if way is natively:
            return self(way, server.command)
        if server.name not in self._nurseries:
            self._nurseries[server.name] = self._stack.enter_context(nursery(server))
        return self(way, self._nurseries[server.name], *MANY_SESSIONS)


def _free_port() -> int:
    with socket.create_server((HOST, 0)) as listener:
        return int(listener.getsockname()[1])


def _listens(port: int) -> bool:
    with socket.socket() as client:
        return client.connect_ex((HOST, port)) == 0


@contextmanager
def nursery(server: TestServer) -> Generator[list[str]]:
    """Return a command for the same server, without the second that it takes to import."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "nursery.sock"
        interpreter = python(server.packages)
        words = [interpreter, "-m", "tests.mcp.servers.nursery", server.module, str(path)]
        with running(words, path.exists):
            yield [interpreter, "-I", "-S", str(BORN), str(path)]


@contextmanager
def running(words: Sequence[str], is_up: Callable[[], bool] = lambda: True) -> Generator[None]:
    """Run a program and end it; show what it wrote when it does not come up."""
    with (
        tempfile.TemporaryFile("w+") as written,
        subprocess.Popen(
            words,
            cwd=ROOT,
            env={**os.environ, **no_proxies()},
            stdout=written,
            stderr=written,
            text=True,
        ) as process,
    ):

        def explain() -> str:
            written.seek(0)
            return f"it is not up, exit code {process.poll()}:\n{written.read()}"

        try:
            wait(lambda: is_up() or process.poll() is not None, explain)
            assert process.poll() is None, explain()
            yield
        finally:
            _end(process)


def _end(process: subprocess.Popen[str]) -> None:
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
