"""The Service of a server: the address that clients and agents know."""

from kinds import names
from kinds.reading import Fields, number
from reconciler.config import Config
from reconciler.manifests import metadata, ports
from reconciler.manifests.replicas import are_external
from reconciler.observed import Observed

PATH_ANNOTATION = "kagent.dev/mcp-service-path"
"""Where kagent reads the path of a Service whose MCP endpoint is not /mcp."""


def service(server: Fields, observed: Observed, config: Config) -> Fields:
    """Return the manifest.

    A Service forwards bytes, so it cannot lead /mcp to another path of an http server: such a
    server's path is in the status, and on the Service where kagent looks for it.
    """
    path = ports.path(server, config)
    annotated = {} if path == names.MCP_PATH else {PATH_ANNOTATION: path}
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": metadata.metadata(server, {}, annotated),
        "spec": {
            "type": "ClusterIP",
            "selector": metadata.selector(server),
            "ports": [_port(server, config)],
            **_affinity(server, observed),
        },
    }


def _port(server: Fields, config: Config) -> Fields:
    made: Fields = {
        "name": "http",
        "protocol": "TCP",
        "port": ports.service_port(server),
        "targetPort": ports.listening(server, config),
    }
    return {**made, "appProtocol": config.app_protocol} if config.app_protocol else made


def _affinity(server: Fields, observed: Observed) -> Fields:
    """Return what leads a client to the same Pod again: its session lives there."""
    replicas = number(server, "spec", "deployment", "replicas") or 0
    several = replicas > 1 or are_external(server, observed)
    return {"sessionAffinity": "ClientIP"} if several and not ports.is_http(server) else {}
