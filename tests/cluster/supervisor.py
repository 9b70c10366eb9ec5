"""The parent of a cluster's programs: it starts them, notes which ended, and buries the dead."""

import os
import subprocess
import sys
import time
from pathlib import Path

import msgspec

from tests.cluster.components import Launch

COVERED = ("/var/lib", "/var/log")
"""Programs insist on writing here; the real folders show through and stay untouched."""

SETTINGS = (
    "net/ipv4/ip_forward",
    "net/ipv6/conf/all/forwarding",
    # So that the Service proxy sees what two Pods of a node say to each other.
    "net/bridge/bridge-nf-call-iptables",
    "net/bridge/bridge-nf-call-ip6tables",
)

TICK_SECONDS = 0.02


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """All that one supervisor needs to know."""

    folder: str
    """Where a node keeps what its programs write to places of the system."""
    is_node: bool
    """Whether the supervisor is PID 1 of namespaces of its own, and shall furnish them."""
    logs: str
    """Where the programs' output goes; `NAME.ended` there holds the exit code of a dead one."""
    launches: list[Launch]


def furnish(plan: Plan) -> None:
    """Give the node mounts and settings of its own, so that nothing of it outlives the process."""
    _mount("--make-rshared", "/")  # the kubelet hands mounts on to containers
    _mount("-t", "tmpfs", "tmpfs", "/run")
    for place in COVERED:
        own = Path(plan.folder) / place.lstrip("/").replace("/", "-")
        for part in ("upper", "work"):
            (own / part).mkdir(parents=True)
        options = f"lowerdir={place},upperdir={own}/upper,workdir={own}/work"
        _mount("-t", "overlay", "overlay", "-o", options, place)
    for setting in (Path("/proc/sys") / name for name in SETTINGS):
        if setting.exists():
            setting.write_text("1")


def _mount(*words: str) -> None:
    subprocess.run(["mount", *words], check=True)


class Supervisor:
    """Starts what is due, notices what ended; nothing is restarted, so no crash stays unseen."""

    def __init__(self, plan: Plan) -> None:
        """Supervise the programs of *plan*."""
        self._plan = plan
        self._waiting = list(plan.launches)
        self._running: dict[int, tuple[str, subprocess.Popen[bytes]]] = {}

    def run(self) -> None:
        """Go on until killed, or until the last program has ended."""
        while True:
            due = [one for one in self._waiting if one.after is None or Path(one.after).exists()]
            for launch in due:
                self._waiting.remove(launch)
                self._start(launch)
            if self._waiting:
                time.sleep(TICK_SECONDS)
            try:
                pid, status = os.waitpid(-1, os.WNOHANG if self._waiting else 0)
            except ChildProcessError:
                return
            self._bury(pid, os.waitstatus_to_exitcode(status))

    def _start(self, launch: Launch) -> None:
        with (Path(self._plan.logs) / f"{launch.name}.log").open("ab") as log:
            process = subprocess.Popen(
                launch.argv,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        # Kept, because a forgotten Popen is waited for by the next one, and its end would be lost.
        self._running[process.pid] = (launch.name, process)

    def _bury(self, pid: int, exit_code: int) -> None:
        if known := self._running.pop(pid, None):
            name, process = known
            process.returncode = exit_code
            half_done = Path(self._plan.logs) / f".{name}"
            half_done.write_text(f"{exit_code}\n")
            half_done.rename(half_done.with_name(f"{name}.ended"))


def main() -> None:
    """Supervise by the plan whose path is the only argument."""
    plan = msgspec.json.decode(Path(sys.argv[1]).read_bytes(), type=Plan)
    if plan.is_node:
        furnish(plan)
    Supervisor(plan).run()


if __name__ == "__main__":
    main()
