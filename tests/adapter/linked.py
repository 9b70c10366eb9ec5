"""An adapter and a launcher, each a process of its own, as in a Pod."""

import subprocess
import tempfile
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.adapter.program import Adapter, started, wait
from tests.adapter.programs import launcher


class Pod:
    """A socket, and the programs on both of its sides."""

    def __init__(self, socket: Path, command: Sequence[str], flags: Sequence[str]) -> None:
        """Serve *command*; *flags* are those of the adapter."""
        self._socket = socket
        self._command = list(command)
        self._flags = flags
        self._adapters: list[Adapter] = []
        self._launchers: list[subprocess.Popen[bytes]] = []

    def adapter(self) -> Adapter:
        """Start an adapter."""
        made = started([f"--launcher-socket={self._socket}", *self._flags])
        self._adapters.append(made)
        made.logged("listening", what="admin")
        return made

    def launcher(self, *flags: str) -> subprocess.Popen[bytes]:
        """Start a launcher; *flags* are its own."""
        words = [str(launcher()), "--socket", str(self._socket), "--cgroup=", *flags, "--"]
        made = subprocess.Popen([*words, *self._command], stderr=subprocess.DEVNULL)
        self._launchers.append(made)
        return made

    def close(self) -> None:
        """End everything."""
        for running in self._launchers:
            running.kill()
            running.wait()
        for adapter in self._adapters:
            adapter.process.kill()
            adapter.process.wait()
            adapter.join()
            assert adapter.process.stderr is not None
            adapter.process.stderr.close()


@contextmanager
def pod(command: Sequence[str], *flags: str) -> Generator[Pod]:
    """Lend a Pod in which nothing runs yet."""
    with tempfile.TemporaryDirectory(prefix="kmcp-") as folder:
        made = Pod(Path(folder) / "adapter.sock", command, flags)
        try:
            yield made
        finally:
            made.close()


def wait_unready(adapter: Adapter, reason: str) -> None:
    """Return once the adapter says that it is not ready, and why."""
    wait(lambda: reason in adapter.ask("/readyz")[1], lambda: adapter.ask("/readyz")[1])
