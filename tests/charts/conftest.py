"""A cluster with a node that nobody else uses: what Helm installs is there once in each."""

from collections.abc import Iterator

import pytest

from tests.charts.site import make_home
from tests.cluster import session
from tests.cluster.session import Session


@pytest.fixture(scope="module")
def rig() -> Iterator[Session]:
    """Bring up a node, and restrict the Pods of kmcp's own namespace as far as can be."""
    with session.own("node") as running:
        make_home(running)
        yield running
