"""The fixtures that any test may ask for: a control plane, or a cluster with a real node."""

from collections.abc import Generator, Iterator

import pytest
from hypothesis import HealthCheck, settings

from tests.cluster import borrowed, session
from tests.cluster.facade import Cluster
from tests.cluster.processes import bypass_proxies
from tests.cluster.session import Session
from tests.kinds import asking
from tests.measuring import unreadable

bypass_proxies()

# How long an example takes says how much the machine has to do, and nothing about the example.
settings.register_profile("kmcp", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("kmcp")

FIXTURE_MARKS = {
    "control_plane_session": "control_plane",
    "kinds_session": "control_plane",
    "cluster_session": "node",
}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark every test by the fixtures that it asks for, so that `make test-fast` can skip it."""
    for item in items:
        for fixture, mark in FIXTURE_MARKS.items():
            if fixture in getattr(item, "fixturenames", ()):
                item.add_marker(mark)


@pytest.hookimpl(wrapper=True, trylast=True)  # so that it is over before coverage puts all together
def pytest_runtestloop(session: pytest.Session) -> Generator[None, object, object]:
    """Sort out what programs measured that were killed while they wrote it down."""
    result = yield
    for file in unreadable(session.config.rootpath):
        file.unlink()
    return result


@pytest.fixture(scope="session")
def control_plane_session() -> Iterator[Session]:
    """Bring up etcd, an API server and the controllers, for the whole run."""
    with session.own("control-plane") as running:
        yield running


@pytest.fixture(scope="session")
def kinds_session() -> Iterator[Session]:
    """Bring up a control plane that knows our kinds, for the whole run."""
    with session.own("control-plane") as running:
        with running.namespace("definitions") as cluster:
            asking.install(cluster)
        yield running


@pytest.fixture(scope="session")
def named_namespace(kinds_session: Session) -> Cluster:
    """Lend the namespace that some of the manifests name, for the whole run."""
    return kinds_session.named("mcp-servers")


@pytest.fixture(scope="session")
def cluster_session() -> Iterator[Session]:
    """Bring up a whole node, or borrow the current cluster, for the whole run."""
    with session.current() if borrowed.is_wanted() else session.own("node") as running:
        yield running


@pytest.fixture
def control_plane(
    control_plane_session: Session, request: pytest.FixtureRequest
) -> Iterator[Cluster]:
    """Lend a namespace on a real API server that has no nodes."""
    with control_plane_session.namespace(request.node.originalname) as namespace:
        yield namespace


@pytest.fixture
def cluster(cluster_session: Session, request: pytest.FixtureRequest) -> Iterator[Cluster]:
    """Lend a namespace on a real cluster, where Pods run."""
    with cluster_session.namespace(request.node.originalname) as namespace:
        yield namespace
