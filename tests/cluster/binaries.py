"""Build the programs from Go modules, once: each lands in the cache under a key of its versions."""

import hashlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests.cluster.errors import RigError
from tests.cluster.places import cache, locked
from tests.cluster.programs import MODULES, Program, every_program, kubernetes_version
from tests.cluster.progress import step
from tests.cluster.record import records

STAMP = "k8s.io/component-base/version"
TAIL_LINES = 15


def ensure(programs: Sequence[Program]) -> dict[str, Path]:
    """Return the path of every program, building what the cache lacks.

    A build that was interrupted goes on where it stopped: finished programs are kept, and Go's own
    cache holds the packages of the one under way.
    """
    paths = {program.name: _path(program) for program in programs}
    missing = [program for program in programs if not paths[program.name].exists()]
    if missing:
        with locked(cache()):
            _build_all([p for p in missing if not paths[p.name].exists()], paths)
    return paths


def stale() -> list[Path]:
    """Return the cached builds that neither our versions nor a cluster that exists can use."""
    current = {_path(program).parent for program in every_program()}
    linked = (link for record in records() for link in record.binaries.glob("*"))
    current |= {link.readlink().parent for link in linked}
    folder = cache() / "binaries"
    interrupted = [path for path in folder.glob("*/.build-*") if path.parent in current]
    return sorted(set(folder.glob("*")) - current) + interrupted


def _build_all(programs: Sequence[Program], paths: dict[str, Path]) -> None:
    for number, program in enumerate(programs, start=1):
        with step(f"building {program.name} ({number} of {len(programs)})"):
            _build(program, paths[program.name])


def _build(program: Program, target: Path) -> None:
    module = MODULES / program.module
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".build-") as scratch:
        half_done = Path(scratch) / program.name
        command = ["go", "build", "-trimpath", "-buildvcs=false", "-ldflags", _linker_flags(module)]
        command += ["-o", str(half_done), program.package]
        build = subprocess.run(
            command, cwd=module, env=_environment(), text=True, capture_output=True, check=False
        )
        if build.returncode != 0:
            tail = "\n".join(build.stderr.splitlines()[-TAIL_LINES:])
            raise RigError(f"go build {program.package} failed in {module}:\n{tail}")
        half_done.rename(target)


def _path(program: Program) -> Path:
    module = MODULES / program.module
    digest = hashlib.sha256(f"{_go_version()} {_linker_flags(module)}".encode())
    for file in [module / "go.mod", module / "go.sum", *_sources(module, program)]:
        digest.update(file.read_bytes())
    return cache() / "binaries" / f"{program.name}-{digest.hexdigest()[:12]}" / program.name


def _sources(module: Path, program: Program) -> list[Path]:
    """Return the files of a program that is our own; a foreign one is told by go.sum alone."""
    ours = program.package.startswith("./")
    return sorted((module / program.package).glob("*.go")) if ours else []


def _linker_flags(module: Path) -> str:
    version = kubernetes_version(module)
    if version is None:
        return "-s -w"
    major, minor = version.removeprefix("v").split(".")[:2]
    values = {"gitVersion": version, "gitMajor": major, "gitMinor": minor}
    return "-s -w " + " ".join(f"-X {STAMP}.{name}={value}" for name, value in values.items())


def _go_version() -> str:
    if shutil.which("go") is None:
        raise RigError("the cluster is built with Go 1.26.6 or newer, and `go` is not on the PATH")
    command = ["go", "env", "GOVERSION"]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def _environment() -> dict[str, str]:
    return {**os.environ, "CGO_ENABLED": "0", "GOWORK": "off", "GOFLAGS": "-mod=readonly"}
