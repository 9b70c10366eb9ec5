"""Which protocol era the server speaks, and whether it is a server at all."""

import logging
from dataclasses import dataclass, field
from typing import Any

from adapter import jsonrpc
from adapter.children import Child, Failed, Refused

log = logging.getLogger("adapter.eras")

MODERN_VERSION = "2026-07-28"
LEGACY_VERSIONS = ("2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05")
UNSUPPORTED_VERSION = -32022
META = "io.modelcontextprotocol/"
PROBE_SECONDS = 10.0

NAME = "kmcp-adapter"


@dataclass(frozen=True)
class Knowledge:
    """What a handshake told about the server."""

    modern: bool
    """Whether it speaks 2026-07-28."""
    versions: tuple[str, ...]
    capabilities: dict[str, Any] = field(default_factory=dict[str, Any])
    info: dict[str, Any] = field(default_factory=dict[str, Any])
    instructions: str = ""
    discovered: bytes = b""
    """The whole result of `server/discover`, as a modern server spelled it."""


def meta(version: str, capabilities: dict[str, Any]) -> dict[str, Any]:
    """Return the envelope of a modern request of ours."""
    return {
        f"{META}protocolVersion": MODERN_VERSION,
        f"{META}clientCapabilities": capabilities,
        f"{META}clientInfo": {"name": NAME, "version": version},
    }


async def discover(child: Child, version: str, seconds: float) -> Knowledge | None:
    """Ask a fresh child whether it is modern; None when it is not, whatever it does instead."""
    try:
        result = await child.ask("server/discover", {"_meta": meta(version, {})}, seconds)
    except Refused as refused:
        supported = refused.data.get("supported") if isinstance(refused.data, dict) else None
        if refused.code == UNSUPPORTED_VERSION and isinstance(supported, list):
            log.warning("the server is modern, and of another revision")
        return None
    except Failed:
        return None
    found = jsonrpc.value(result)
    versions = found.get("supportedVersions") if isinstance(found, dict) else None
    if not isinstance(versions, list) or MODERN_VERSION not in versions:
        return None
    info = found.get("_meta", {}).get(f"{META}serverInfo", {})
    return Knowledge(
        modern=True,
        versions=tuple(str(one) for one in versions),
        capabilities=found.get("capabilities", {}),
        info=info if isinstance(info, dict) else {},
        instructions=str(found.get("instructions", "")),
        discovered=bytes(result),
    )


async def initialize(
    child: Child, version: str, capabilities: dict[str, Any], seconds: float
) -> Knowledge:
    """Shake hands with a fresh child as a legacy client; raise Failed when it is no server."""
    params = {
        "protocolVersion": LEGACY_VERSIONS[0],
        "capabilities": capabilities,
        "clientInfo": {"name": NAME, "version": version},
    }
    found = jsonrpc.value(await child.ask("initialize", params, seconds))
    if not isinstance(found, dict) or not isinstance(found.get("protocolVersion"), str):
        raise Failed("the server answered initialize with something else")
    child.send(jsonrpc.notification("notifications/initialized"))
    info = found.get("serverInfo")
    return Knowledge(
        modern=False,
        versions=(found["protocolVersion"],),
        capabilities=found.get("capabilities") or {},
        info=info if isinstance(info, dict) else {},
        instructions=str(found.get("instructions") or ""),
    )
