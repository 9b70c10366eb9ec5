"""The lock files of images: the part of locks/dev.txt that a program needs, as it stands there."""

import re
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.repository.lock import LOCK, ROOT

IMAGES = {"adapter": ("adapter-tokens",), "controller": ("reconciler", "webhook")}
"""The extras that are in each image."""
NOTICE = (
    "# The part of locks/dev.txt that the image {} needs, made by `make lock`. Do not edit.\n"
    "# `python -m tests.repository.shipped` takes it anew without resolving anything.\n"
)


def lock_of(image: str) -> Path:
    """Return where the lock file of an image is."""
    return ROOT / "locks" / f"{image}.txt"


def part(image: str, lock: str, pyproject: str) -> str:
    """Return what is in the lock file of an image."""
    extras = tomllib.loads(pyproject)["project"]["optional-dependencies"]
    return NOTICE.format(image) + locked(lock, needed(extras, IMAGES[image]))


def needed(extras: Mapping[str, Sequence[str]], names: Sequence[str]) -> set[str]:
    """Return the distributions that our extras called *names* ask for, and those they stand on."""
    found: set[str] = set()
    for requirement in (one for name in names for one in extras[name]):
        if ours := re.fullmatch(r"kmcp\[(.*)\]", requirement):
            found |= needed(extras, re.split(r",\s*", ours[1]))
        else:
            found.add(re.split(r"[\[<>=!~; ]", requirement)[0])
    return found


def locked(lock: str, names: set[str]) -> str:
    """Return the part of a lock file that installs *names* and what they need."""
    parts = re.findall(
        r"^\S.*(?:\n[ \t].*)*", re.sub(r"^#.*\n", "", lock, flags=re.MULTILINE), re.M
    )
    chosen: dict[str, str] = {}
    wanted, seen = set(names), 0
    while seen != len(wanted):
        seen = len(wanted)
        for part in parts:
            name = re.split(r"[=\[ ]", part)[0]
            needed_by = set(re.findall(r"#\s+(?:via )?([a-z0-9-]+)$", part, re.M))
            if name in wanted or needed_by & wanted:
                wanted.add(name)
                chosen[name] = part
    return "\n".join(chosen[name] for name in sorted(chosen)) + "\n"


def write() -> None:
    """Take the parts anew."""
    lock, pyproject = LOCK.read_text(), (ROOT / "pyproject.toml").read_text()
    for image in IMAGES:
        lock_of(image).write_text(part(image, lock, pyproject))


if __name__ == "__main__":
    write()
