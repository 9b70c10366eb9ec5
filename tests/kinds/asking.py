"""Ask a real API server what it makes of an MCPServer, without leaving one there."""

import json
import time
from pathlib import Path

from cluster.connection import Body
from cluster.errors import Busy, Invalid, NotFound
from kinds.names import API_VERSION, GROUP, KIND, PLURAL, VERSION
from tests.cluster.facade import Cluster, Object
from tests.kinds import corpus
from tests.kinds.corpus import WRONG

DEFINITION = Path(__file__).parents[2] / "charts" / "kmcp-crds" / "templates" / "mcpservers.yaml"
READY_SECONDS = 90.0
MERGE_PATCH = "application/merge-patch+json"


def install(cluster: Cluster) -> None:
    """Have the API server know MCPServers, and return once it does."""
    cluster.apply(DEFINITION)
    cluster.wait_condition("customresourcedefinition", f"{PLURAL}.{GROUP}", "Established")
    deadline = time.monotonic() + READY_SECONDS
    while not _is_served(cluster):
        assert time.monotonic() < deadline, "the API server does not serve MCPServers"
        time.sleep(0.1)


def refusal(cluster: Cluster, server: Object, path: str | None = None) -> str | None:
    """Return why the API server would not create the object; None when it would."""
    body = {"apiVersion": API_VERSION, "kind": KIND, **server}
    body["metadata"] = {**server.get("metadata", {}), "namespace": cluster.namespace}
    query = {"dryRun": "All", "fieldValidation": "Ignore"}
    try:
        cluster.api.request("POST", path or _path(cluster), query, Body(json.dumps(body).encode()))
    except Invalid as error:
        return str(error)
    return None


def webhook_only(cluster: Cluster) -> list[str]:
    """Return the wrong manifests that the API server takes while the webhook is down."""
    return [path.stem for path in WRONG if refusal(cluster, corpus.load(path)) is None]


def scale(cluster: Cluster, name: str, replicas: int) -> Object:
    """Set the replicas as an autoscaler does, and return what the API server makes of it."""
    body = Body(json.dumps({"spec": {"replicas": replicas}}).encode(), MERGE_PATCH)
    answer: Object = json.loads(
        cluster.api.request("PATCH", f"{_path(cluster)}/{name}/scale", body=body)
    )
    return answer


def _path(cluster: Cluster) -> str:
    return f"/apis/{GROUP}/{VERSION}/namespaces/{cluster.namespace}/{PLURAL}"


def _is_served(cluster: Cluster) -> bool:
    try:
        cluster.api.request("GET", _path(cluster))
    except (NotFound, Busy):  # it says busy while it makes room for a new kind
        return False
    return True
