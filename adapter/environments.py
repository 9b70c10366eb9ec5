"""Which variables a server that we start ourselves gets to see. Pure."""

import re
from collections.abc import Mapping
from fnmatch import fnmatchcase

from flags.words import several

USUAL = ("PATH", "HOME", "USER", "LOGNAME", "SHELL", "TMPDIR", "TZ", "LANG", "LC_*")
"""What hardly any program can do without, and no secret."""

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\*?", re.ASCII)


def names(word: str) -> tuple[str, ...]:
    """Read a list of names; raise ValueError when one of them is none."""
    listed = several(word)
    if not all(map(_NAME.fullmatch, listed)):
        raise ValueError("must be names of variables, such as API_KEY,AWS_*")
    return listed


def passed(environment: Mapping[str, str], wanted: tuple[str, ...]) -> dict[str, str]:
    """Return the variables that are *wanted* or usual; all of them when nothing is said."""
    if not wanted:
        return dict(environment)
    patterns = (*USUAL, *wanted)
    return {
        name: value
        for name, value in environment.items()
        if any(fnmatchcase(name, pattern) for pattern in patterns)
    }
