"""What the documents show: the commands in their console blocks, by section."""

import re
from pathlib import Path

from tests.repository.lock import ROOT


def commands(document: str, section: str) -> list[str]:
    """Return the commands that a section of docs/ shows, in their order."""
    return typed(text(document, section))


def about(document: str, words: str) -> list[str]:
    """Return the commands in a document of docs/ that say *words*."""
    return [line for line in typed((ROOT / "docs" / document).read_text()) if words in line]


def typed(written: str) -> list[str]:
    """Return the commands in the console blocks of a text; one may go on behind a backslash."""
    blocks = re.findall(r"^```console\n(.*?)^```", written, re.DOTALL | re.MULTILINE)
    whole = re.sub(r"\\\n *", "", "".join(blocks))
    return re.findall(r"^\$ (.+)$", whole, re.MULTILINE)


def text(document: str, section: str) -> str:
    """Return a section of docs/."""
    whole = (ROOT / "docs" / document).read_text()
    found = re.search(rf"^## {re.escape(section)}\n(.*?)(?=^## |\Z)", whole, re.DOTALL | re.M)
    assert found is not None, f"docs/{document} has no section {section}"
    return found[1]


def documents() -> list[Path]:
    """Return all documents."""
    return [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
