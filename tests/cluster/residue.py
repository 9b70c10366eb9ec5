"""What a cluster could leave behind on this machine: lists to compare before and after."""

import json
from collections.abc import Mapping
from pathlib import Path

from tests.cluster.places import cache, state
from tests.cluster.processes import run

Traces = Mapping[str, frozenset[str]]

PLACES = ("/etc/cni", "/run", "/run/netns", "/var/lib", "/var/lib/cni", "/var/log")
"""Folders into which some program of a node writes when nothing stops it."""


def traces() -> Traces:
    """Return all that a cluster could leave behind, by kind."""
    return {
        "processes": _processes(),
        "mounts": frozenset(Path("/proc/self/mounts").read_text().splitlines()),
        "network namespaces": _names("netns", "name"),
        "network devices": _names("link", "ifname"),
        "routes": frozenset(run(["ip", "route"], doing="listing routes").splitlines()),
        "control groups": _folders(Path("/sys/fs/cgroup")),
        "files": _files(),
        "clusters": frozenset(path.name for path in state().glob("*") if path.name != ".lock"),
    }


def left_behind(before: Traces, after: Traces) -> dict[str, list[str]]:
    """Return what is there *after* that was not there *before*, by kind."""
    return {kind: sorted(more) for kind in after if (more := after[kind] - before[kind])}


def _processes() -> frozenset[str]:
    """Return the processes that run one of our binaries, or one of their containers."""
    found: set[str] = set()
    for process in Path("/proc").glob("[0-9]*"):
        try:
            program = str((process / "exe").readlink())
            groups = (process / "cgroup").read_text()
        except OSError:  # a thread of the kernel, or gone meanwhile
            continue
        if program.startswith(str(cache())) or "/kmcp" in groups:
            found.add(f"{process.name} {program}")
    return frozenset(found)


def _names(kind: str, key: str) -> frozenset[str]:
    listed = run(["ip", "-json", kind], doing=f"listing {kind}") or "[]"
    return frozenset(entry[key] for entry in json.loads(listed))


def _folders(root: Path) -> frozenset[str]:
    return frozenset(str(folder) for folder in root.glob("*/*/") if folder.name.startswith("kmcp"))


def _files() -> frozenset[str]:
    entries = [entry for place in PLACES for entry in Path(place).glob("*")]
    temporary = [entry for prefix in ("tmp", "kmcp") for entry in Path("/tmp").glob(f"{prefix}*")]
    return frozenset(str(entry) for entry in [*entries, *temporary])
