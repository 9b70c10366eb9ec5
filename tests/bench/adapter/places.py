"""Builds our Go programs and installs the peers, once, in the cache under keys of their locks."""

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from tests.cluster.places import cache, locked

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
LOCKS = ROOT / "locks" / "peers"
GO = {
    "load": (HERE / "load", "."),
    "null": (HERE / "load", "./null"),
    "yardstick": (HERE / "yardstick", "."),
    "echo": (ROOT / "tests" / "adapter" / "echo", "."),
}
"""Where the source of each program of ours lies: its module, and the package in it."""


class PeerError(Exception):
    """A peer cannot be built, installed or started."""


def folder() -> Path:
    """Return the folder of what the bench builds and installs."""
    return cache().with_name("bench")


def program(name: str) -> Path:
    """Return the path of one of the Go programs, built when the cache lacks it."""
    module, package = GO[name]
    sources = sorted(path for path in module.rglob("*") if path.suffix in {".go", ".mod", ".sum"})

    def build(target: Path) -> None:
        words = ["go", "build", "-trimpath", "-buildvcs=false", "-o", str(target / name), package]
        done(words, module, {"CGO_ENABLED": "0"})

    return _once(name, sources, build) / name


def python(name: str) -> Path:
    """Return the folder of programs of a virtual environment, made from the lock called *name*."""
    lock = LOCKS / f"{name}.txt"

    def install(target: Path) -> None:
        uv = [sys.executable, "-m", "uv"]
        done([*uv, "venv", "--quiet", "--python", sys.executable, str(target)])
        words = [*uv, "pip", "install", "--quiet", "--require-hashes", "--compile-bytecode"]
        done([*words, "--python", str(target / "bin" / "python"), "--requirement", str(lock)])

    return _once(name, [lock], install) / "bin"


def node(name: str) -> Path:
    """Return the folder of node_modules, installed from the lock called *name*."""
    lock = LOCKS / name

    def install(target: Path) -> None:
        target.mkdir()
        for file in ("package.json", "package-lock.json"):
            shutil.copy(lock / file, target)
        npm = str(Path(sys.executable).with_name("npm"))
        path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
        words = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"]
        done(words, target, {"PATH": path})

    return _once(name, [lock / "package-lock.json"], install) / "node_modules"


def done(words: Sequence[str], where: Path = ROOT, more: dict[str, str] | None = None) -> None:
    """Run a command, and fail with the end of what it said."""
    ended = subprocess.run(
        words,
        cwd=where,
        env={**os.environ, **(more or {})},
        text=True,
        capture_output=True,
        check=False,
    )
    if ended.returncode:
        tail = "\n".join((ended.stdout + ended.stderr).splitlines()[-15:])
        raise PeerError(f"{' '.join(words)} failed:\n{tail}")


def _once(name: str, decisive: Sequence[Path], make: Callable[[Path], None]) -> Path:
    """Return the folder made for these files; one that was left half done is made anew."""
    digest = hashlib.sha256()
    for file in decisive:
        digest.update(file.read_bytes())
    target = folder() / f"{name}-{digest.hexdigest()[:12]}"
    stamp = target.with_suffix(".made")
    with locked(folder()):
        if not stamp.exists():
            print(f"making {name}", file=sys.stderr)
            shutil.rmtree(target, ignore_errors=True)
            make(target)
            stamp.touch()
    return target
