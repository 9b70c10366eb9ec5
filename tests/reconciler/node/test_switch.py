"""A server that upstream kmcp has run is taken over while it serves: one roll-out, nothing left."""

import signal
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

import pytest

from cluster.client import Client
from cluster.resources import CONFIG_MAPS
from tests.cluster import borrowed
from tests.cluster.facade import Object
from tests.reconciler import upstream
from tests.reconciler.applying import RESOURCES
from tests.reconciler.node.stage import COMMAND, READY, Stage, ready
from tests.reconciler.program import Reconciler

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(borrowed.is_wanted(), reason="needs images under any name"),
]
OLD = ("adapterbin", "agentgateway", "OLD", "config-hash", "local.yaml", "copy-binary", "binary")


@contextmanager
def asleep(reconciler: Reconciler) -> Generator[None]:
    """Have a reconciler do nothing, as if nobody had installed it yet."""
    reconciler.process.send_signal(signal.SIGSTOP)
    try:
        yield
    finally:
        reconciler.process.send_signal(signal.SIGCONT)


def test_a_server_of_upstream_is_taken_over_in_one_roll_out(stage: Stage) -> None:
    with asleep(stage.reconciler):
        stage.create("tool", image="registry.example.com/tool:1", cmd=COMMAND)
        made_by_upstream(stage)
        stage.cluster.wait_rollout("tool", 90)
        (before,) = stage.pods("tool")
        address = stage.cluster.get("service", "tool")["spec"]["clusterIP"]
        assert stage.call("tool", "where") == "3000/mcp"
    stage.cluster.wait("deployment", "tool", is_ours, "ours", 90)
    stage.cluster.wait_rollout("tool", 90)
    assert ready(stage.ready("tool")) == READY
    assert stage.cluster.get("service", "tool")["spec"]["clusterIP"] == address
    assert stage.call("tool", "echo", text="the real one") == "the real one"
    (after,) = stage.pods("tool")
    assert after["metadata"]["uid"] != before["metadata"]["uid"]
    assert not any(word in str(after["spec"]) for word in OLD)
    assert [one["name"] for one in after["spec"]["initContainers"]] == ["kmcp-adapter"]
    stage.cluster.wait_gone("configmap", "tool")
    assert revisions(stage) == {"1": 0, "2": 1}
    for kind in ("deployment", "service", "serviceaccount"):
        assert upstream.MANAGER not in managers(stage, kind)


def made_by_upstream(stage: Stage) -> None:
    """Write what upstream kmcp writes, as it does."""
    client = Client(stage.cluster.api)
    kinds = {**RESOURCES, "ConfigMap": CONFIG_MAPS}
    for one in upstream.objects(stage.server("tool")):
        where = kinds[one["kind"]], stage.cluster.namespace
        client.create(*where, one, dict[str, Any], manager=upstream.MANAGER)


def is_ours(deployment: Object) -> bool:
    """Say whether the Deployment has been taken over."""
    return "kmcp.dev/source" in deployment["metadata"].get("annotations", {})


def revisions(stage: Stage) -> dict[str, int]:
    """Return how many Pods each version is to have."""
    return {
        one["metadata"]["annotations"]["deployment.kubernetes.io/revision"]: one["spec"]["replicas"]
        for one in stage.cluster.find("replicasets")
    }


def managers(stage: Stage, kind: str) -> set[str]:
    """Return who owns fields of an object."""
    shown = stage.cluster.kubectl("get", kind, "tool", "--show-managed-fields", "--output=yaml")
    return {line.split()[-1] for line in shown.splitlines() if line.strip().startswith("manager: ")}
