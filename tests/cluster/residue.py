"""What a cluster could leave behind on this machine, by its name or by comparing."""

import json
from collections.abc import Mapping
from pathlib import Path

from tests.cluster import network
from tests.cluster.places import cache, state
from tests.cluster.processes import marked, run
from tests.cluster.record import Record

Traces = Mapping[str, frozenset[str]]

PLACES = ("/etc/cni", "/run", "/run/netns", "/var/lib", "/var/lib/cni", "/var/log")
"""Folders into which some program of a node writes when nothing stops it."""


def of(record: Record) -> dict[str, list[str]]:
    """Return what is left of one cluster, by kind: all that carries its name, folder or mark."""
    names = {network.bridge(record), str(record.folder)}
    found = {kind: _with_a_name_of(names, traces) for kind, traces in _named().items()}
    found["processes"] = [f"{pid} {name}" for pid, name in marked(record).items()]
    found["files"] = [str(record.folder)] if record.folder.exists() else []
    return {kind: left for kind, left in found.items() if left}


def everywhere() -> Traces:
    """Return all that any cluster could leave behind, to be compared on a quiet machine."""
    files = [str(entry) for place in PLACES for entry in Path(place).glob("*")]
    # The rest of /tmp is everybody's.
    files += [str(entry) for form in ("kmcp*", "tmp*") for entry in Path("/tmp").glob(form)]
    clusters = (path.name for path in state().glob("*") if not path.name.startswith("."))
    found = {"processes": _processes(), "files": files, "clusters": clusters, **_named()}
    return {kind: frozenset(entries) for kind, entries in found.items()}


def left_behind(before: Traces, after: Traces) -> dict[str, list[str]]:
    """Return what is there *after* that was not there *before*, by kind."""
    return {kind: sorted(more) for kind in after if (more := after[kind] - before[kind])}


def _named() -> dict[str, list[str]]:
    """Return the things of the kernel's that bear names."""
    routes = run(["ip", "route"], doing="listing routes")
    routes += run(["ip", "-6", "route"], doing="listing routes")
    groups = Path("/sys/fs/cgroup")  # a hierarchy of its own (v2), or one for each controller (v1)
    return {
        "mounts": Path("/proc/self/mounts").read_text().splitlines(),
        "network namespaces": _names("netns", "name"),
        "network devices": _names("link", "ifname"),
        "routes": routes.splitlines(),
        "control groups": [str(group) for depth in ("*/", "*/*/") for group in groups.glob(depth)],
    }


def _with_a_name_of(names: set[str], traces: list[str]) -> list[str]:
    return [trace for trace in traces if any(name in trace for name in names)]


def _processes() -> list[str]:
    """Return the processes that run one of our binaries, or one of their containers."""
    found: list[str] = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            program = str((process / "exe").readlink())
            groups = (process / "cgroup").read_text()
        except OSError:  # a thread of the kernel, or gone meanwhile
            continue
        if program.startswith(str(cache())) or "/kmcp" in groups:
            found.append(f"{process.name} {program}")
    return found


def _names(kind: str, key: str) -> list[str]:
    listed = run(["ip", "-json", kind], doing=f"listing {kind}") or "[]"
    return [entry[key] for entry in json.loads(listed)]
