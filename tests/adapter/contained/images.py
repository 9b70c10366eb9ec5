"""The images that Pods of these tests run."""

import shutil
from pathlib import Path

from tests.adapter.contained.witness import witness
from tests.cluster import images
from tests.images.product import adapter, controller
from tests.images.recipes import Recipe, built

HERE = Path(__file__).parent


def prepare() -> None:
    """Make all that needs a network, or time."""
    for image in (adapter, controller, carrier, distroless):
        image()
    for name in ("alpine:3.22", "debian:trixie-slim", "kmcp.test/probe:1"):
        images.archive_of(name)


def carrier() -> str:
    """Return the archive of an image with the witness."""
    dockerfile = HERE / "witness.Dockerfile"
    return built(Recipe("witness", dockerfile, [witness()], lambda at: _copy(witness(), at)))


def distroless() -> str:
    """Return the archive of an image with a C library."""
    return built(Recipe("distroless", HERE / "distroless.Dockerfile"))


def _copy(source: Path, folder: Path) -> None:
    target = shutil.copytree(source, folder / source.name.partition("-")[0])
    target.chmod(0o755)
