"""A program that was killed while it wrote what it measured costs its own figures alone."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.measuring import unreadable


@pytest.fixture
def whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Lend a database of many pages, such as coverage writes."""
    monkeypatch.setenv("COVERAGE_FILE", str(tmp_path / "figures"))
    file = tmp_path / "figures.host.1"
    with closing(sqlite3.connect(file)) as database:
        database.execute("create table arc (file integer, line integer, unique (file, line))")
        rows = [(file, line) for file in range(50) for line in range(200)]
        database.executemany("insert into arc values (?, ?)", rows)
        database.commit()
    return file


def test_what_was_written_to_the_end_is_kept(whole: Path) -> None:
    (whole.parent / "figures").write_text("the result of a run before")
    (whole.parent / "figures.host.1-journal").touch()
    assert list(unreadable(whole.parent)) == []


@pytest.mark.parametrize("missing", [slice(0), slice(50_000), slice(100, None)])
def test_what_has_an_end_too_early_is_sorted_out(whole: Path, missing: slice) -> None:
    whole.write_bytes(whole.read_bytes()[missing])
    assert list(unreadable(whole.parent)) == [whole]


def test_what_has_a_gap_is_sorted_out(whole: Path) -> None:
    content = whole.read_bytes()
    half = len(content) // 2
    whole.write_bytes(content[:half] + bytes(len(content) - half))
    assert list(unreadable(whole.parent)) == [whole]
