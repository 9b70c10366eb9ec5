"""Admission reviews for tests: what the API server would send about an MCPServer."""

import json
from typing import Any

from webhook.review import Request, read

MCPSERVER = {"group": "kagent.dev", "version": "v1alpha1", "kind": "MCPServer"}
SPEC: dict[str, Any] = {"deployment": {"image": "example/server:1", "cmd": "/server"}}


def server(spec: object = None, **metadata: object) -> dict[str, Any]:
    """Return an MCPServer called web."""
    return {
        "apiVersion": "kagent.dev/v1alpha1",
        "kind": "MCPServer",
        "metadata": {"name": "web", "namespace": "shop", **metadata},
        "spec": SPEC if spec is None else spec,
    }


def body(object: object, old: object = None, operation: str = "CREATE", **request: object) -> bytes:
    """Return the bytes of a review."""
    content = {
        "uid": "705ab4f5-6393-11e8-b7cc-42010a800002",
        "kind": MCPSERVER,
        "operation": operation if old is None else "UPDATE",
        "name": "web",
        "namespace": "shop",
        "userInfo": {"username": "ada", "groups": ["developers"]},
        "object": object,
        "oldObject": old,
    }
    review = {
        "apiVersion": "admission.k8s.io/v1",
        "kind": "AdmissionReview",
        "request": content | request,
    }
    return json.dumps(review).encode()


def request(
    object: object, old: object = None, operation: str = "CREATE", **more: object
) -> Request:
    """Return the request of a review."""
    return read(body(object, old, operation, **more))
