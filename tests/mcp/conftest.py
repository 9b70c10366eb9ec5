"""The fixtures of the tests by other people's software."""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.mcp.serving import Kept, natively


@pytest.fixture(scope="session")
def served() -> Iterator[Kept]:
    """Lend servers without a bridge, each started once: served(command, *flags).url("http")."""
    with ExitStack() as stack:
        yield Kept(natively, stack)
