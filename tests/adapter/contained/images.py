"""The images that Pods of these tests run, built without a registry and kept until they change."""

import hashlib
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.adapter.contained.witness import witness
from tests.cluster import images, places
from tests.repository.shipped import ADAPTER

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
PRODUCT = ROOT / "images" / "adapter"
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


def prepare() -> None:
    """Make all that needs a network, or time."""
    for image in (adapter, carrier, distroless):
        image()
    for name in ("alpine:3.22", "debian:trixie-slim", "kmcp.test/probe:1"):
        images.archive_of(name)


def adapter(architecture: str = "") -> str:
    """Return the archive of the product's own image of the adapter.

    The builds of *architecture* are put on this machine's base image, which is the only one here.
    """
    chosen = {"TARGETARCH": architecture} if architecture else {}
    from_here = {"GO_IMAGE": "debian:trixie-slim", "PIP_FIND_LINKS": "/wheels", "PIP_NO_INDEX": "1"}
    recipe = Recipe(
        f"adapter{architecture and '-'}{architecture}",
        PRODUCT / "Dockerfile",
        [ROOT / ".dockerignore", ROOT / "scripts" / "launcher.sh", ADAPTER, *_sources()],
        context=ROOT,
        arguments=from_here | chosen,
        mounts={wheels(architecture): "/wheels", _go(): "/usr/local/go"},
    )
    return built(recipe)


def carrier() -> str:
    """Return the archive of an image with the witness."""
    dockerfile = HERE / "witness.Dockerfile"
    return built(Recipe("witness", dockerfile, [witness()], lambda at: _copy(witness(), at)))


def distroless() -> str:
    """Return the archive of an image with a C library."""
    return built(Recipe("distroless", HERE / "distroless.Dockerfile"))


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


def _copy(source: Path, folder: Path) -> None:
    target = shutil.copytree(source, folder / source.name.partition("-")[0])
    target.chmod(0o755)


def wheels(architecture: str = "") -> Path:
    """Return a folder with what the adapter needs, as locked: a build may not reach PyPI itself."""
    digest = hashlib.sha256((PYTHON + architecture).encode() + ADAPTER.read_bytes())
    folder = places.cache().parent / "adapter"
    target = folder / f"wheels-{digest.hexdigest()[:12]}"
    with places.locked(folder / "wheels"):
        if not target.exists():
            with tempfile.TemporaryDirectory(dir=folder) as scratch:
                made = Path(scratch) / "wheels"
                how = ["--no-deps", "--require-hashes", "--only-binary=:all:", f"--dest={made}"]
                how += [f"--python-version={PYTHON}", f"--requirement={ADAPTER}"]
                if architecture:
                    machine = MACHINES[architecture]
                    how += [f"--platform={library}_{machine}" for library in LIBRARIES]
                words = [sys.executable, "-m", "pip", "--quiet", "download", *how]
                subprocess.run(words, check=True)
                made.rename(target)
    return target


def _sources() -> list[Path]:
    packages = ("adapter", "flags", "images", "kinds", "telemetry")
    found = [file for name in packages for file in (ROOT / name).rglob("*")]
    return sorted(file for file in found if file.suffix in (".py", ".go", ".mod"))


def _go() -> Path:
    """Return this machine's Go: a build here finds it where the image golang has its own."""
    words = ["go", "env", "GOROOT"]
    return Path(subprocess.run(words, check=True, capture_output=True, text=True).stdout.strip())
