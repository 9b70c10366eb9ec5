"""What the API server is told about this webhook: when to ask, and what to do without an answer."""

from typing import Any

from kinds import names
from webhook import entries
from webhook.entries import Entry, Scope

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


def configurations(
    name: str, client: dict[str, Any], scope: Scope | None = None
) -> list[dict[str, Any]]:
    """Return both webhook configurations, called *name*.

    *client* says where the webhook listens: a service without its path, or a url. Without a *scope*
    nothing is asked about Pods.
    """
    mutating = [(_servers(MUTATING, reinvocationPolicy="IfNeeded"), MUTATE_PATH)]
    validating = [(_servers(VALIDATING), VALIDATE_PATH)]
    if scope is not None:
        mutating += entries.mutating(scope)
        validating += entries.validating(scope)
    return [
        _configuration("MutatingWebhookConfiguration", name, client, mutating),
        _configuration("ValidatingWebhookConfiguration", name, client, validating),
    ]


def _servers(webhook: str, **more: object) -> Entry:
    """Return what has us asked about MCPServers: an unchecked one would be a broken Pod later."""
    return {
        "name": webhook,
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
        **more,
    }


def _configuration(
    kind: str, name: str, client: dict[str, Any], leading: list[tuple[Entry, str]]
) -> dict[str, Any]:
    return {
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": kind,
        "metadata": {"name": name},
        "webhooks": [
            {**entry, "clientConfig": _leading_to(client, path)} for entry, path in leading
        ],
    }


def _leading_to(client: dict[str, Any], path: str) -> dict[str, Any]:
    if "url" in client:
        return {**client, "url": client["url"] + path}
    return {**client, "service": {**client["service"], "path": path}}
