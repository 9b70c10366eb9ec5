"""The fixtures of the tests by other people's software."""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.mcp.serving import Kept


@pytest.fixture(scope="module")
def served() -> Iterator[Kept]:
    """Lend servers, each started once for a file: served(way, command).url("http")."""
    with ExitStack() as stack:
        yield Kept(stack)
