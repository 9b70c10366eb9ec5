"""How images are built here: without a registry, and kept until something of them changes."""

import hashlib
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.cluster import images, places
from tests.repository.shipped import lock_of

PYTHON = "3.13"
MACHINES = {"amd64": "x86_64", "arm64": "aarch64"}
LIBRARIES = ("manylinux_2_34", "manylinux_2_28", "manylinux_2_17", "manylinux2014")


@dataclass(frozen=True)
class Recipe:
    """How an image is built."""

    name: str
    dockerfile: Path
    sources: Iterable[Path] = ()
    """What decides the image, apart from its Dockerfile."""
    fill: Callable[[Path], object] = lambda _: None
    """Fills the context, unless there is one already."""
    context: Path | None = None
    arguments: Mapping[str, str] = field(default_factory=dict[str, str])
    mounts: Mapping[Path, str] = field(default_factory=dict[Path, str])


def built(recipe: Recipe) -> str:
    """Build an image, unless it was built of the very same things already."""
    digest = hashlib.sha256(Path(__file__).read_bytes() + recipe.dockerfile.read_bytes())
    for key in recipe.sources:
        digest.update(key.name.encode() + (b"" if key.is_dir() else key.read_bytes()))
    folder = places.cache().parent / "adapter"
    note = folder / f"image-{recipe.name}-{digest.hexdigest()[:12]}"
    with places.locked(folder / "images"):
        if not note.exists() or not Path(note.read_text()).exists():
            with tempfile.TemporaryDirectory(dir=folder) as scratch:
                recipe.fill(Path(scratch))
                built = images.build(
                    recipe.dockerfile,
                    f"kmcp.test/{recipe.name}:1",
                    recipe.context or Path(scratch),
                    recipe.arguments,
                    recipe.mounts,
                )
            note.write_text(str(built))
    return note.read_text()


def wheels(image: str, architecture: str = "") -> Path:
    """Return a folder with what an image needs, as locked: a build may not reach PyPI itself."""
    digest = hashlib.sha256((PYTHON + architecture).encode() + lock_of(image).read_bytes())
    folder = places.cache().parent / "adapter"
    target = folder / f"wheels-{digest.hexdigest()[:12]}"
    with places.locked(folder / "wheels"):
        if not target.exists():
            with tempfile.TemporaryDirectory(dir=folder) as scratch:
                made = Path(scratch) / "wheels"
                how = ["--no-deps", "--require-hashes", "--only-binary=:all:", f"--dest={made}"]
                how += [f"--python-version={PYTHON}", f"--requirement={lock_of(image)}"]
                if architecture:
                    machine = MACHINES[architecture]
                    how += [f"--platform={library}_{machine}" for library in LIBRARIES]
                words = [sys.executable, "-m", "pip", "--quiet", "download", *how]
                subprocess.run(words, check=True)
                made.rename(target)
    return target
