"""Rooms: root file systems that hold a launcher, a server, and nothing else."""

import os
import signal
import subprocess
from collections.abc import Generator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from tests.adapter.contained.witness import SECRET, witness
from tests.adapter.programs import launcher

ENTER = """
set -e
mount --bind "$1" "$1"
mkdir -p "$1/run/kmcp" "$1/proc"
mount --bind "$2" "$1/run/kmcp"
mount -o remount,bind,ro "$1/run/kmcp"
mount -t proc proc "$1/proc"
mount -o remount,bind,ro "$1"
room=$1 user=$3
shift 3
exec env -i SECRET="$SECRET" "$(command -v chroot)" --userspec="$user:$user" "$room" "$@"
"""
"""What a container runtime does, less what costs time: mounts, a user, another root."""


@dataclass(frozen=True)
class Room:
    """How a launcher is contained."""

    user: int = 65532
    first: bool = True
    """Whether the launcher is PID 1."""


@contextmanager
def furnished(folder: Path) -> Generator[Path]:
    """Lend an empty root with a launcher and a witness in it."""
    root = folder / "root"
    root.mkdir()
    for program in (launcher(), witness() / "witness"):
        target = root / program.name.partition("-")[0]
        target.write_bytes(program.read_bytes())
        target.chmod(0o755)
    yield root


@contextmanager
def launched(
    root: Path, socket: Path, room: Room, words: Sequence[str] = ("/witness",), *flags: str
) -> Generator[subprocess.Popen[bytes]]:
    """Run the launcher in a room; whatever happens, it ends with the block."""
    socket.parent.chmod(0o755)  # as the kubelet makes an emptyDir: for every user
    apart = ["unshare", "--mount", "--propagation=private"]
    if room.first:
        apart += ["--pid", "--fork", "--kill-child"]
    arguments = [str(root), str(socket.parent), str(room.user), "/launcher", *flags, "--", *words]
    with subprocess.Popen(
        [*apart, "sh", "-c", ENTER, "sh", *arguments],
        env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "SECRET": SECRET},
    ) as running:
        try:
            yield running
        finally:
            _end(running)


def _end(running: subprocess.Popen[bytes]) -> None:
    """Kill the launcher itself: a change of users frees it from the fate of its parent."""
    if running.poll() is None:
        with suppress(OSError, IndexError):
            os.kill(launcher_of(running), signal.SIGKILL)
        running.kill()


def launcher_of(running: subprocess.Popen[bytes]) -> int:
    """Return the number of the launcher, as this machine counts."""
    children = Path(f"/proc/{running.pid}/task/{running.pid}/children").read_text().split()
    executable = Path(f"/proc/{running.pid}/exe").resolve().name
    return running.pid if executable == "launcher" else int(children[0])
