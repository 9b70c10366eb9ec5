"""Fixtures of the webhook's tests."""

from pathlib import Path

import pytest

from tests.webhook.program import Identity


@pytest.fixture
def identity(tmp_path: Path) -> Identity:
    """Lend an authority, and files with a leaf of it."""
    made = Identity(tmp_path)
    made.write()
    return made
