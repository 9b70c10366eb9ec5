"""Packages that others wrote, pinned in locks/: each list is installed once, beside our cache."""

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.cluster import places

ROOT = Path(__file__).resolve().parents[2]
LOCKS = ROOT / "locks"
NODE = Path(sys.executable).with_name("node")

RECIPE = b"2"
"""To be counted up when the way of installing changes."""

Say = Callable[[str], None]


def silent(_: str) -> None:
    """Say nothing: what a test that finds all prepared has to say."""


@dataclass(frozen=True)
class Packages:
    """A folder of packages that is made from a lock file, and named after its digest."""

    name: str
    lock: Path
    install: Callable[[Path, Path], None]
    """Put what the lock (first) names into a folder (second) that does not exist yet."""

    @property
    def folder(self) -> Path:
        """Where they are, or will be: another lock or another Python is another folder."""
        decisive = self.lock.read_bytes() + sys.version.encode() + RECIPE
        digest = hashlib.sha256(decisive).hexdigest()[:16]
        return places.cache().parent / "mcp" / f"{self.name}-{digest}"

    def ready(self, say: Say = silent) -> Path:
        """Return the folder, made if it is not there; safe to call from many processes at once."""
        folder = self.folder
        if not folder.exists():
            with places.locked(folder.parent):
                self._make(folder, say)
        return folder

    def _make(self, folder: Path, say: Say) -> None:
        if folder.exists():  # another process was faster
            return
        say(f"{self.name}: installing what {self.lock.relative_to(ROOT)} pins")
        with _aside(folder.parent) as aside:
            made = aside / folder.name
            self.install(self.lock, made)
            made.rename(folder)


@contextmanager
def _aside(parent: Path) -> Generator[Path]:
    """Lend a folder on the same disk, so that what is finished appears all at once."""
    aside = Path(tempfile.mkdtemp(prefix=".making-", dir=parent))
    try:
        yield aside
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def _python(lock: Path, folder: Path) -> None:
    uv = [sys.executable, "-m", "uv"]
    _run([*uv, "venv", "--quiet", "--relocatable", "--python", sys.executable, str(folder)])
    # Compiled now: many small programs will start from here, some of them forbidden to write.
    how = ["--quiet", "--require-hashes", "--compile-bytecode"]
    into = ["--python", str(folder / "bin" / "python")]
    _run([*uv, "pip", "install", *how, *into, "--requirement", str(lock)])


def _node(lock: Path, folder: Path) -> None:
    folder.mkdir()
    for name in ("package.json", "package-lock.json"):
        shutil.copy(lock.with_name(name), folder)
    quiet = ["--no-audit", "--no-fund", "--silent", "--ignore-scripts"]
    _run([str(NODE.with_name("npm")), "ci", "--prefix", str(folder), *quiet])


def _run(words: list[str]) -> None:
    """Run a command to its end; what it wrote is shown when it fails."""
    environment = {**os.environ, "PATH": f"{NODE.parent}:{os.environ['PATH']}"}
    ended = subprocess.run(
        words, env=environment, check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    if ended.returncode:
        sys.stderr.write(ended.stdout.decode(errors="replace"))
        raise SystemExit(f"{' '.join(words[:4])} … ended with {ended.returncode}")


MODERN = Packages("modern", LOCKS / "mcp-modern.txt", _python)
LEGACY = Packages("legacy", LOCKS / "mcp-legacy.txt", _python)
SERVERS = Packages("servers", LOCKS / "mcp-servers.txt", _python)
JAVASCRIPT = Packages("node", LOCKS / "mcp-node" / "package-lock.json", _node)
ALL = (MODERN, LEGACY, SERVERS, JAVASCRIPT)


def no_proxies() -> dict[str, str]:
    """Return variables that turn every proxy off: all is on this machine, and some read no list."""
    return {name: "" for name in os.environ if "proxy" in name.lower()}


def python(packages: Packages) -> str:
    """Return the interpreter that sees these packages and none of ours."""
    return str(packages.ready() / "bin" / "python")


def script(path: str) -> list[str]:
    """Return the command that runs a program of a Node package, with the Node of our lock."""
    return [str(NODE), str(JAVASCRIPT.ready() / "node_modules" / path)]
