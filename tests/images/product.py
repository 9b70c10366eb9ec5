"""The product's own images: their Dockerfiles are built here as they are."""

import subprocess
from pathlib import Path

from tests.images.recipes import Recipe, built, wheels
from tests.repository.lock import ROOT
from tests.repository.shipped import lock_of

FOLDERS = {
    "adapter": ("adapter", "flags", "kinds", "telemetry"),
    "controller": (
        *("adapter/injection", "certs", "cluster", "flags", "kinds"),
        *("reconciler", "telemetry", "webhook"),
    ),
}
"""What is in each image, beside what others wrote."""


def adapter(architecture: str = "") -> str:
    """Return the archive of the image with adapter and launcher."""
    return _image("adapter", architecture, {_go(): "/usr/local/go"})


def controller(architecture: str = "") -> str:
    """Return the archive of the image with reconciler and webhook."""
    return _image("controller", architecture, {})


def places(name: str) -> list[Path]:
    """Return our folders in an image, as they lie in the repository."""
    return [Path(folder) for folder in FOLDERS[name]]


def _image(name: str, architecture: str, mounts: dict[Path, str]) -> str:
    """Build for *architecture*, upon this machine's base image: there is no other here."""
    chosen = {"TARGETARCH": architecture} if architecture else {}
    from_here = {"GO_IMAGE": "debian:trixie-slim", "PIP_FIND_LINKS": "/wheels", "PIP_NO_INDEX": "1"}
    recipe = Recipe(
        f"{name}{architecture and '-'}{architecture}",
        ROOT / "images" / name / "Dockerfile",
        [ROOT / ".dockerignore", ROOT / "scripts" / "launcher.sh", lock_of(name), *_sources(name)],
        context=ROOT,
        arguments=from_here | chosen,
        mounts={wheels(name, architecture): "/wheels", **mounts},
    )
    return built(recipe)


def _sources(name: str) -> list[Path]:
    found = [file for folder in FOLDERS[name] for file in (ROOT / folder).rglob("*")]
    code = [file for file in found if file.suffix in (".py", ".go", ".mod")]
    scripts = [file for file in (ROOT / "images" / name).iterdir() if file.is_file()]
    return sorted([*code, *scripts, *(ROOT / "images").glob("*.py")])


def _go() -> Path:
    """Return this machine's Go: a build here finds it where the image golang has its own."""
    words = ["go", "env", "GOROOT"]
    return Path(subprocess.run(words, check=True, capture_output=True, text=True).stdout.strip())
