"""A reconciler as a test sees it: a real process, its log and its ports."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any

from tests.webhook.program import POLL_SECONDS, Program

SECONDS = 180.0
"""A generous bound: the machine is shared, and programs are slower when they are measured."""


class Reconciler(Program):
    """A running reconciler."""

    def logged(self, message: str, **fields: object) -> dict[str, Any]:
        """Return the first line with this message and these fields, once it is there."""
        with self._news:
            self._news.wait_for(lambda: self._find(message, fields) is not None, SECONDS)
            found = self._find(message, fields)
        assert found is not None, f"no {message!r} with {fields} in {self.lines}"
        return found

    def wait_ready(self) -> None:
        """Return once it says that it is ready."""
        wait(lambda: self.probe() == (200, "ok\n"), lambda: f"{self.probe()} {self.lines}")

    @property
    def metrics(self) -> int:
        """The port of the metrics."""
        line = self.logged("listening", what="metrics")
        return int(str(line["address"]).rpartition(":")[2])


@contextmanager
def running(*flags: str) -> Generator[Reconciler]:
    """Run a reconciler on ports of its own for as long as the block lasts."""
    words = [
        "--health-probe-bind-address=127.0.0.1:0",
        "--metrics-bind-address=0",
        "--adapter-image=registry.example.com/adapter:1",
        *flags,
    ]
    environment = {name: value for name, value in os.environ.items() if "KMCP" not in name}
    command = [sys.executable, "-m", "reconciler", *words]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment) as process:
        program = Reconciler(process)
        try:
            yield program
        finally:
            program.close()


def wait(claim: Callable[[], bool], explain: Callable[[], str]) -> None:
    """Return once *claim* holds, and fail with what *explain* says when it never does."""
    deadline = time.monotonic() + SECONDS
    while not claim():
        assert time.monotonic() < deadline, explain()
        time.sleep(POLL_SECONDS)
