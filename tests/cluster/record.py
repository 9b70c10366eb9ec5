"""What is written down of every cluster before anything of it exists, so that nothing is lost."""

import os
import re
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Literal

import msgspec

from tests.cluster.addresses import LARGEST_INDEX, LARGEST_NODE, Addresses, Family, addresses
from tests.cluster.errors import RigError
from tests.cluster.places import locked, state
from tests.cluster.programs import NEWEST

Kind = Literal["control-plane", "node"]
NAME = re.compile(r"[a-z0-9]([-a-z0-9]{0,18}[a-z0-9])?")
MARK = "KMCP_TEST_CLUSTER"


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """What a cluster shall be, as the command line says it."""

    name: str
    kind: Kind
    kubernetes: str = NEWEST
    family: Family = "ipv4"
    nodes: int = 1
    simulated_nodes: int = 0

    def check(self) -> None:
        """Raise RigError when no such cluster can be."""
        if not NAME.fullmatch(self.name):
            raise RigError(f"--name {self.name}: use at most 20 of a-z, 0-9 and -")
        if not 1 <= self.nodes <= LARGEST_NODE:
            raise RigError(f"--nodes {self.nodes}: choose 1 to {LARGEST_NODE}")
        if self.simulated_nodes < 0:
            raise RigError(f"--simulated-nodes {self.simulated_nodes}: choose 0 or more")
        if self.kind == "control-plane" and (self.nodes > 1 or self.family != "ipv4"):
            raise RigError("--nodes and --ip-family go with --kind node")
        if self.kind == "node" and self.simulated_nodes:
            raise RigError("--simulated-nodes goes with --kind control-plane")


class Owner(msgspec.Struct, frozen=True):
    """A process; its number alone would not do, because numbers are used again."""

    pid: int
    started: str

    @classmethod
    def of(cls, pid: int) -> "Owner":
        """Return the living process *pid*."""
        if not (started := _start_time(pid)):
            raise RigError(f"--owner {pid}: there is no such process")
        return cls(pid, started)

    def is_alive(self) -> bool:
        """Say whether it still runs."""
        return _start_time(self.pid) == self.started


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """A cluster that exists, or is on its way up or down."""

    wish: Wish
    index: int
    owner: Owner | None = None
    """The process that the cluster shall not outlive; None for a developer's own."""

    @property
    def folder(self) -> Path:
        """Where everything of this cluster lives."""
        return state() / self.wish.name

    @property
    def kubeconfig(self) -> Path:
        """The administrator's kubeconfig."""
        return self.folder / "pki" / "admin.kubeconfig"

    @property
    def binaries(self) -> Path:
        """One folder with every program in the version that this cluster runs."""
        return self.folder / "bin"

    @property
    def addresses(self) -> Addresses:
        """The addresses of this cluster."""
        return addresses(self.index, self.wish.family)

    @property
    def mark(self) -> dict[str, str]:
        """The environment variable by which every process of this cluster is found again."""
        return {MARK: str(self.folder)}

    @property
    def api_is_ready(self) -> Path:
        """A file that appears once the API server answers; some programs are started only then."""
        return self.folder / "api-is-ready"

    @property
    def is_complete(self) -> Path:
        """A file that appears as the last act of a start."""
        return self.folder / "is-complete"

    @property
    def logs(self) -> Path:
        """Where the output of every program goes; each node has a folder below."""
        return self.folder / "log"


def records() -> list[Record]:
    """Return every cluster that is written down, by name."""
    found = [_read(file) for file in sorted(state().glob("*/record.json"))]
    return [record for record in found if record is not None]


def find(name: str) -> Record | None:
    """Return the cluster called *name*, if there is one."""
    return next((record for record in records() if record.wish.name == name), None)


def existing(name: str) -> Record:
    """Return the cluster called *name*; raise RigError when there is none."""
    record = find(name)
    if record is None:
        there = ", ".join(record.wish.name for record in records()) or "none"
        raise RigError(f"there is no cluster called {name} (there are: {there})")
    return record


def write_down(wish: Wish, owner: Owner | None, is_free: Callable[[Addresses], bool]) -> Record:
    """Claim the lowest free number for *wish* and put it on disk before anything starts."""
    with locked(state()):
        taken = {record.index for record in records()}
        for index in range(LARGEST_INDEX + 1):
            if index not in taken and is_free(addresses(index, wish.family)):
                return _saved(Record(wish=wish, index=index, owner=owner))
    raise RigError(f"all {LARGEST_INDEX + 1} numbers for clusters are taken: take one down")


def forget(record: Record) -> None:
    """Delete the cluster's folder; its record goes last, so that a second try still finds it."""
    for entry in record.folder.iterdir():
        if entry.name != "record.json":
            shutil.rmtree(entry) if entry.is_dir() else entry.unlink()
    shutil.rmtree(record.folder)


def is_abandoned(record: Record) -> bool:
    """Say whether the process that owned the cluster is gone."""
    return record.owner is not None and not record.owner.is_alive()


def age_seconds(record: Record) -> float:
    """Return how long ago the cluster was written down."""
    return time.time() - (record.folder / "record.json").stat().st_mtime


def _read(file: Path) -> Record | None:
    try:
        return msgspec.json.decode(file.read_bytes(), type=Record)
    except FileNotFoundError:  # taken down meanwhile
        return None
    except msgspec.DecodeError as error:
        raise RigError(f"cannot read {file} ({error}): it is of another version") from error


def _saved(record: Record) -> Record:
    record.logs.mkdir(parents=True, exist_ok=True)
    half_done = record.folder / f".record-{os.getpid()}"
    half_done.write_bytes(msgspec.json.format(msgspec.json.encode(record)))
    half_done.rename(record.folder / "record.json")
    return record


def _start_time(pid: int) -> str:
    try:
        words = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return ""
    fields = words.rpartition(")")[2].split()  # from field 3 of proc_pid_stat(5) on
    return "" if fields[0] == "Z" else fields[19]
