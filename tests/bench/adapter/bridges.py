"""A bridge that runs: on a port of its own, perhaps on one core, and ended with all it started."""

import contextlib
import os
import signal
import socket
import subprocess
import time
from collections.abc import Generator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.bench.adapter.peers import Peer, child
from tests.bench.adapter.places import ROOT, PeerError, folder
from tests.webhook.program import free_port

START_SECONDS = 60.0
END_SECONDS = 5.0
POLL_SECONDS = 0.002
SHELLS = {"sh", "bash", "dash", "taskset"}
CORES = sorted(os.sched_getaffinity(0))


@dataclass(frozen=True)
class Place:
    """What stands behind the bridges, and where they run."""

    child: str
    """legacy (a fast echo), dual (a fast echo of both eras) or python (one on the SDK)."""
    one_core: bool = False
    """The bridge has the last core for itself; its children and the load share the others."""

    def bridge_words(self) -> list[str]:
        """Return what pins a bridge."""
        return ["taskset", "-c", str(CORES[-1])] if self.pinned else []

    def other_words(self) -> list[str]:
        """Return what keeps everything else away from the bridge."""
        others = ",".join(str(core) for core in CORES[:-1])
        return ["taskset", "-c", others] if self.pinned else []

    @property
    def pinned(self) -> bool:
        """Tell whether there are cores to divide."""
        return self.one_core and len(CORES) > 1


class Bridge:
    """A running bridge."""

    def __init__(self, peer: Peer, place: Place, log: Path) -> None:
        """Start it."""
        self.peer = peer
        self.place = place
        self.start_seconds = 0.0
        self._log = log
        self._port = free_port()
        self._child = child(place.child)
        words = peer.command(self._port, [*place.other_words(), *self._child])
        self._started = time.monotonic()
        with log.open("wb") as output:
            self._process = subprocess.Popen(
                [*place.bridge_words(), *words],
                stdin=subprocess.PIPE,  # one of the peers ends when its stdin does
                stdout=output,
                cwd=ROOT,
                stderr=output,
                start_new_session=True,
            )

    @property
    def url(self) -> str:
        """Return the endpoint."""
        return f"http://127.0.0.1:{self._port}/mcp"

    def wait(self) -> None:
        """Wait until it accepts connections, and remember how long that took."""
        while time.monotonic() - self._started < START_SECONDS:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self._port)):
                self.start_seconds = time.monotonic() - self._started
                return
            if self._process.poll() is not None:
                break
            time.sleep(POLL_SECONDS)
        tail = self._log.read_text(errors="replace")[-1500:]
        raise PeerError(f"{self.peer.name} does not listen:\n{tail}")

    def memory(self) -> tuple[float, float]:
        """Return the resident MiB of the bridge, and of the bridge with all its children."""
        own = all_of_it = 0.0
        for pid in _tree(self._process.pid):
            with contextlib.suppress(OSError, IndexError, ValueError):
                folder = Path(f"/proc/{pid}")
                mebibytes = int((folder / "statm").read_text().split()[1]) * _PAGE / 2**20
                all_of_it += mebibytes
                if pid == self._process.pid or not self._is_child(folder):
                    own += mebibytes
        return own, all_of_it

    def end(self) -> None:
        """End it politely, then by force, with everything in its process group."""
        self._process.terminate()
        try:
            self._process.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        if self._process.stdin:
            self._process.stdin.close()

    def _is_child(self, folder: Path) -> bool:
        """Tell whether a process is a child, or a shell that was asked to start one."""
        program = (folder / "cmdline").read_text().split("\0")[0]
        return program == self._child[0] or Path(program).name in SHELLS


_PAGE = os.sysconf("SC_PAGE_SIZE")


def _tree(root: int) -> list[int]:
    found = [root]
    for pid in found:
        with contextlib.suppress(OSError):
            for task in Path(f"/proc/{pid}/task").iterdir():
                found += [int(word) for word in (task / "children").read_text().split()]
    return found


@contextmanager
def running(peers: Sequence[Peer], place: Place) -> Generator[list[Bridge]]:
    """Run one bridge of each peer for as long as the block lasts."""
    with ExitStack() as stack:
        bridges: list[Bridge] = []
        for peer in peers:
            bridge = Bridge(peer, place, folder() / f"{peer.name}.log")
            stack.callback(bridge.end)
            bridges.append(bridge)
        for bridge in bridges:
            bridge.wait()
        yield bridges
