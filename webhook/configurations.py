"""What the API server is told about this webhook: when to ask, and what to do without an answer."""

from typing import Any

from kinds import names

MUTATING = "defaults.mcpservers.kmcp.dev"
VALIDATING = "checks.mcpservers.kmcp.dev"
MUTATE_PATH = "/mutate/mcpservers"
VALIDATE_PATH = "/validate/mcpservers"

TIMEOUT_SECONDS = 5
"""Longer than an answer takes, shorter than a person waits for kubectl."""

LIVES_ON = {
    "name": "is-more-than-a-deletion",
    "expression": "oldObject == null || !has(object.metadata.deletionTimestamp) || "
    "object.spec != oldObject.spec",
}
"""What is being deleted must lose its finalizers, even on a day when nobody answers here. A change
of its spec is asked about all the same: its Pods may live for a while."""


def configurations(name: str, client: dict[str, Any]) -> list[dict[str, Any]]:
    """Return both webhook configurations, called *name*.

    *client* says where the webhook listens: a service without its path, or a url.
    """
    return [
        _configuration("MutatingWebhookConfiguration", name, MUTATING, client, MUTATE_PATH),
        _configuration("ValidatingWebhookConfiguration", name, VALIDATING, client, VALIDATE_PATH),
    ]


def _configuration(
    kind: str, name: str, webhook: str, client: dict[str, Any], path: str
) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "name": webhook,
        "clientConfig": _leading_to(client, path),
        "rules": [
            {
                "apiGroups": [names.GROUP],
                "apiVersions": [names.VERSION],
                "operations": ["CREATE", "UPDATE"],
                "resources": [names.PLURAL],
                "scope": "Namespaced",
            }
        ],
        "matchConditions": [LIVES_ON],
        "matchPolicy": "Equivalent",
        "failurePolicy": "Fail",
        "sideEffects": "None",
        "timeoutSeconds": TIMEOUT_SECONDS,
        "admissionReviewVersions": ["v1"],
    }
    if kind.startswith("Mutating"):
        entry["reinvocationPolicy"] = "IfNeeded"
    return {
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": kind,
        "metadata": {"name": name},
        "webhooks": [entry],
    }


def _leading_to(client: dict[str, Any], path: str) -> dict[str, Any]:
    if "url" in client:
        return {**client, "url": client["url"] + path}
    return {**client, "service": {**client["service"], "path": path}}
