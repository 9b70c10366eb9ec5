"""A real API server that knows MCPServers, and no webhook that would help it."""

import json
from collections.abc import Iterator

import pytest

from cluster.connection import Body
from tests.cluster.facade import Cluster
from tests.cluster.session import Session
from tests.kinds import asking

MANIFESTS_NAMESPACE = "mcp-servers"


@pytest.fixture(scope="module")
def servers(control_plane_session: Session) -> Iterator[Cluster]:
    """Lend a namespace for MCPServers; their definition stays when the namespace goes."""
    with control_plane_session.namespace("servers") as namespace:
        asking.install(namespace)
        yield namespace


@pytest.fixture(scope="module")
def named_namespace(control_plane_session: Session, servers: Cluster) -> Iterator[Cluster]:
    """Lend the namespace that some manifests name."""
    session, path = control_plane_session, "/api/v1/namespaces"
    content = json.dumps({"metadata": {"name": MANIFESTS_NAMESPACE}}).encode()
    session.api.request("POST", path, body=Body(content))
    yield Cluster(
        session.kubectl,
        session.kubeconfig,
        session.context,
        MANIFESTS_NAMESPACE,
        servers.api,
        servers.load,
    )
    session.api.request("DELETE", f"{path}/{MANIFESTS_NAMESPACE}")
