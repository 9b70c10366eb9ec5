"""Where a server is reached: the Service's port, the port behind it, the path."""

from itertools import count

from kinds import names, transport
from kinds.reading import Fields, fields, items, number, text, within
from reconciler.config import Config

LEAST_PORT = 1024
"""The adapter has no right to open one below."""


def is_http(server: Fields) -> bool:
    """Say whether the server speaks HTTP itself, and so has no adapter."""
    return transport.transport(fields(server.get("spec"))) == transport.HTTP


def service_port(server: Fields) -> int:
    """Return the port under which clients know the server."""
    return transport.port(fields(server.get("spec")))


def listening(server: Fields, config: Config) -> int:
    """Return the port that is open in the Pod."""
    if is_http(server):
        target = number(server, "spec", "httpTransport", "targetPort")
        return service_port(server) if target is None else target
    port = service_port(server)
    return port if port >= LEAST_PORT else _high(server, config)


def path(server: Fields, config: Config) -> str:
    """Return the path of the MCP endpoint."""
    if is_http(server):
        return text(server, "spec", "httpTransport", "path") or names.MCP_PATH
    return config.adapter.path


def _high(server: Fields, config: Config) -> int:
    """Return a port for the adapter that nobody in the Pod has."""
    taken = {config.adapter.admin_port}
    for _, sidecar in items(server, "spec", "deployment", "sidecars"):
        taken |= {within(port, "containerPort") for _, port in items(sidecar, "ports")}
    return next(port for port in count(config.adapter.port) if port not in taken)
