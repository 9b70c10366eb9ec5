"""What is compared: our bridge, its peers, a compiled yardstick, and a server without a bridge."""

import hashlib
import importlib.util
import json
import shlex
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from tests.bench.adapter import places

Language = Literal["Go", "Node", "Python"]
Words = list[str]
Command = Callable[[int, Sequence[str]], Words]
"""From a port and the words that start a child to the words that start the bridge."""

OURS = "kmcp"
NULL = "null"
YARDSTICK = "yardstick"
PYTHON_ECHO = """
from mcp.server.mcpserver import MCPServer
server = MCPServer("echo")
@server.tool()
def echo(text: str) -> str:
    return text
server.run()
"""
"""The smallest server on the SDK from PyPI: it speaks both eras."""


@dataclass(frozen=True)
class Peer:
    """One thing that is measured."""

    name: str
    language: Language
    describes: str
    command: Command
    install: Callable[[], object]
    """Builds or installs it, so that no measurement waits for that."""


def _null(port: int, _: Sequence[str]) -> Words:
    return [str(places.program("null")), "-listen", f"127.0.0.1:{port}"]


def _ours(port: int, child: Sequence[str]) -> Words:
    return [sys.executable, "-m", "adapter", "--listen", f"127.0.0.1:{port}", "--", *child]


def _yardstick(port: int, child: Sequence[str]) -> Words:
    return [str(places.program("yardstick")), "-listen", f"127.0.0.1:{port}", *child]


def _supergateway(port: int, child: Sequence[str]) -> Words:
    script = places.node("supergateway") / "supergateway" / "dist" / "index.js"
    words = [str(Path(sys.executable).with_name("node")), str(script), "--stdio", shlex.join(child)]
    words += ["--outputTransport", "streamableHttp", "--stateful", "--logLevel", "none"]
    return [*words, "--port", str(port)]


def _mcp_proxy(port: int, child: Sequence[str]) -> Words:
    words = [str(places.python("mcp-proxy") / "mcp-proxy"), "--pass-environment"]
    return [*words, "--log-level", "ERROR", "--port", str(port), "--", *child]


def _fastmcp(port: int, child: Sequence[str]) -> Words:
    server = {"command": child[0], "args": list(child[1:])}
    text = json.dumps({"mcpServers": {"echo": server}})
    file = places.folder() / f"mcp-{hashlib.sha256(text.encode()).hexdigest()[:12]}.json"
    file.write_text(text)
    words = [str(places.python("fastmcp") / "fastmcp"), "run", str(file), "--transport", "http"]
    return [*words, "--port", str(port), "--no-banner", "--log-level", "ERROR"]


PEERS = (
    Peer(NULL, "Go", "answers by itself: the ceiling", _null, lambda: places.program("null")),
    Peer(OURS, "Python", "python -m adapter", _ours, lambda: None),
    Peer(
        YARDSTICK,
        "Go",
        "a minimal bridge on the official go-sdk",
        _yardstick,
        lambda: places.program("yardstick"),
    ),
    Peer(
        "supergateway",
        "Node",
        "supergateway --stateful",
        _supergateway,
        lambda: places.node("supergateway"),
    ),
    Peer("mcp-proxy", "Python", "mcp-proxy", _mcp_proxy, lambda: places.python("mcp-proxy")),
    Peer("fastmcp", "Python", "fastmcp run mcp.json", _fastmcp, lambda: places.python("fastmcp")),
)


def exists(peer: Peer) -> bool:
    """Tell whether there is such a program; ours may not be written yet."""
    return peer.name != OURS or importlib.util.find_spec("adapter.__main__") is not None


def child(kind: str) -> Words:
    """Return the words that start a child of this kind."""
    if kind == "legacy":
        return [str(places.program("echo"))]
    if kind == "dual":
        return [str(places.program("null")), "-stdio"]
    return [str(places.python("mcp") / "python"), "-c", PYTHON_ECHO]
