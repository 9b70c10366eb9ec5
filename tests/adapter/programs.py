"""The launcher as the tests use it: built once, kept under a key of its sources.

With KMCP_TEST_RACES=1 it is built with Go's race detector, and ends when that finds something.
"""

import hashlib
import os
import subprocess
import tempfile
from functools import cache
from pathlib import Path

from tests.cluster import places

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = ROOT / "scripts" / "launcher.sh"
SOURCES = ROOT / "adapter" / "launcher"
RACES = os.environ.get("KMCP_TEST_RACES") == "1"


@cache
def launcher() -> Path:
    """Return the built launcher."""
    folder = places.cache().parent / "adapter"
    target = folder / f"launcher-{'races-' if RACES else ''}{_digest()}"
    with places.locked(folder):
        if not target.exists():
            with tempfile.TemporaryDirectory(dir=folder) as scratch:
                built = Path(scratch) / "launcher"
                _build(built)
                built.rename(target)
    return target


def _build(target: Path) -> None:
    if not RACES:
        subprocess.run(["bash", str(SCRIPT), str(target)], check=True)
        return
    environment = {**os.environ, "CGO_ENABLED": "1", "GOWORK": "off", "GOTOOLCHAIN": "local"}
    words = ["go", "build", "-race", "-o", str(target), "."]
    subprocess.run(words, cwd=SOURCES, env=environment, check=True)


def _digest() -> str:
    version = subprocess.run(["go", "env", "GOVERSION"], check=True, capture_output=True)
    digest = hashlib.sha256(version.stdout)
    for file in [SCRIPT, SOURCES / "go.mod", *sorted(SOURCES.glob("*.go"))]:
        digest.update(file.read_bytes())
    return digest.hexdigest()[:12]
