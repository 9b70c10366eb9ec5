"""What tests of contained launchers ask for."""

import tempfile
from collections.abc import Generator
from pathlib import Path

import pytest


@pytest.fixture
def socket_path() -> Generator[Path]:
    """Lend a path that is short enough for a Unix socket."""
    with tempfile.TemporaryDirectory(prefix="kmcp-") as folder:
        yield Path(folder) / "adapter.sock"
