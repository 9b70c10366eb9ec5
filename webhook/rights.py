"""What the webhook asks of the cluster, as rules of RBAC: nothing else is ever needed."""

from typing import Any

from cluster import events, nodes, owners

Rule = dict[str, Any]

READ = ["get"]
EVERYWHERE: tuple[Rule, ...] = (
    {
        "apiGroups": ["authorization.k8s.io"],
        "resources": ["subjectaccessreviews"],
        "verbs": ["create"],
    },
    {
        "apiGroups": [""],
        "resources": ["secrets", "configmaps", "serviceaccounts", "persistentvolumeclaims"],
        "verbs": READ,
    },
    *nodes.RIGHTS,
    *owners.RIGHTS,
    *events.RIGHTS,
)
"""In all namespaces: who may do what, what an MCPServer refers to, and whose Pods are injected."""


def about_itself(configuration: str) -> tuple[Rule, ...]:
    """Return what being ready takes: a look at our own webhook configurations."""
    return (
        {
            "apiGroups": ["admissionregistration.k8s.io"],
            "resources": ["mutatingwebhookconfigurations", "validatingwebhookconfigurations"],
            "resourceNames": [configuration],
            "verbs": READ,
        },
    )
