"""The lists of foreign packages, their lock files, and the page about them belong together."""

from pathlib import Path

import pytest

from tests.mcp.foreign import ALL
from tests.mcp.matrix import PAGE, written
from tests.repository.lock import FOREIGN, NPM, foreign, foreign_problem

pytestmark = pytest.mark.repository


@pytest.mark.parametrize("wanted", FOREIGN, ids=lambda path: path.name)
def test_a_lock_file_is_just_what_make_lock_wrote(wanted: Path) -> None:
    assert foreign_problem(wanted.with_suffix(".txt").read_text(), wanted.read_text()) is None


def test_a_lock_file_edited_by_hand_is_noticed() -> None:
    lock = foreign("a==1\n", "a\n").replace("a==1", "a==2")
    assert foreign_problem(lock, "a\n") == "edited by hand, or older than its list: run `make lock`"


def test_all_that_is_installed_is_locked_by_make_lock() -> None:
    made = {wanted.with_suffix(".txt") for wanted in FOREIGN}
    made |= {folder / "package-lock.json" for folder in NPM}
    assert {packages.lock for packages in ALL} <= made


def test_the_page_about_clients_says_what_the_tests_run() -> None:
    text = PAGE.read_text()
    assert text == written(text), "docs/clients.md has drifted: run `python -m tests.mcp.matrix`"
