"""What tests of the rig do with clusters of their own: start them, and cut a start short."""

import os
import signal
import subprocess
import sys
from pathlib import Path

from cluster.connection import connect
from tests.cluster.places import HERE
from tests.cluster.processes import marked, wait_until
from tests.cluster.record import Kind, Record, existing, find
from tests.cluster.session import rig

START_SECONDS = 180.0


def up(name: str, *words: str, kind: Kind = "control-plane") -> Path:
    """Bring a cluster up through the command line and return its kubeconfig."""
    return Path(rig("up", f"--name={name}", f"--kind={kind}", *words).strip())


def answers(kubeconfig: Path) -> bool:
    """Say whether the API server of a cluster is ready."""
    api = connect(kubeconfig)
    try:
        return api.request("GET", "/readyz") == b"ok"
    finally:
        api.close()


def pid_of(record: Record, program: str) -> int:
    """Return the process number of one of a cluster's programs."""
    return next(pid for pid, name in marked(record).items() if name == program)


def start_and_kill_the_tool(
    name: str, kind: Kind, program: str, temporary: Path | None = None
) -> Record:
    """Start a cluster, and kill -9 the command line as soon as *program* runs.

    Its temporary files go to the folder *temporary*.
    """
    environment = {**os.environ, **({"TMPDIR": str(temporary)} if temporary else {})}
    words = ["up", f"--name={name}", f"--kind={kind}"]
    with subprocess.Popen(
        [sys.executable, "-m", "tests.cluster", *words],
        cwd=HERE.parents[1],
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as tool:

        def is_under_way() -> bool:
            record = find(name)
            return record is not None and program in marked(record).values()

        wait_until(is_under_way, f"the start of {name}", START_SECONDS)
        tool.send_signal(signal.SIGKILL)
    return existing(name)
