"""The control group below which all containers of a node live, on cgroup v1 and v2 alike."""

from functools import partial
from pathlib import Path

from tests.cluster.errors import RigError
from tests.cluster.processes import wait_until

ROOT = Path("/sys/fs/cgroup")
CONTROLLERS = {"cpu", "cpuset", "hugetlb", "io", "memory", "pids"}
REMOVAL_SECONDS = 60.0


def create(name: str) -> None:
    """Make the group *name* in every hierarchy, with every controller that Pods can use."""
    if _is_v2():
        (ROOT / name).mkdir(exist_ok=True)
        _delegate(ROOT)
        _delegate(ROOT / name)
        return
    for hierarchy in _hierarchies():
        group = hierarchy / name
        group.mkdir(exist_ok=True)
        for setting in ("cpuset.cpus", "cpuset.mems"):  # empty in a new group, and then unusable
            if (group / setting).exists():
                (group / setting).write_text((hierarchy / setting).read_text())


def remove(name: str) -> None:
    """Remove the group *name* and all below it, once the kernel has let its processes go."""
    for hierarchy in [ROOT] if _is_v2() else _hierarchies():
        group = hierarchy / name
        wait_until(partial(_gone, group), f"removing {group}", REMOVAL_SECONDS)


def _gone(group: Path) -> bool:
    for below in sorted(group.glob("**/"), reverse=True):
        try:
            below.rmdir()
        except FileNotFoundError:
            continue
        except OSError:  # a process in it is still on its way out
            return False
    return not group.exists()


def _delegate(group: Path) -> None:
    """Let the groups below *group* (cgroup v2) use the controllers that a kubelet needs."""
    available = set((group / "cgroup.controllers").read_text().split())
    enabled = set((group / "cgroup.subtree_control").read_text().split())
    missing = sorted(available & CONTROLLERS - enabled)
    try:
        (group / "cgroup.subtree_control").write_text(" ".join(f"+{one}" for one in missing))
    except OSError as error:
        raise RigError(
            f"cannot enable {', '.join(missing)} below {group} ({error.strerror}): "
            "run this where the root control group is ours, not inside a container"
        ) from error


def _is_v2() -> bool:
    return (ROOT / "cgroup.controllers").exists()


def _hierarchies() -> list[Path]:
    """Return the mounted hierarchies; some of the names there are links to others."""
    return [entry for entry in sorted(ROOT.iterdir()) if entry.is_dir() and not entry.is_symlink()]
