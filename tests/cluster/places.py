"""Where the rig keeps what it builds (the cache) and what it runs (the state)."""

import fcntl
import os
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

HERE = Path(__file__).resolve().parent


def cache() -> Path:
    """Return the folder of things that can be built again: binaries, images, build layers."""
    return _folder("KMCP_CACHE", "XDG_CACHE_HOME", ".cache") / "cluster"


def state() -> Path:
    """Return the folder of the clusters that exist, one folder each."""
    return _folder("KMCP_STATE", "XDG_STATE_HOME", ".local/state") / "clusters"


def _folder(ours: str, base: str, below_home: str) -> Path:
    if path := os.environ.get(ours):
        return Path(path).resolve()
    return Path(os.environ.get(base) or Path.home() / below_home).resolve() / "kmcp"


@contextmanager
def locked(folder: Path) -> Generator[None]:
    """Let one process at a time work in *folder*; the kernel lets go when the holder dies."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
