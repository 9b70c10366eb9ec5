"""Go programs as the tests use them: built once, kept under a key of their sources."""

import hashlib
import subprocess
import tempfile
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path

from tests.cluster import places

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = ROOT / "scripts" / "launcher.sh"
SOURCES = ROOT / "adapter" / "launcher"
ECHO = Path(__file__).with_name("echo")


@cache
def launcher() -> Path:
    """Return the built launcher."""
    key = _digest(SCRIPT, SOURCES / "go.mod", *SOURCES.glob("*.go"))
    return _built(f"launcher-{key}", lambda target: ["bash", str(SCRIPT), str(target)])


@cache
def echo() -> Path:
    """Return a server that only echoes, and is faster than any adapter."""
    build = ["env", "CGO_ENABLED=0", "GOWORK=off", "GOTOOLCHAIN=local", "go", "build", "-C"]
    flags = [str(ECHO), "-buildvcs=false", "-o"]
    key = _digest(*ECHO.iterdir())
    return _built(f"echo-{key}", lambda target: [*build, *flags, str(target), "."])


def _built(name: str, command: Callable[[Path], Sequence[str]]) -> Path:
    folder = places.cache().parent / "adapter"
    target = folder / name
    with places.locked(folder):
        if not target.exists():
            with tempfile.TemporaryDirectory(dir=folder) as scratch:
                built = Path(scratch) / "built"
                subprocess.run(command(built), check=True)
                built.rename(target)
    return target


def _digest(*sources: Path) -> str:
    version = subprocess.run(["go", "env", "GOVERSION"], check=True, capture_output=True)
    digest = hashlib.sha256(version.stdout)
    for file in sorted(sources):
        digest.update(file.read_bytes())
    return digest.hexdigest()[:12]
