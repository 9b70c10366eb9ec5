"""What the documents show: the commands in their console blocks, by section."""

import re
from pathlib import Path

from tests.repository.lock import ROOT


def commands(document: str, section: str) -> list[str]:
    """Return the commands that a section of docs/ shows, in their order."""
    return [
        line.removeprefix("$ ")
        for block in re.findall(r"```console\n(.*?)```", text(document, section), re.DOTALL)
        for line in block.splitlines()
        if line.startswith("$ ")
    ]


def about(document: str, words: str) -> list[str]:
    """Return the commands in a document of docs/ that say *words*."""
    whole = (ROOT / "docs" / document).read_text()
    lines = re.findall(r"^\$ (.+)$", whole, re.MULTILINE)
    return [line for line in lines if words in line]


def text(document: str, section: str) -> str:
    """Return a section of docs/."""
    whole = (ROOT / "docs" / document).read_text()
    found = re.search(rf"^## {re.escape(section)}\n(.*?)(?=^## |\Z)", whole, re.DOTALL | re.M)
    assert found is not None, f"docs/{document} has no section {section}"
    return found[1]


def documents() -> list[Path]:
    """Return all documents."""
    return [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
