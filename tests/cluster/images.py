"""Container images for the nodes: bases by their real names, and whatever is built upon them."""

import hashlib
import os
import re
import socket
from collections.abc import Mapping
from pathlib import Path

from tests.cluster import buildah, contexts
from tests.cluster.errors import RigError
from tests.cluster.places import HERE, cache, locked
from tests.cluster.progress import step

FOLDERS = {
    "docker.io/library/debian:trixie-slim": "debian",
    "docker.io/library/python:3.13-slim": "python",
    "docker.io/library/node:24-slim": "node",
    "docker.io/library/alpine:3.22": "alpine",
    "kmcp.test/probe:1": "probe",
}
"""The images that we can make stand-ins for, and the folder of each one's Dockerfile."""

REGISTRY = ("registry-1.docker.io", 443)
PATIENCE_SECONDS = 3.0
CHOICE = "KMCP_BASE_IMAGES"


def archive_of(image: str) -> Path:
    """Return an archive of *image*: a path is one already, a name is made, built or pulled."""
    if Path(image).is_file():
        return Path(image)
    name = full_name(image)
    if name in FOLDERS:
        return _base(name)
    with locked(_folder()):
        _ensure(name)
        return _exported(name)


def build(
    dockerfile: Path,
    tag: str,
    context: Path,
    arguments: Mapping[str, str] | None = None,
    mounts: Mapping[Path, str] | None = None,
) -> Path:
    """Return an archive of the image that *dockerfile* describes, called *tag*.

    *arguments* and *mounts* are those of `buildah.build`.
    """
    if not dockerfile.is_file():
        raise RigError(f"there is no Dockerfile at {dockerfile}")
    if not context.is_dir():
        raise RigError(f"--context {context} is not a folder")
    for base in bases(dockerfile.read_text(), arguments):
        if base in FOLDERS:
            _base(base)
        else:
            _ensure(base)
    name = full_name(tag)
    with locked(_folder()), step(f"building the image {name}"):
        buildah.build(dockerfile, name, context, arguments, mounts)
        return _exported(name)


def bases(dockerfile: str, arguments: Mapping[str, str] | None = None) -> list[str]:
    """Return the full names of the images that a Dockerfile starts from."""
    pattern = re.compile(
        r"^FROM\s+(?:--\S+\s+)*(\S+)(?:\s+AS\s+(\S+))?", re.IGNORECASE | re.MULTILINE
    )
    head = re.split(pattern, dockerfile, maxsplit=1)[0]
    defaults = dict(re.findall(r"^ARG\s+(\w+)=(.*)$", head, re.IGNORECASE | re.MULTILINE))
    known = {**defaults, **(arguments or {})}
    found = [(_filled(image, known), stage) for image, stage in pattern.findall(dockerfile)]
    stages = {stage for _, stage in found if stage}
    images = [full_name(image) for image, _ in found if image not in {*stages, "scratch"}]
    return list(dict.fromkeys(images))


def _filled(word: str, known: Mapping[str, str]) -> str:
    """Return *word* with its ARGs replaced: `$NAME`, `${NAME}` and `${NAME:+if there is one}`."""

    def value(found: re.Match[str]) -> str:
        name, alternative = found[1] or found[3], found[2]
        here = known.get(name, "")
        return here if alternative is None or not here else _filled(alternative, known)

    return re.sub(r"\$\{(\w+)(?::\+([^}]*))?\}|\$(\w+)", value, word)


def full_name(image: str) -> str:
    """Return *image* as the container runtime calls it, with registry and tag."""
    first, slash, _ = image.partition("/")
    if not slash:
        image = f"docker.io/library/{image}"
    elif "." not in first and ":" not in first and first != "localhost":
        image = f"docker.io/{image}"
    return image if ":" in image.rpartition("/")[2] or "@" in image else f"{image}:latest"


def stale() -> list[Path]:
    """Return the archives that nothing would ask for by name again."""
    current = {path for name in FOLDERS for path in (_stand_in(name), _real(name))}
    interrupted = [path for path in _folder().glob(".*-*") if path.is_dir()]
    return sorted(set(_folder().glob("*.tar")) - current) + interrupted


def _stand_in(name: str) -> Path:
    folder = FOLDERS[name]
    return _folder() / f"{folder}-{_key(HERE / 'images' / folder)}.tar"


def _real(name: str) -> Path:
    return _folder() / f"{FOLDERS[name]}-real.tar"


def _base(name: str) -> Path:
    """Return an archive of the base image *name*: the real one, or our stand-in."""
    source = HERE / "images" / FOLDERS[name]
    for below in bases((source / "Dockerfile").read_text()):
        _base(below)
    with locked(_folder()):
        target = _real(name) if _wants_real(name) else _stand_in(name)
        identity = target.with_suffix(".id")  # the store may hold another image by this name
        if target.exists() and buildah.has(name) and identity.read_text() == buildah.identity(name):
            return target
        if target == _real(name):
            with step(f"pulling {name}"):
                buildah.pull(name)
        else:
            with step(f"making a stand-in for {name}"), contexts.context(source) as context:
                buildah.build(context / "Dockerfile", name, context)
        identity.write_text(buildah.identity(name))
        return buildah.export(name, target)


def _wants_real(name: str) -> bool:
    if name.startswith("kmcp.test/") or _choice() == "stand-in":
        return False
    if _choice() == "pull" or _real(name).exists():
        return True
    return not _stand_in(name).exists() and can_pull()


def _ensure(name: str) -> None:
    """See to it that the store holds an image for which there is no stand-in."""
    if buildah.has(name):
        return
    if not can_pull():
        known = ", ".join(sorted(FOLDERS))
        raise RigError(f"there is no image {name}, and no registry to ask (made here: {known})")
    with step(f"pulling {name}"):
        buildah.pull(name)


def can_pull() -> bool:
    """Say whether real images can be had: as KMCP_BASE_IMAGES says, else whether anyone answers."""
    if _choice() != "auto":
        return _choice() == "pull"
    try:
        socket.create_connection(REGISTRY, PATIENCE_SECONDS).close()
    except OSError:
        return False
    return True


def _choice() -> str:
    choice = os.environ.get(CHOICE, "auto")
    if choice not in {"auto", "pull", "stand-in"}:
        raise RigError(f"{CHOICE}={choice}: choose auto, pull or stand-in")
    return choice


def _exported(name: str) -> Path:
    identity = buildah.identity(name)
    target = (
        _folder() / f"built-{identity[:12]}-{hashlib.sha256(name.encode()).hexdigest()[:6]}.tar"
    )
    return target if target.exists() else buildah.export(name, target)


def _folder() -> Path:
    return cache() / "images"


def _key(source: Path) -> str:
    """Return a digest of everything in a stand-in's folder, and of the folders below it."""
    digest = hashlib.sha256((HERE / "contexts.py").read_bytes())
    for file in sorted(path for path in source.rglob("*") if path.is_file()):
        digest.update(file.relative_to(source).as_posix().encode() + file.read_bytes())
    for below in bases((source / "Dockerfile").read_text()):
        digest.update(_key(HERE / "images" / FOLDERS[below]).encode())
    return digest.hexdigest()[:12]
