"""Takes parts of a running control plane away, and gives them back."""

import os
import signal
import subprocess
from collections.abc import Generator
from contextlib import contextmanager

from cluster.connection import connect
from cluster.errors import ClusterError
from tests.cluster import components
from tests.cluster.components import Launch
from tests.cluster.processes import marked, supervise, wait_until
from tests.cluster.record import Record
from tests.cluster.supervisor import Plan
from tests.cluster.trial import pid_of

BACK_SECONDS = 60.0
SUPERVISORS = list[subprocess.Popen[bytes]]()
"""Kept, because they go on until their cluster is taken down."""
LAUNCHES = {
    "kube-apiserver": components.apiserver,
    "kube-controller-manager": components.controller_manager,
    "etcd": components.etcd,
}


@contextmanager
def frozen(record: Record, program: str) -> Generator[None]:
    """Have *program* do nothing for as long as the block lasts, though it still listens."""
    pid = pid_of(record, program)
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


@contextmanager
def dead(record: Record, program: str) -> Generator[None]:
    """Kill *program*, and start it again when the block ends; return once the API server is ready.

    Its data are as they were. Controllers begin anew as well, as they do wherever they lose their
    lease meanwhile: an API server that has just started forbids them to watch, and they come back
    to that only after minutes.
    """
    _kill(record, program)
    try:
        yield
    finally:
        again(record, program)
        wait_until(lambda: _is_ready(record), f"the return of {program}", BACK_SECONDS)
        _kill(record, "kube-controller-manager")
        again(record, "kube-controller-manager")


def unhurried(record: Record) -> None:
    """Have the controllers ask the API server no more often than they do by default."""
    _kill(record, "kube-controller-manager")
    _start(record, components.controller_manager(record, hurries=False))


def _kill(record: Record, program: str) -> None:
    os.kill(pid_of(record, program), signal.SIGKILL)
    wait_until(lambda: program not in marked(record).values(), f"the end of {program}", 20)


def again(record: Record, program: str) -> None:
    """Start a program that has ended."""
    _start(record, LAUNCHES[program](record))


def _start(record: Record, launch: Launch) -> None:
    folder = record.folder / f"again-{launch.name}"
    logs = str(record.logs / f"again-{launch.name}")
    plan = Plan(folder=str(folder), is_node=False, logs=logs, launches=[launch])
    SUPERVISORS.append(supervise(record, plan))


def _is_ready(record: Record) -> bool:
    api = connect(record.kubeconfig)
    try:
        return api.request("GET", "/readyz", timeout=5.0) == b"ok"
    except ClusterError:
        return False
    finally:
        api.close()
