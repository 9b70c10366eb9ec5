"""The values of the chart as a table, from values.yaml and those of its comments that say --."""

import json
import re
from collections.abc import Iterator
from typing import Any

import yaml

from kinds.reading import Fields, is_map
from tests.repository.lock import ROOT

FILE = ROOT / "charts" / "kmcp" / "values.yaml"


def table() -> str:
    """Return a table of all values."""
    words = described(FILE.read_text())
    rows = [
        f"| `{key}` | `{json.dumps(value)}` | {sentence(key, words)} |"
        for key, value in flat(yaml.safe_load(FILE.read_text()))
    ]
    return "\n".join(["| value | default | what it does |", "|---|---|---|", *rows])


def flat(values: Fields, above: str = "") -> Iterator[tuple[str, Any]]:
    """Yield every value with its whole name."""
    for key, value in values.items():
        if is_map(value) and value:
            yield from flat(value, f"{above}{key}.")
        else:
            yield f"{above}{key}", value


def sentence(key: str, words: dict[str, str]) -> str:
    """Return what is said of a value, or of what it is a part of."""
    parts = key.split(".")
    names = [".".join(parts[:length]) for length in range(len(parts), 0, -1)]
    return next((words[name] for name in names if name in words), "")


def described(text: str) -> dict[str, str]:
    """Return what the comments say, by the whole name of what stands below them."""
    found: dict[str, str] = {}
    path: list[str] = []
    said: list[str] = []
    for line in text.splitlines():
        comment = re.match(r" *# (-- )?(.*)", line)
        if comment and (comment[1] or said):
            said = [comment[2]] if comment[1] else [*said, comment[2]]
        elif key := re.match(r"( *)([A-Za-z]\w*):", line):
            path = [*path[: len(key[1]) // 2], key[2]]
            if said:
                found[".".join(path)] = shown(" ".join(said))
            said = []
    return found


def shown(words: str) -> str:
    """Return words in which <places> are not taken for markup, nor bars for columns."""
    return words.replace("<", "&lt;").replace("|", "\\|")
