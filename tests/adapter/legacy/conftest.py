"""An adapter before a server of 2026-07-28 only, shared by tests that leave it as they found it."""

from collections.abc import Iterator

import pytest

from tests.adapter.program import NOVEL, Adapter, serving


@pytest.fixture(scope="module")
def novel() -> Iterator[Adapter]:
    """Lend an adapter that is ready."""
    with serving(NOVEL) as running:
        yield running.wait_ready()
