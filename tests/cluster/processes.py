"""Start programs that outlive us, and find them again by the mark in their environment."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

from tests.cluster.errors import RigError
from tests.cluster.places import HERE
from tests.cluster.record import MARK, Record
from tests.cluster.supervisor import Plan

DEATH_SECONDS = 60.0
POLL_SECONDS = 0.05
ON_THIS_MACHINE = ("127.0.0.1", "10.200.0.0/16", "10.210.0.0/15", "fd6b:6d63:7000::/40")


def supervise(
    record: Record, plan: Plan, namespaces: Sequence[str] = ()
) -> subprocess.Popen[bytes]:
    """Start the programs of *plan*, inside what the words in *namespaces* enter or make."""
    folder, logs = Path(plan.folder), Path(plan.logs)
    folder.mkdir(exist_ok=True)
    logs.mkdir(exist_ok=True)
    file = folder / "plan.json"
    file.write_bytes(msgspec.json.encode(plan))
    with (logs / "supervisor.log").open("ab") as log:
        return subprocess.Popen(
            [*namespaces, sys.executable, "-m", "tests.cluster.supervisor", file],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env=environment(record),
            cwd=HERE.parents[1],
            start_new_session=True,
        )


def environment(record: Record) -> dict[str, str]:
    """Return the environment of the cluster's programs: its own binaries first, and the mark."""
    path = f"{record.binaries}:/usr/local/sbin:/usr/sbin:/sbin:{os.environ.get('PATH', '')}"
    # No proxy: everything that these programs talk to is on this machine.
    python = {"PYTHONDONTWRITEBYTECODE": "1"}  # the tree may belong to another user than root
    return {"PATH": path, "HOME": str(record.folder), "LANG": "C.UTF-8", **python, **record.mark}


def bypass_proxies() -> None:
    """Tell kubectl and the Kubernetes client that our clusters are on this machine."""
    for name in ("NO_PROXY", "no_proxy"):
        others = [os.environ[name]] if name in os.environ else []
        os.environ[name] = ",".join([*others, *ON_THIS_MACHINE])


def marked(record: Record) -> dict[int, str]:
    """Return every living process of the cluster: its number and the program's name."""
    wanted = f"{MARK}={record.folder}".encode()
    found: dict[int, str] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and wanted in _environ(entry):
            found[int(entry.name)] = _name(entry)
    return found


def kill_marked(record: Record) -> None:
    """End every process of the cluster and return once the last one is gone.

    The first process of a node's PID namespace takes everything else in there with it, containers
    included; killed from outside it has no say in it.
    """
    deadline = time.monotonic() + DEATH_SECONDS
    looks_without_a_find = 0
    while looks_without_a_find < 2:  # for an instant of its exec, a process has no environment
        living = marked(record)
        looks_without_a_find = 0 if living else looks_without_a_find + 1
        if time.monotonic() > deadline:
            raise RigError(f"these processes of {record.wish.name} do not die: {living}")
        for pid in living:
            _kill(pid)
        time.sleep(POLL_SECONDS)


def wait_until(
    claim: Callable[[], bool], what: str, seconds: float, explain: Callable[[], str] = str
) -> None:
    """Return once *claim* holds; after *seconds* raise RigError with what *explain* adds."""
    deadline = time.monotonic() + seconds
    while not claim():
        if time.monotonic() > deadline:
            raise RigError(f"{what} took longer than {seconds:g} s\n{explain()}".rstrip())
        time.sleep(POLL_SECONDS)


def run(
    argv: Sequence[str | Path],
    *,
    doing: str,
    stdin: str | None = None,
) -> str:
    """Return what *argv* prints; raise RigError with its complaint when it fails."""
    done = subprocess.run(argv, input=stdin, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        complaint = (done.stderr or done.stdout).strip()
        raise RigError(f"{doing} failed: {complaint}")
    return done.stdout


def _environ(process: Path) -> list[bytes]:
    try:
        return (process / "environ").read_bytes().split(b"\0")
    except OSError:  # gone meanwhile, or another user's
        return []


def command_line(pid: int) -> list[bytes]:
    """Return the words by which a process was started; none when it is gone."""
    try:
        return (Path("/proc") / str(pid) / "cmdline").read_bytes().split(b"\0")
    except OSError:
        return []


def _name(process: Path) -> str:
    words = command_line(int(process.name))
    return Path(words[0].decode()).name if words else "?"


def _kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return
