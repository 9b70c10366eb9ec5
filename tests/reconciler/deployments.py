"""Deployments, ReplicaSets and Pods as a cluster shows them."""

from typing import Any

from kinds.reading import Fields
from reconciler.manifests.metadata import owner, selector

NEWEST = "a0000000-0000-4000-8000-000000000002"
OLDER = "a0000000-0000-4000-8000-000000000001"
STARTED = "2026-01-02T03:04:05Z"


def deployment(
    server: Fields,
    replicas: int = 1,
    available: int = 0,
    updated: int | None = None,
    total: int | None = None,
    observed_generation: int = 1,
) -> Fields:
    """Return the Deployment of a server."""
    metadata = {"name": "tool", "generation": 1, "ownerReferences": [owner(server)]}
    status = {
        "observedGeneration": observed_generation,
        "replicas": replicas if total is None else total,
        "updatedReplicas": replicas if updated is None else updated,
        "availableReplicas": available,
    }
    spec = {"replicas": replicas, "selector": {"matchLabels": selector(server)}}
    return {"metadata": metadata, "spec": spec, "status": status}


def replica_set(uid: str = NEWEST, revision: int = 2, **status: Any) -> Fields:  # noqa: ANN401
    """Return a ReplicaSet."""
    revisions = {"deployment.kubernetes.io/revision": str(revision)}
    return {"metadata": {"uid": uid, "annotations": revisions}, "status": status}


def refused(reason: str, message: str) -> Fields:
    """Return a ReplicaSet whose Pods the API server does not take."""
    failure = {"type": "ReplicaFailure", "status": "True", "reason": reason, "message": message}
    return replica_set(conditions=[failure])


def pod(
    *containers: Fields,
    name: str = "tool-2-a",
    of: str = NEWEST,
    ready: bool = False,
    since: str = STARTED,
    **status: Any,  # noqa: ANN401 - JSON
) -> Fields:
    """Return a Pod; *since* is when its readiness changed."""
    condition = {"type": "Ready", "status": str(ready), "lastTransitionTime": since}
    return {
        "metadata": {"name": name, "ownerReferences": [{"uid": of, "controller": True}]},
        "status": {
            "phase": "Running",
            "podIP": "10.0.0.7",
            "conditions": [condition],
            "containerStatuses": list(containers),
            **status,
        },
    }


def container(name: str = "mcp-server", restarts: int = 0, **state: Any) -> Fields:  # noqa: ANN401
    """Return what the kubelet says of a container; `last` is how it ended before."""
    last = state.pop("last", None)
    made: Fields = {"name": name, "restartCount": restarts, "ready": False, "state": state}
    return {**made, "lastState": {"terminated": last}} if last else made


def waiting(reason: str, message: str = "", **more: Any) -> Fields:  # noqa: ANN401 - JSON
    """Return a container that does not run."""
    return container(waiting={"reason": reason, "message": message}, **more)


def ended(code: int, message: str = "", reason: str = "Error") -> Fields:
    """Return how a container ended."""
    return {"exitCode": code, "reason": reason, "message": message, "finishedAt": STARTED}


def adapter(started: str = STARTED) -> Fields:
    """Return an adapter that runs."""
    return container("kmcp-adapter", running={"startedAt": started})
