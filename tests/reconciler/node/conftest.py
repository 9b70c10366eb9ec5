"""One real node and one reconciler for all tests of this folder, and a namespace for each test."""

from collections.abc import Iterator

import pytest

from kinds import names
from reconciler import rights
from reconciler.settings import settings
from tests.cluster.session import Session
from tests.door.accounts import granted
from tests.kinds import asking
from tests.reconciler.node import images
from tests.reconciler.node.calling import Caller, calling
from tests.reconciler.node.stage import Stage
from tests.reconciler.program import Reconciler, running

HOME = "kmcp-reconciling"
FROM_EXAMPLES = "mcp-servers"


@pytest.fixture(scope="package")
def reconciling(
    cluster_session: Session, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Reconciler]:
    """Run a reconciler that looks after the whole cluster, with the rights that a chart grants."""
    images.load(cluster_session)
    home = cluster_session.named(HOME)
    asking.install(home)
    folder = tmp_path_factory.mktemp("reconciling")
    chosen = settings([], {})
    rules = [*rights.in_namespaces(), *rights.in_cluster(chosen), *rights.at_home(chosen)]
    flags = [
        f"--kubeconfig={folder / 'kubeconfig'}",
        f"--namespace={HOME}",
        f"--adapter-image={images.ADAPTER}",
    ]
    with granted(home, folder, rules), running(*flags) as program:
        program.wait_ready()
        yield program
    home.kubectl("delete", "customresourcedefinition", f"{names.PLURAL}.{names.GROUP}")


@pytest.fixture(scope="package")
def caller() -> Iterator[Caller]:
    """Run a client."""
    with calling() as client:
        yield client


@pytest.fixture
def stage(
    cluster_session: Session,
    reconciling: Reconciler,
    caller: Caller,
    request: pytest.FixtureRequest,
) -> Iterator[Stage]:
    """Lend a namespace in which servers are looked after."""
    with cluster_session.namespace(request.node.originalname.removeprefix("test_")) as cluster:
        yield Stage(cluster, reconciling, caller)


@pytest.fixture(scope="module")
def examples(cluster_session: Session, reconciling: Reconciler, caller: Caller) -> Iterator[Stage]:
    """Lend the namespace that the examples name."""
    yield Stage(cluster_session.named(FROM_EXAMPLES), reconciling, caller)
    cluster_session.api.request("DELETE", f"/api/v1/namespaces/{FROM_EXAMPLES}")
