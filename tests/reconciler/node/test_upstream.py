"""What the end-to-end tests of upstream kmcp ask for, from 20 to 28, with real Pods.

What is before (1 to 13) and needs no Pod is in ../test_upstream.py; 21 and 22 are the CLI's.
"""

from dataclasses import dataclass

import pytest

from tests.adapter.client import Client
from tests.cluster import borrowed
from tests.cluster.facade import Object
from tests.reconciler.node.stage import Stage

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(borrowed.is_wanted(), reason="needs images under any name"),
]
SECRET = "knowledge-assistant-secrets-staging"
VARIABLES = {"API_KEY": "key", "DATABASE_URL": "url", "TOKEN": "token"}
MINUTE = 60.0


@dataclass(frozen=True)
class Forwarded:
    """Where kubectl has forwarded a port to."""

    host: str
    port: int


def test_20_to_28_a_server_lives_as_upstream_wants_it(stage: Stage) -> None:
    literals = [f"--from-literal={key}={value}" for key, value in VARIABLES.items()]
    stage.cluster.kubectl("create", "secret", "generic", SECRET, *literals)
    stage.create("tool", port=3000, secretRefs=[{"name": SECRET}])
    ready = stage.cluster.wait_rollout("tool", 3 * MINUTE)
    assert ready["status"]["readyReplicas"] == 1  # 23
    (port,) = stage.cluster.get("service", "tool")["spec"]["ports"]
    assert (port["port"], port["appProtocol"]) == (3000, "kgateway.dev/mcp")  # 24
    (pod,) = stage.pods("tool")
    for name, value in VARIABLES.items():  # 25
        words = ["sh", "-c", f"echo ${name}"]
        said = stage.cluster.exec(pod["metadata"]["name"], *words, container="mcp-server")
        assert said.strip() == value
    with stage.cluster.port("service/tool", 3000) as address:  # 26
        host, _, number = address.rpartition(":")
        client = Client(Forwarded(host, int(number)))
        assert client.initialize().status == 200
        assert len(client.request("tools/list").json["result"]["tools"]) >= 1
    stage.patch("tool", env={"ADDED": "1"})  # 27
    stage.cluster.wait("deployment", "tool", has_variable, "changed", MINUTE)
    stage.cluster.wait_rollout("tool", MINUTE)
    (after,) = stage.pods("tool")
    assert after["metadata"]["uid"] != pod["metadata"]["uid"]
    stage.cluster.kubectl("delete", "mcpserver", "tool")  # 28
    for kind in ("deployment", "service", "serviceaccount"):
        stage.cluster.wait_gone(kind, "tool")


def has_variable(deployment: Object) -> bool:
    """Say whether the Deployment has been told of the variable."""
    (container,) = deployment["spec"]["template"]["spec"]["containers"]
    return {"name": "ADDED", "value": "1"} in container.get("env", [])
