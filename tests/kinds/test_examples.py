"""What the examples promise, they keep."""

from pathlib import Path

import pytest

from tests.kinds import corpus
from tests.kinds.corpus import HERE

EXAMPLES = sorted((HERE.parents[1] / "examples").glob("*.yaml"))
MISTAKES = [path for path in EXAMPLES if path.stem == "mistakes"]


@pytest.mark.parametrize(
    "path", [path for path in EXAMPLES if path not in MISTAKES], ids=lambda path: path.stem
)
def test_an_example_is_right_and_gives_no_reason_for_a_warning(path: Path) -> None:
    assert corpus.found(path) == []
    assert corpus.warned(path) == []


def test_the_mistakes_are_those_that_the_documentation_shows() -> None:
    (path,) = MISTAKES
    shown = (HERE.parents[1] / "docs/webhook.md").read_text(encoding="utf-8")
    lines = [f"* {problem}\n" for problem in corpus.found(path)]
    assert len(lines) == 4
    assert "".join(lines) in shown
