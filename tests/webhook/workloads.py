"""Pods and workloads that ask for the adapter, or that do not, and reviews of them."""

import json
from typing import Any

from kinds import names
from webhook.review import Request, read

ADAPTER_IMAGE = "registry.example/kmcp/adapter:1.2.3@sha256:" + "5e" * 32
OWN_NAMESPACE = "kmcp-home"
ASKS = {names.INJECT: "true"}

Object = dict[str, Any]

VERSIONS = {
    "Pod": "v1",
    "ReplicationController": "v1",
    "Job": "batch/v1",
    "CronJob": "batch/v1",
}


def server(**more: object) -> Object:
    """Return a container with a stdio server."""
    return {"name": "server", "image": "python:3.13", "command": ["python", "server.py"], **more}


def pod(*containers: Object, name: str = "served", **spec: Any) -> Object:  # noqa: ANN401 - JSON
    """Return a Pod that asks."""
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "annotations": dict(ASKS)},
        "spec": {"containers": list(containers) or [server()], **spec},
    }


def annotated(made: Object, **choices: str) -> Object:
    """Return a Pod with annotations of ours, and no others."""
    annotations = {f"{names.DOMAIN}/{key.replace('_', '-')}": one for key, one in choices.items()}
    return {**made, "metadata": {**made["metadata"], "annotations": annotations}}


def workload(kind: str, *containers: Object, name: str = "web", **spec: Any) -> Object:  # noqa: ANN401 - JSON
    """Return a workload of that kind whose template asks."""
    made = pod(*containers, **spec)
    template = {
        "metadata": {"labels": {"app": name}, "annotations": dict(ASKS)},
        "spec": made["spec"],
    }
    selector: Object = {"selector": {"matchLabels": {"app": name}}}
    bodies: dict[str, Object] = {
        "Job": {"template": template},
        "CronJob": {"schedule": "0 0 1 1 *", "jobTemplate": {"spec": {"template": template}}},
        "ReplicationController": {"template": template},
        "StatefulSet": {**selector, "serviceName": name, "template": template},
    }
    return {
        "apiVersion": VERSIONS.get(kind, "apps/v1"),
        "kind": kind,
        "metadata": {"name": name},
        "spec": bodies.get(kind, {**selector, "template": template}),
    }


def body(made: Object, operation: str = "CREATE", **more: object) -> bytes:
    """Return the bytes of a review."""
    group, _, version = made["apiVersion"].rpartition("/")
    content = {
        "uid": "705ab4f5-6393-11e8-b7cc-42010a800002",
        "kind": {"group": group, "version": version, "kind": made["kind"]},
        "operation": operation,
        "namespace": "shop",
        "userInfo": {"username": "ada"},
        "object": made,
    }
    review = {
        "apiVersion": "admission.k8s.io/v1",
        "kind": "AdmissionReview",
        "request": content | more,
    }
    return json.dumps(review).encode()


def request(made: Object, operation: str = "CREATE", **more: object) -> Request:
    """Return the request of a review."""
    return read(body(made, operation, **more))
