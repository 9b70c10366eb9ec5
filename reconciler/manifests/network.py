"""The NetworkPolicy of a server, where the administrator wants one."""

from kinds.reading import Fields
from reconciler.config import Config
from reconciler.manifests import metadata, ports

NAMESPACE_LABEL = "kubernetes.io/metadata.name"


def network_policy(server: Fields, config: Config) -> Fields | None:
    """Return a manifest that opens the MCP port to all, probes and metrics to kmcp alone.

    The node's own probes pass every policy.
    """
    if not config.network_policy:
        return None
    ingress: list[Fields] = [{"ports": [_port(ports.listening(server, config))]}]
    if not ports.is_http(server):
        own = {"matchLabels": {NAMESPACE_LABEL: config.adapter.own_namespace}}
        admin = _port(config.adapter.admin_port)
        ingress.append({"from": [{"namespaceSelector": own}], "ports": [admin]})
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": metadata.metadata(server, {}),
        "spec": {
            "podSelector": {"matchLabels": metadata.selector(server)},
            "policyTypes": ["Ingress"],
            "ingress": ingress,
        },
    }


def _port(number: int) -> Fields:
    return {"port": number, "protocol": "TCP"}
