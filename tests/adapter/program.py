"""The adapter as tests run it: a process of its own, its log, its ports."""

import http.client
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

HOST = "127.0.0.1"
WAIT_SECONDS = 120.0
POLL_SECONDS = 0.02
UNMEASURED = {"COVERAGE_PROCESS_CONFIG": ""}
"""For an adapter that has much to do: to measure coverage makes it several times slower."""
PUPPET = (sys.executable, str(Path(__file__).with_name("puppet.py")))
NOVEL = (sys.executable, str(Path(__file__).with_name("novel.py")))


class Adapter:
    """A running adapter."""

    host = HOST

    def __init__(self, process: subprocess.Popen[str]) -> None:
        """Follow the log of *process*."""
        self.process = process
        self.lines: list[dict[str, Any]] = []
        self._news = threading.Condition()
        self._follower = threading.Thread(target=self._follow, daemon=True)
        self._follower.start()

    @property
    def port(self) -> int:
        """Where clients go."""
        return _port(self.logged("listening", what="mcp"))

    @property
    def admin(self) -> int:
        """Where people go."""
        return _port(self.logged("listening", what="admin"))

    @property
    def url(self) -> str:
        """Where Streamable HTTP is served."""
        return f"http://{HOST}:{self.port}/mcp"

    def logged(self, message: str, **fields: object) -> dict[str, Any]:
        """Return the first line with this message and these fields, once it is there."""
        wanted = {"message": message, **fields}

        def find() -> dict[str, Any] | None:
            return next((line for line in self.lines if wanted.items() <= line.items()), None)

        with self._news:
            self._news.wait_for(lambda: find() is not None, WAIT_SECONDS)
        found = find()
        assert found is not None, f"no {wanted} in {self.lines}"
        return found

    def ask(self, path: str) -> tuple[int, str]:
        """Return what the admin port answers."""
        with closing(http.client.HTTPConnection(HOST, self.admin, timeout=WAIT_SECONDS)) as client:
            client.request("GET", path)
            answer = client.getresponse()
            return answer.status, answer.read().decode()

    def status(self) -> dict[str, Any]:
        """Return the status."""
        found: dict[str, Any] = json.loads(self.ask("/status")[1])
        return found

    def wait_ready(self) -> "Adapter":
        """Return once calls can be answered."""
        wait(lambda: self.ask("/readyz")[0] == 200, lambda: str(self.lines))
        return self

    def terminate(self) -> None:
        """Send SIGTERM."""
        self.process.send_signal(signal.SIGTERM)

    def exit_code(self) -> int:
        """Return how it ended, once it has."""
        return self.process.wait(WAIT_SECONDS)

    def close(self) -> None:
        """End it, politely so that its servers end with it."""
        if self.process.poll() is None:
            self.terminate()
            self.exit_code()

    def join(self) -> None:
        """Read the log to its end."""
        self._follower.join(WAIT_SECONDS)
        assert not self._follower.is_alive(), "a server outlived the adapter"

    def _follow(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            with self._news:
                self.lines.append(json.loads(line))
                self._news.notify_all()


def started(words: Sequence[str], environment: Mapping[str, str] | None = None) -> Adapter:
    """Start an adapter on ports of its own; whoever does so ends it."""
    clean = {name: value for name, value in os.environ.items() if "KMCP" not in name}
    process = subprocess.Popen(
        [sys.executable, "-m", "adapter", "--listen=127.0.0.1:0", "--admin=127.0.0.1:0", *words],
        stderr=subprocess.PIPE,
        text=True,
        env={**clean, **(environment or {})},
    )
    return Adapter(process)


@contextmanager
def serving(
    command: Sequence[str] = PUPPET,
    *flags: str,
    environment: Mapping[str, str] | None = None,
) -> Generator[Adapter]:
    """Run the adapter on ports of its own for as long as the block lasts."""
    adapter = started([*flags, "--", *command], environment)
    with adapter.process:
        try:
            yield adapter
            adapter.close()
        finally:
            adapter.process.kill()
            adapter.join()


def wait(claim: Callable[[], object], explain: Callable[[], str] = str) -> None:
    """Return once *claim* holds, and fail with what *explain* says when it never does."""
    deadline = time.monotonic() + WAIT_SECONDS
    while not claim():
        assert time.monotonic() < deadline, explain()
        time.sleep(POLL_SECONDS)


def _port(line: Mapping[str, Any]) -> int:
    return int(str(line["address"]).rpartition(":")[2])
