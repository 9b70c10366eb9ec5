"""An adapter before a puppet, shared by tests that leave it as they found it."""

from collections.abc import Iterator

import pytest

from tests.adapter.program import Adapter, serving


@pytest.fixture(scope="module")
def adapter() -> Iterator[Adapter]:
    """Lend an adapter that is ready."""
    with serving() as running:
        yield running.wait_ready()
