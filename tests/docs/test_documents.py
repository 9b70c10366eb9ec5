"""What the documents show is there: files, headings, examples, and what commands name."""

import re
import shlex
from itertools import chain
from pathlib import Path

import pytest

from tests.docs.shown import documents, typed
from tests.repository.lock import ROOT

HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
LINK = re.compile(r"\]\(([^)\s]+)\)")
FENCED = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)


def anchors(document: Path) -> set[str]:
    """Return what can stand behind # in a link to a document, as GitHub makes it."""
    titles = HEADING.findall(FENCED.sub("", document.read_text()))
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("document", documents(), ids=lambda path: path.name)
def test_every_link_leads_somewhere(document: Path) -> None:
    wrong: list[str] = []
    for link in LINK.findall(FENCED.sub("", document.read_text())):
        if "://" in link:
            continue
        name, _, anchor = link.partition("#")
        target = (document.parent / name).resolve() if name else document
        if not target.exists() or (anchor and anchor not in anchors(target)):
            wrong.append(link)
    assert wrong == []


@pytest.mark.parametrize("document", documents(), ids=lambda path: path.name)
def test_every_file_in_a_command_is_there(document: Path) -> None:
    words = chain.from_iterable(shlex.split(line) for line in typed(document.read_text()))
    named = [word for word in words if re.match(r"(examples|charts|images|scripts|docs)/", word)]
    assert [word for word in named if not (ROOT / word).exists()] == []


def test_the_readme_names_every_document() -> None:
    readme = (ROOT / "README.md").read_text()
    names = [path.name for path in (ROOT / "docs").glob("*.md")]
    assert [name for name in names if f"(docs/{name})" not in readme] == []


def test_the_guide_to_fastmcp_shows_the_example() -> None:
    example = (ROOT / "examples" / "fastmcp" / "server.py").read_text()
    guide = (ROOT / "docs" / "fastmcp.md").read_text()
    shown = re.findall(r"```python\n(.*?)```", guide, re.DOTALL)
    assert shown == [example.split("\n\n", 1)[1]]


def test_a_command_may_go_on_in_the_next_line() -> None:
    assert typed("```console\n$ a \\\n    --b\nanswer\n$ c\n```\n") == ["a --b", "c"]
