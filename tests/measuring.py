"""What programs measured that were killed while they wrote it down."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path


def unreadable(folder: Path) -> Iterator[Path]:
    """Yield the files of coverage in *folder* of which a part is missing.

    Where the beginning is missing, coverage leaves them out with a warning; where it is another
    part, coverage fails, and the whole run of the tests with it.
    """
    name = folder / os.environ.get("COVERAGE_FILE", ".coverage")
    for file in name.parent.glob(f"{name.name}.*"):
        if not file.name.endswith("-journal") and not is_whole(file):
            yield file


def is_whole(file: Path) -> bool:
    """Say whether a database can be read from its beginning to its end."""
    try:
        with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as database:
            found: tuple[str] = database.execute("pragma quick_check").fetchone()
            tables = database.execute("select count(*) from sqlite_master").fetchone()
    except sqlite3.Error:
        return False
    return found == ("ok",) and tables != (0,)
