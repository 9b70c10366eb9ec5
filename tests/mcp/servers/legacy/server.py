"""The server of the handshake era alone: it knows 2025-11-25 and older, and nothing newer."""
# mypy: disable-error-code="import-not-found", allow-untyped-decorators
# pyright: basic, reportMissingImports=false

from typing import Any

from mcp.server.fastmcp import FastMCP
from mcp.server.lowlevel import NotificationOptions
from mcp.types import ServerCapabilities

server: Any = FastMCP("legacy", instructions="a server for tests, legacy", log_level="WARNING")
lowlevel = server._mcp_server
STATE: dict[str, Any] = {"calls": 0, "cancelled": 0, "subscribed": set()}

_capabilities = lowlevel.get_capabilities
EVERYTHING_CHANGES = NotificationOptions(
    prompts_changed=True, resources_changed=True, tools_changed=True
)


def capabilities(_options: object, experimental: Any) -> ServerCapabilities:  # noqa: ANN401
    """Declare list changes and subscriptions, as many servers do."""
    declared = _capabilities(EVERYTHING_CHANGES, experimental)
    if declared.resources:
        declared.resources.subscribe = True
    return declared


lowlevel.get_capabilities = capabilities
