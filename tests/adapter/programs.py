"""The launcher as the tests use it: built once, kept under a key of its sources."""

import hashlib
import subprocess
import tempfile
from functools import cache
from pathlib import Path

from tests.cluster import places

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = ROOT / "scripts" / "launcher.sh"
SOURCES = ROOT / "adapter" / "launcher"


@cache
def launcher() -> Path:
    """Return the built launcher."""
    folder = places.cache().parent / "adapter"
    target = folder / f"launcher-{_digest()}"
    with places.locked(folder):
        if not target.exists():
            with tempfile.TemporaryDirectory(dir=folder) as scratch:
                built = Path(scratch) / "launcher"
                subprocess.run(["bash", str(SCRIPT), str(built)], check=True)
                built.rename(target)
    return target


def _digest() -> str:
    version = subprocess.run(["go", "env", "GOVERSION"], check=True, capture_output=True)
    digest = hashlib.sha256(version.stdout)
    for file in [SCRIPT, SOURCES / "go.mod", *sorted(SOURCES.glob("*.go"))]:
        digest.update(file.read_bytes())
    return digest.hexdigest()[:12]
