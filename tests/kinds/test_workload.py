"""Right manifests can run: the API server takes a Deployment made of its parts."""

from pathlib import Path

import pytest

from tests.cluster.facade import Cluster
from tests.kinds import asking, corpus, workload
from tests.kinds.corpus import RIGHT, Object

NAMED = [path for path in RIGHT if "name" in corpus.load(path)["metadata"]]


def refusal(cluster: Cluster, server: Object) -> str | None:
    """Return why the API server would not take the server's Deployment."""
    path = f"/apis/apps/v1/namespaces/{cluster.namespace}/deployments"
    return asking.refusal(cluster, workload.deployment(server), path)


@pytest.mark.parametrize("path", NAMED, ids=lambda path: path.stem)
def test_a_right_manifest_makes_a_deployment(servers: Cluster, path: Path) -> None:
    assert refusal(servers, corpus.complete(path)) is None
