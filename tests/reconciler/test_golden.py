"""The objects of servers, kept word for word."""

from pathlib import Path

import pytest

from tests.reconciler.golden import INPUTS, KEPT, golden, text


@pytest.mark.parametrize("path", INPUTS, ids=lambda path: path.stem)
def test_the_objects_are_those_that_were_read_and_kept(path: Path) -> None:
    assert text(path) == golden(path).read_text(encoding="utf-8"), (
        "python -m tests.reconciler.golden writes them anew: read what changes"
    )


def test_every_server_that_is_kept_is_in_the_corpus() -> None:
    assert sorted(path.stem for path in INPUTS) == sorted(KEPT)
