"""What an installation of kmcp says about the objects that it makes for an MCPServer."""

from dataclasses import dataclass, field

from adapter.injection.config import Config as AdapterConfig
from kinds.defaults import Runners

MANAGER = "kmcp"
"""The field manager of everything that is applied."""
APP_PROTOCOL = "kgateway.dev/mcp"


@dataclass(frozen=True, kw_only=True)
class Config:
    """The installation's choices, already resolved: nothing here is looked up."""

    adapter: AdapterConfig
    """The adapter's image, ports and so on; its version is kmcp's."""
    runners: Runners = field(default_factory=Runners)
    app_protocol: str = APP_PROTOCOL
    """What the Service's port says that it speaks; nothing when empty."""
    network_policy: bool = False
    """Whether only the MCP port can be reached, and the adapter's probes from kmcp's namespace."""
