"""Go programs as the tests use them: built once, kept under a key of their sources.

With KMCP_TEST_RACES=1 the launcher has Go's race detector, and ends when that finds something.
"""

import hashlib
import os
import subprocess
import tempfile
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from tests.cluster import places

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = ROOT / "scripts" / "launcher.sh"
SOURCES = ROOT / "adapter" / "launcher"
ECHO = Path(__file__).with_name("echo")
RACES = os.environ.get("KMCP_TEST_RACES") == "1"
GO = ("env", "GOWORK=off", "GOTOOLCHAIN=local")


@cache
def launcher() -> Path:
    """Return the built launcher."""
    key = _digest(SCRIPT, SOURCES / "go.mod", *SOURCES.glob("*.go"))
    if not RACES:
        return _built(f"launcher-{key}", ["bash", str(SCRIPT)], [])
    build = [*GO, "CGO_ENABLED=1", "go", "build", "-C", str(SOURCES), "-race", "-o"]
    return _built(f"launcher-races-{key}", build, ["."])


@cache
def echo() -> Path:
    """Return a server that only echoes, and is faster than any adapter."""
    return go_program("echo", ECHO)


def go_program(name: str, folder: Path) -> Path:
    """Return the program whose module is a folder."""
    build = [*GO, "CGO_ENABLED=0", "go", "build", "-C", str(folder), "-buildvcs=false", "-o"]
    return _built(f"{name}-{_digest(*folder.iterdir())}", build, ["."])


def _built(name: str, before: Sequence[str], after: Sequence[str]) -> Path:
    """Return what a command builds whose target stands between *before* and *after*."""
    folder = places.cache().parent / "adapter"
    target = folder / name
    with places.locked(folder):
        if not target.exists():
            with tempfile.TemporaryDirectory(dir=folder) as scratch:
                built = Path(scratch) / "built"
                subprocess.run([*before, str(built), *after], check=True)
                built.rename(target)
    return target


def _digest(*sources: Path) -> str:
    version = subprocess.run(["go", "env", "GOVERSION"], check=True, capture_output=True)
    digest = hashlib.sha256(version.stdout)
    for file in sorted(sources):
        digest.update(file.read_bytes())
    return digest.hexdigest()[:12]
