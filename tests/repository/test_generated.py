"""Nobody edits by hand what a command writes."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.repository import charts, values
from tests.repository.generated import PARTS, ROOT, renewed
from tests.repository.lock import LOCK, problem, sealed

PYPROJECT = (ROOT / "pyproject.toml").read_text()


@pytest.mark.parametrize(("path", "title", "content"), PARTS, ids=[part[1] for part in PARTS])
def test_a_generated_part_says_what_the_code_says(
    path: str, title: str, content: Callable[[], str]
) -> None:
    text = (ROOT / path).read_text()
    assert text == renewed(text, title, content()), f"{path} has drifted: run `make fix`"


def test_a_part_is_replaced_and_all_around_it_is_kept() -> None:
    text = "a\n<!-- generated: x -->\nold\n<!-- end -->\nb\n"
    assert renewed(text, "x", "new") == text.replace("old", "new")


def test_a_document_without_the_mark_is_refused() -> None:
    with pytest.raises(ValueError, match="no part is marked <!-- generated: x -->"):
        renewed("text", "x", "new")


def test_the_lock_file_is_just_what_make_lock_wrote() -> None:
    assert problem(LOCK.read_text(), PYPROJECT) is None


def test_a_lock_file_edited_by_hand_is_noticed() -> None:
    lock = sealed("a==1\n", PYPROJECT).replace("a==1", "a==2")
    assert problem(lock, PYPROJECT) == "locks/dev.txt was edited by hand: run `make lock` instead"


def test_a_lock_file_older_than_the_requirements_is_noticed() -> None:
    older = PYPROJECT.replace("cryptography>=50", "cryptography>=49")
    found = problem(sealed("a==1\n", older), PYPROJECT)
    assert found is not None
    assert found.endswith("run `make lock`")


@pytest.mark.parametrize("path", charts.PARTS, ids=lambda path: path.name)
def test_the_chart_says_what_the_code_says(path: Path) -> None:
    drifted = f"{path.name} of the chart has drifted: run `make fix`"
    assert path.read_text() == charts.PARTS[path](), drifted


def test_every_value_of_the_chart_has_its_place_in_the_schema() -> None:
    chart = charts.TEMPLATES.parent
    schema = json.loads((chart / "values.schema.json").read_text())
    del schema["properties"]["global"]  # which Helm adds
    values = yaml.safe_load((chart / "values.yaml").read_text())
    assert differing(values, schema) == []


def test_every_value_of_the_chart_is_described() -> None:
    words = values.described(values.FILE.read_text())
    chosen = yaml.safe_load(values.FILE.read_text())
    assert [key for key, _ in values.flat(chosen) if not values.sentence(key, words)] == []


def test_a_comment_describes_what_stands_below_it() -> None:
    text = "# Of all.\n# -- One <a>\n# and more.\na: 1\n\nb:\n  # -- Two.\n  c: 2\n  d: 3\n"
    assert values.described(text) == {"a": "One &lt;a> and more.", "b.c": "Two."}


def differing(values: dict[str, Any], schema: dict[str, Any], path: str = "") -> list[str]:
    """Return the keys that only one of both knows."""
    known = schema.get("properties")
    if known is None:  # whatever Kubernetes takes there
        return []
    found = [f"{path}{key}" for key in values.keys() ^ known.keys()]
    for key in values.keys() & known.keys():
        if isinstance(values[key], dict):
            found += differing(values[key], known[key], f"{path}{key}.")
    return found
