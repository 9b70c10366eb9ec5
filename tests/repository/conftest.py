"""Tests in this folder look at the repository itself; `make check` runs them."""

from pathlib import Path

import pytest

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests of this folder (this hook sees all that were collected)."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker("repository")
