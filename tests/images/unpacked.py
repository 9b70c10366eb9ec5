"""An image as it lies in its archive, and programs of it run as a container runtime runs them."""

import json
import subprocess
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

RUN_SECONDS = 60.0
ENTER = """
set -e
mount --bind "$1" "$1"
mount -t proc proc "$1/proc"
mount -o remount,bind,ro "$1"
room=$1 user=$2
shift 2
exec env -i "$@"
"""
"""Another root that cannot be written to; what the words begin with is the environment."""


@dataclass(frozen=True)
class Image:
    """An archive."""

    archive: Path

    def config(self) -> dict[str, Any]:
        """Return what the image says of itself."""
        with tarfile.open(self.archive) as archive:
            found: dict[str, Any] = json.load(_member(archive, self._manifest(archive)["Config"]))
        return found

    def layers(self) -> list[str]:
        """Return the digests of what is in the layers, the lowest first."""
        found: list[str] = self.config()["rootfs"]["diff_ids"]
        return found

    def files(self, beyond: "Image") -> Iterator[tuple[tarfile.TarInfo, bytes]]:
        """Yield each file of the layers that are not those of *beyond*, with its first bytes."""
        below = len(beyond.layers())
        assert self.layers()[:below] == beyond.layers()
        with tarfile.open(self.archive) as archive:
            for name in self._manifest(archive)["Layers"][below:]:
                with tarfile.open(fileobj=_member(archive, name)) as layer:
                    for one in layer:
                        if one.isfile():
                            yield one, _member(layer, one.name).read(HEAD)

    def unpack(self, root: Path) -> "Root":
        """Return the whole file system, in the folder *root*."""
        with tarfile.open(self.archive) as archive:
            for name in self._manifest(archive)["Layers"]:
                words = ["tar", "--extract", f"--directory={root}", "--numeric-owner"]
                with subprocess.Popen(words, stdin=subprocess.PIPE) as tar:
                    assert tar.stdin is not None
                    layer = _member(archive, name)
                    while piece := layer.read(2**20):
                        tar.stdin.write(piece)
                assert tar.returncode == 0
        root.chmod(0o755)
        return Root(root, self.config()["config"])

    def _manifest(self, archive: tarfile.TarFile) -> dict[str, Any]:
        (found,) = json.load(_member(archive, "manifest.json"))
        return dict(found)


@dataclass(frozen=True)
class Root:
    """The file system of an image, and what the image says of its programs."""

    folder: Path
    config: dict[str, Any]

    def run(self, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run a program as the image's user, with nothing writable but its memory."""
        settings = self.config["Env"] + [f"{key}={value}" for key, value in environment.items()]
        apart = ["unshare", "--mount", "--propagation=private", "--pid", "--fork", "--kill-child"]
        user = self.config["User"]
        entering = ["chroot", f"--userspec={user}", str(self.folder), *words]
        return subprocess.run(
            [*apart, "sh", "-c", ENTER, "sh", str(self.folder), user, *settings, *entering],
            capture_output=True,
            text=True,
            timeout=RUN_SECONDS,
            check=False,
        )


HEAD = 4096


def _member(archive: tarfile.TarFile, name: str) -> Any:  # noqa: ANN401 - typeshed hides the type
    found = archive.extractfile(name)
    assert found is not None, name
    return found
