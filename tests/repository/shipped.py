"""The lock files of images: the part of locks/dev.txt that a program needs, as it stands there."""

import re
import tomllib
from collections.abc import Mapping, Sequence

from tests.repository.lock import LOCK, ROOT

ADAPTER = ROOT / "locks" / "adapter.txt"
EXTRAS = ("adapter-tokens",)
"""What the adapter's image can do: all of it."""
NOTICE = (
    "# The part of locks/dev.txt that the adapter needs, made by `make lock`. Do not edit.\n"
    "# `python -m tests.repository.shipped` takes it anew without resolving anything.\n"
)


def adapter(lock: str, pyproject: str) -> str:
    """Return the lock file of the adapter's image."""
    extras = tomllib.loads(pyproject)["project"]["optional-dependencies"]
    return NOTICE + locked(lock, needed(extras, EXTRAS))


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
    ADAPTER.write_text(adapter(LOCK.read_text(), (ROOT / "pyproject.toml").read_text()))


if __name__ == "__main__":
    write()
