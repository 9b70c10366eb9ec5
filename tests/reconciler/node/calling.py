"""Calls by a client that others wrote: the Python SDK, in a process of its own that goes on."""

import json
import os
import subprocess
import tempfile
from collections.abc import Generator
from contextlib import contextmanager

from tests.mcp.foreign import MODERN, ROOT, no_proxies, python

PROGRAM = "tests.reconciler.node.asking_tools"


class Caller:
    """A running client."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def call(self, url: str, tool: str, given: dict[str, object], mode: str = "auto") -> str:
        """Return what a tool says, or what the client says of it."""
        asked, answered = self._process.stdin, self._process.stdout
        assert asked is not None
        assert answered is not None
        asked.write(json.dumps([url, mode, tool, json.dumps(given)]) + "\n")
        asked.flush()
        answer: str = json.loads(answered.readline())
        return answer


@contextmanager
def calling() -> Generator[Caller]:
    """Lend a client for as long as the block lasts."""
    with (
        tempfile.TemporaryDirectory() as home,
        subprocess.Popen(
            [python(MODERN), "-m", PROGRAM],
            cwd=ROOT,
            env={**os.environ, **no_proxies(), "HOME": home},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        ) as process,
    ):
        try:
            yield Caller(process)
        finally:
            process.kill()
