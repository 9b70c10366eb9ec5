"""Have an API server ask a webhook, and wait until it does."""

import base64
import json
import time
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import Any

from cluster.connection import Body, Connection
from cluster.errors import ClusterError, Invalid
from webhook.configurations import configurations
from webhook.entries import Scope

LABEL = {"kmcp.dev/admission-test": "on"}
PLURALS = {
    "MutatingWebhookConfiguration": "mutatingwebhookconfigurations",
    "ValidatingWebhookConfiguration": "validatingwebhookconfigurations",
}
GROUP = "/apis/admissionregistration.k8s.io/v1"
NOTICED_SECONDS = 90.0
POLL_SECONDS = 0.05


def documents(
    name: str,
    url: str,
    authority: bytes,
    labels: Mapping[str, str],
    scope: Scope | None = None,
    **changes: object,
) -> list[dict[str, Any]]:
    """Return our configurations, for MCPServers in namespaces with these labels, and *changes*.

    With a *scope* they are for Pods as well, in all namespaces of that.
    """
    bundle = base64.b64encode(authority).decode()
    found = configurations(name, {"url": url, "caBundle": bundle}, scope)
    for document in found:
        selector = {"matchLabels": dict(labels)}
        document["webhooks"][0] |= {"namespaceSelector": selector, **changes}
    return found


@contextmanager
def register(
    api: Connection,
    name: str,
    url: str,
    authority: bytes,
    labels: Mapping[str, str],
    scope: Scope | None = None,
    **changes: object,
) -> Generator[None]:
    """Register the webhook for as long as the block lasts; return once it is asked."""
    written = documents(name, url, authority, labels, scope, **changes)
    paths = [f"{GROUP}/{PLURALS[document['kind']]}" for document in written]
    for path, document in zip(paths, written, strict=True):
        api.request("POST", path, body=Body(json.dumps(document).encode()))
    try:
        _wait_until_asked(api, name, labels)
        yield
    finally:
        for path in paths:
            api.request("DELETE", f"{path}/{name}")


def _wait_until_asked(api: Connection, name: str, labels: Mapping[str, str]) -> None:
    """Return once a wrong object is refused in the webhook's words, or the webhook is missed.

    The API server learns of a configuration a moment after it was written, and nothing tells when.
    """
    namespace = {"metadata": {"name": f"{name}-asked", "labels": dict(labels)}}
    api.request("POST", "/api/v1/namespaces", body=Body(json.dumps(namespace).encode()))
    path = f"/apis/kagent.dev/v1alpha1/namespaces/{name}-asked/mcpservers"
    wrong = {
        "apiVersion": "kagent.dev/v1alpha1",
        "kind": "MCPServer",
        "metadata": {"name": "wrong"},
        "spec": {"deployment": {"port": "text"}},
    }
    deadline = time.monotonic() + NOTICED_SECONDS
    try:
        while not _mentions_webhook(api, path, wrong):
            assert time.monotonic() < deadline, "the API server never asked the webhook"
            time.sleep(POLL_SECONDS)
    finally:
        api.request("DELETE", f"/api/v1/namespaces/{name}-asked")


def _mentions_webhook(api: Connection, path: str, wrong: dict[str, Any]) -> bool:
    try:
        api.request("POST", path, {"dryRun": "All"}, Body(json.dumps(wrong).encode()))
    except Invalid as error:
        return "admission webhook" in str(error)
    except ClusterError as error:
        return "webhook" in str(error)
    return False
