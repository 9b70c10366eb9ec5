"""Which protocol era the server speaks, and whether it is a server at all."""

import logging
from dataclasses import dataclass, field
from typing import Any

from msgspec import Raw

from adapter import jsonrpc
from adapter.children import Child, Failed, Refused
from kinds.reading import fields, is_list, text, within

log = logging.getLogger("adapter.eras")

MODERN_VERSION = "2026-07-28"
LEGACY_VERSIONS = ("2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05")
SESSION_HEADER = b"mcp-session-id"
HANDSHAKEN = frozenset(version.encode() for version in (*LEGACY_VERSIONS, "2024-10-07"))
"""What clients with sessions may say in their header; the oldest is known from one client only."""
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
    """Ask a fresh child whether it is modern; None when it says that it is not.

    Raise Failed when it says nothing, or ends.
    """
    try:
        result = await child.ask("server/discover", {"_meta": meta(version, {})}, seconds)
    except Refused as refused:
        if refused.code == UNSUPPORTED_VERSION:
            log.warning("the server speaks another modern revision", extra={"data": refused.data})
        return None
    return understood(result)


def understood(result: Raw) -> Knowledge | None:
    """Read the result of `server/discover`; None when it names no revision that we speak."""
    found = fields(jsonrpc.value(result))
    versions = found.get("supportedVersions")
    if not is_list(versions) or MODERN_VERSION not in versions:
        return None
    return Knowledge(
        modern=True,
        versions=tuple(str(one) for one in versions),
        capabilities=fields(found.get("capabilities")),
        info=fields(within(found, "_meta", f"{META}serverInfo")),
        instructions=text(found, "instructions"),
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
    found = fields(jsonrpc.value(await child.ask("initialize", params, seconds)))
    if not text(found, "protocolVersion"):
        raise Failed("the server answered initialize with something else")
    child.send(jsonrpc.notification("notifications/initialized"))
    return Knowledge(
        modern=False,
        versions=(text(found, "protocolVersion"),),
        capabilities=fields(found.get("capabilities")),
        info=fields(found.get("serverInfo")),
        instructions=text(found, "instructions"),
    )
