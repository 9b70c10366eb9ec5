"""A real API server that knows MCPServers, for the reconciler's objects."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cluster import session
from tests.cluster.facade import Cluster
from tests.cluster.session import Session
from tests.kinds import asking
from tests.reconciler.site import Site


@pytest.fixture(scope="module")
def servers(kinds_session: Session) -> Iterator[Cluster]:
    """Lend a namespace for MCPServers."""
    with kinds_session.namespace("wanted") as namespace:
        yield namespace


@pytest.fixture(scope="session")
def simulated() -> Iterator[Session]:
    """Bring up a control plane that knows our kinds, and nodes that pretend to run Pods."""
    with session.own("control-plane", "--simulated-nodes=2") as running:
        with running.namespace("definitions") as cluster:
            asking.install(cluster)
        yield running


@pytest.fixture
def site(simulated: Session, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Site]:
    """Lend a namespace, and reconcilers that may do there exactly what a chart grants."""
    with simulated.namespace(request.node.originalname) as cluster:
        yield Site(cluster, tmp_path)
