"""The server of both eras: it shakes hands up to 2025-11-25, and needs none after."""
# mypy: disable-error-code="import-not-found", allow-untyped-decorators
# pyright: basic, reportMissingImports=false

import warnings
from typing import Any

from mcp.server.mcpserver import MCPServer, RequestStateSecurity

warnings.simplefilter("ignore")  # what the newest revision deprecates is just what we test

KEY = b"a key that no secret depends upon, of 32 or more bytes"

server: Any = MCPServer(
    name="dual-era",
    version="1.0.0",
    instructions="a server for tests, of both eras",
    request_state_security=RequestStateSecurity(keys=[KEY]),
)
STATE: dict[str, Any] = {"calls": 0, "cancelled": 0, "subscribed": set()}
