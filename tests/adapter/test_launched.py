"""The adapter with a launcher: draining with its container, and going on with another."""

import os
import signal
import subprocess
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from tests.adapter.client import begun
from tests.adapter.program import PUPPET, WAIT_SECONDS, Adapter, served_by_launcher, wait
from tests.adapter.programs import launcher


@contextmanager
def container(socket: Path, *flags: str) -> Generator[subprocess.Popen[bytes]]:
    """Run a launcher, as the server's container does."""
    words = [
        str(launcher()),
        "--socket",
        str(socket),
        "--termination-message=",
        *flags,
        "--",
        *PUPPET,
    ]
    with subprocess.Popen([*words, "--", *PUPPET], stderr=subprocess.DEVNULL) as process:
        try:
            yield process
        finally:
            process.kill()


def ready(adapter: Adapter) -> None:
    """Return once calls can be answered."""
    wait(lambda: adapter.ask("/readyz")[0] == 200, lambda: str(adapter.lines))


def test_a_restarted_container_is_drained_and_its_successor_used(tmp_path: Path) -> None:
    socket = tmp_path / "adapter.sock"
    with served_by_launcher(socket, "--drain-delay=100ms") as adapter:
        assert "waiting for launcher" in adapter.ask("/readyz")[1]
        with container(socket) as first:
            ready(adapter)
            client = begun(adapter)
            assert client.call("echo", text="one").text == "one"
            first.send_signal(signal.SIGTERM)
            wait(lambda: adapter.ask("/readyz")[0] == 503)
            assert first.wait(WAIT_SECONDS) in (0, -signal.SIGTERM, 143)
        with container(socket):
            ready(adapter)
            assert client.request("ping").status == 404
            assert begun(adapter).call("echo", text="two").text == "two"


def test_a_killed_launcher_costs_its_sessions_and_nothing_else(tmp_path: Path) -> None:
    socket = tmp_path / "adapter.sock"
    with served_by_launcher(socket) as adapter:
        with container(socket) as first:
            ready(adapter)
            client = begun(adapter)
            pid = int(client.call("pid").text)
            first.kill()
            first.wait(WAIT_SECONDS)
            wait(lambda: not Path(f"/proc/{pid}").exists() or _is_zombie(pid))
        with container(socket):
            ready(adapter)
            assert client.request("ping").status == 404


def test_the_container_of_a_job_ends_with_its_server(tmp_path: Path) -> None:
    socket = tmp_path / "adapter.sock"
    with served_by_launcher(socket) as adapter, container(socket, "--restart-policy=Never") as job:
        ready(adapter)
        wait(lambda: adapter.status()["processes"]["running"] == 1)
        os.kill(adapter.logged("the server is there")["pid"], signal.SIGTERM)
        assert job.wait(WAIT_SECONDS) == 143


def _is_zombie(pid: int) -> bool:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
