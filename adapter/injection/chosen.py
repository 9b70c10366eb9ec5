"""What is chosen for the adapter of one Pod, by its annotations or by an MCPServer."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from kinds import names
from kinds.adapter import Adapter
from kinds.reading import Fields


@dataclass(frozen=True, kw_only=True)
class Chosen:
    """All that may differ from Pod to Pod; what is left out is as the installation says."""

    container: str = ""
    """Which container is the MCP server."""
    command: tuple[str, ...] = ()
    """Its whole command: the kubelet replaces $(VARIABLES) in it, no shell reads it."""
    port: int = names.MCP_PORT
    admin_port: int = names.ADMIN_PORT
    path: str = names.MCP_PATH
    image: str = ""
    pull_policy: str = ""
    resources: Fields = field(default_factory=dict[str, Any])
    """What of requests and limits is to differ; None in the place of an amount removes it."""
    security_context: Fields = field(default_factory=dict[str, Any])
    """What of the adapter's security context is to differ."""
    native: bool | None = None
    """Whether the adapter is a native sidecar; None as the installation says."""
    adapter: Adapter = field(default_factory=Adapter)
    start_timeout: str = ""
    """How long the server may take to shake hands."""
    lets_broken_start: bool = False
    """Whether the Pod may start though another webhook broke what was injected."""


Read = Callable[[str], object]


@dataclass(frozen=True)
class Choice:
    """One annotation: which part of Chosen it fills, how it is read, what users hear of it."""

    annotation: str
    part: str
    read: Read
    """Returns the value; raises ValueError with one sentence for each mistake."""
    usual: str
    meaning: str
