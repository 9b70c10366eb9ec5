"""Starts the command line as its users do, and says how it ended."""

import os
import subprocess
import sys
from dataclasses import dataclass

SECONDS = 60.0


@dataclass(frozen=True)
class Ended:
    """What one run printed."""

    code: int
    out: str
    err: str


def kmcp(*words: str, stdin: str = "", **environment: str) -> Ended:
    """Run a command; it sees no cluster unless it is named."""
    nowhere = {"KUBECONFIG": "/nonexistent/kubeconfig", "NO_COLOR": "1"}
    done = subprocess.run(
        [sys.executable, "-m", "kmcp", *words],
        input=stdin,
        capture_output=True,
        text=True,
        check=False,
        timeout=SECONDS,
        env={**os.environ, **nowhere, **environment},
    )
    return Ended(done.returncode, done.stdout, done.stderr)
