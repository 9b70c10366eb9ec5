"""The places where servers run, for every test that asks for one."""

import tempfile
from collections.abc import Generator
from pathlib import Path

import pytest

from tests.adapter.processes.places import Place

HERE = Path(__file__).parent
QUICK = {"test_stderr.py"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what starts programs (this hook sees all that were collected)."""
    for item in items:
        if HERE in item.path.parents and item.path.name not in QUICK:
            item.add_marker(pytest.mark.slow)


@pytest.fixture
def socket_path() -> Generator[Path]:
    """Lend a path that is short enough for a Unix socket."""
    with tempfile.TemporaryDirectory(prefix="kmcp-") as folder:
        yield Path(folder) / "adapter.sock"


@pytest.fixture(params=["local", "descriptors", "relay"])
def place(request: pytest.FixtureRequest, socket_path: Path) -> Place:
    """Lend every place in turn."""
    return Place(request.param, socket_path)
