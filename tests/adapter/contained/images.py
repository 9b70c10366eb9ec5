"""The images that Pods of these tests run, built without a registry and kept until they change."""

import hashlib
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from tests.adapter.contained.witness import witness
from tests.adapter.programs import launcher
from tests.cluster import images, places
from tests.repository.test_packaging import declared

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
LOCK = ROOT / "locks" / "dev.txt"
PYTHON = "3.13"
EXTRAS = ("adapter", "flags", "telemetry")


def prepare() -> None:
    """Make all that needs a network, or time."""
    for image in (adapter, carrier, distroless):
        image()
    for name in ("alpine:3.22", "debian:trixie-slim", "kmcp.test/probe:1"):
        images.archive_of(name)


def adapter() -> str:
    """Return the archive of an image with the adapter."""

    def fill(folder: Path) -> None:
        shutil.copytree(_packages(), folder / "packages")
        _uv("pip", "install", "--no-deps", f"--target={folder / 'packages'}", str(_wheel(folder)))
        shutil.copy(launcher(), folder / "launcher")

    return _built("adapter", [launcher(), LOCK, *_sources()], fill)


def carrier() -> str:
    """Return the archive of an image with the witness."""
    return _built("witness", [witness()], lambda at: _copy(witness(), at / "witness"))


def distroless() -> str:
    """Return the archive of an image with a C library."""
    return _built("distroless", [], lambda _: None)


def _built(name: str, keys: list[Path], fill: Callable[[Path], None]) -> str:
    """Build an image, unless it was built of the very same things already."""
    dockerfile = HERE / f"{name}.Dockerfile"
    digest = hashlib.sha256(Path(__file__).read_bytes() + dockerfile.read_bytes())
    for key in keys:
        digest.update(key.name.encode() if key.is_dir() else key.read_bytes())
    folder = places.cache().parent / "adapter"
    note = folder / f"image-{name}-{digest.hexdigest()[:12]}"
    with places.locked(folder / "images"):
        if not note.exists() or not Path(note.read_text()).exists():
            with tempfile.TemporaryDirectory(dir=folder) as scratch:
                fill(Path(scratch))
                built = images.build(dockerfile, f"kmcp.test/{name}:1", Path(scratch))
            note.write_text(str(built))
    return note.read_text()


def _copy(source: Path, target: Path) -> None:
    shutil.copytree(source, target)
    target.chmod(0o755)


def _packages() -> Path:
    """Return a folder with what the adapter needs, of the very versions that are locked."""
    requirements = locked(LOCK.read_text(), set[str]().union(*map(declared, EXTRAS)))
    digest = hashlib.sha256((PYTHON + requirements).encode()).hexdigest()[:12]
    folder = places.cache().parent / "adapter"
    target = folder / f"packages-{digest}"
    if not target.exists():
        with tempfile.TemporaryDirectory(dir=folder) as scratch:
            wanted = Path(scratch) / "requirements.txt"
            wanted.write_text(requirements)
            made = Path(scratch) / "packages"
            how = ["--no-deps", "--require-hashes", "--only-binary=:all:", f"--target={made}"]
            _uv("pip", "install", *how, f"--python-version={PYTHON}", f"--requirement={wanted}")
            made.rename(target)
    return target


def locked(lock: str, names: set[str]) -> str:
    """Return the part of a lock file that installs *names* and what they need."""
    parts = re.findall(
        r"^\S.*(?:\n[ \t].*)*", re.sub(r"^#.*\n", "", lock, flags=re.MULTILINE), re.M
    )
    chosen: dict[str, str] = {}
    wanted, seen = set(names), 0
    while seen != len(wanted):
        seen = len(wanted)
        for part in parts:
            name = re.split(r"[=\[ ]", part)[0]
            needed_by = set(re.findall(r"#\s+(?:via )?([a-z0-9-]+)$", part, re.M))
            if name in wanted or needed_by & wanted:
                wanted.add(name)
                chosen[name] = part
    return "\n".join(chosen[name] for name in sorted(chosen)) + "\n"


def _wheel(folder: Path) -> Path:
    target = folder / "wheel"
    words = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(target)]
    subprocess.run(words, cwd=ROOT, check=True, capture_output=True)
    return next(target.glob("*.whl"))


def _sources() -> list[Path]:
    packages = ("adapter", "flags", "kinds", "telemetry")
    return sorted(file for name in packages for file in (ROOT / name).rglob("*.py"))


def _uv(*words: str) -> None:
    subprocess.run([sys.executable, "-m", "uv", "--quiet", *words], check=True)
