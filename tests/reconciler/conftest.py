"""A real API server that knows MCPServers, for the reconciler's objects."""

from collections.abc import Iterator

import pytest

from tests.cluster.facade import Cluster
from tests.cluster.session import Session


@pytest.fixture(scope="module")
def servers(kinds_session: Session) -> Iterator[Cluster]:
    """Lend a namespace for MCPServers."""
    with kinds_session.namespace("wanted") as namespace:
        yield namespace
