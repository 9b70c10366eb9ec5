"""The images that the examples name: one of ours, with all their servers, under every name."""

import hashlib
import io
import json
import shutil
import tarfile
from pathlib import Path

from tests.adapter import puppet
from tests.adapter.contained.images import Recipe, adapter, built
from tests.cluster import images
from tests.cluster.session import Session

FOLDER = Path(__file__).with_name("image")
ADAPTER = "kmcp.test/adapter:1"
SERVER = "mi-registro/mcp-server:v1"
"""What the tests of their own use, too."""
NAMES = (
    SERVER,
    "ghcr.io/modelcontextprotocol/servers/filesystem:latest",
    "mi-registro/mcp-s3-server:v1",
    "mi-registro/mcp-api-server:v1",
    "mi-registro/mcp-http-server:v1",
    "mi-registro/mi-mcp-server:v1",
)
LATER = "mi-registro/comes-later:v1"
"""What is on no node until a test puts it there."""
INDEX = "manifest.json"


def load(session: Session) -> None:
    """Have all of them on the node, and the adapter."""
    session.load(adapter())
    session.load(str(named(*NAMES)))


def named(*names: str) -> Path:
    """Return an archive of our image in which it has these names."""
    archive = Path(_archive())
    known = hashlib.sha256(" ".join(names).encode()).hexdigest()[:12]
    target = archive.with_name(f"{archive.stem}-{known}.tar")
    if not target.exists():
        made = target.with_suffix(".new")
        with tarfile.open(archive) as old, tarfile.open(made, "w") as new:
            for member in old:
                content = old.extractfile(member)
                if member.name == INDEX:
                    content = _index(old, [images.full_name(name) for name in names])
                    member.size = len(content.getvalue())
                new.addfile(member, content)
        made.rename(target)
    return target


def _index(archive: tarfile.TarFile, names: list[str]) -> io.BytesIO:
    """Return what an archive says of its image, but for the names."""
    found = archive.extractfile(INDEX)
    assert found is not None
    (image,) = json.load(found)
    return io.BytesIO(json.dumps([{**image, "RepoTags": names}]).encode())


def _archive() -> str:
    files = [Path(str(puppet.__file__)), *(FOLDER / "server").glob("*.py")]

    def fill(context: Path) -> None:
        target = context / "server"
        target.mkdir()
        for file in files:
            shutil.copy(file, target)

    dockerfile, arguments = FOLDER / "Dockerfile", {"BASE": "python:3.13-slim"}
    return built(Recipe("examples", dockerfile, files, fill, None, arguments))
