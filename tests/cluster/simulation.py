"""Nodes that exist only as objects: kwok plays their kubelets, for tests of scale."""

import json
from typing import Any

from cluster.connection import Body, Connection
from tests.cluster.processes import run
from tests.cluster.record import Record


def write_stages(record: Record) -> None:
    """Write down how simulated nodes and Pods come to life and end."""
    stages = run([record.binaries / "kwok-stages"], doing="writing the stages of simulated nodes")
    (record.folder / "stages.yaml").write_text(stages)


def create_nodes(api: Connection, count: int) -> None:
    """Register *count* simulated nodes."""
    for number in range(1, count + 1):
        api.request("POST", "/api/v1/nodes", body=Body(json.dumps(node(number)).encode()))


def node(number: int) -> dict[str, Any]:
    """Return simulated node *number*, with room for many Pods."""
    name = f"simulated-{number}"
    room = {"cpu": "64", "memory": "256Gi", "pods": "500"}
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {
            "name": name,
            "annotations": {"kwok.x-k8s.io/node": "fake"},
            "labels": {"kubernetes.io/hostname": name, "kubernetes.io/os": "linux"},
        },
        "status": {"allocatable": room, "capacity": room},
    }
