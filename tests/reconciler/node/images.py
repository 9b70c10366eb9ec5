"""The images that the examples name: one of ours, with all their servers, under every name."""

import hashlib
import io
import json
import shutil
import tarfile
from functools import partial
from pathlib import Path

from tests.adapter import puppet
from tests.adapter.contained.witness import witness
from tests.cluster import images
from tests.cluster.session import Session
from tests.images.product import adapter
from tests.images.recipes import Recipe, built

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
    "registry.example.com/tool:1",
    "ghcr.io/agentgateway/agentgateway:0.9.0-musl",
)
LATER = "localhost:9/comes-later:v1"
"""What is on no node until a test puts it there: no registry listens at that port."""
LATER_COMMAND = "/server/witness"
INDEX = "manifest.json"


def load(session: Session) -> None:
    """Have all of them on the node, and the adapter."""
    session.load(adapter())
    session.load(str(_named(_examples(), *NAMES)))


def later() -> str:
    """Return an archive of a small image, with another server."""
    files = [witness() / "witness"]
    dockerfile, arguments = FOLDER / "later.Dockerfile", {"BASE": "scratch"}
    recipe = Recipe("later", dockerfile, files, partial(_fill, files), None, arguments)
    return str(_named(built(recipe), LATER))


def _named(archive_of: str, *names: str) -> Path:
    """Return an archive in which the image has these names."""
    archive = Path(archive_of)
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


def _examples() -> str:
    files = [Path(str(puppet.__file__)), *(FOLDER / "server").glob("*.py")]
    dockerfile, arguments = FOLDER / "Dockerfile", {"BASE": "python:3.13-slim"}
    return built(Recipe("examples", dockerfile, files, partial(_fill, files), None, arguments))


def _fill(files: list[Path], context: Path) -> None:
    target = context / "server"
    target.mkdir()
    for file in files:
        shutil.copy(file, target)
