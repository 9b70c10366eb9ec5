"""The clients that others wrote, each driven by a small program in clients/ with one contract.

A driver is given pairs of a URL and a mode, makes the same calls as all others in each, and prints
a line of JSON about what it got, or why it was refused.
"""

import json
import os
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.mcp.foreign import (
    JAVASCRIPT,
    LEGACY,
    MODERN,
    NODE,
    ROOT,
    Packages,
    no_proxies,
    python,
    script,
)

CLIENTS = Path(__file__).with_name("clients")
RUN_SECONDS = 600.0
EVERY_MODE = ("auto", "legacy", "2026-07-28")


@dataclass(frozen=True)
class Driver:
    """One client, and what it can do."""

    name: str
    package: str
    """As a lock file names it."""
    packages: Packages
    program: str
    modes: tuple[str, ...] = ("legacy",)
    fronts: tuple[str, ...] = ("http",)
    answers: bool = True
    """Whether a server may ask it something: a form, or a word of its model."""
    behind: str = ""
    """A program that turns the URL into stdio for it."""

    def where(self, url: str) -> str:
        """Return what it connects to: the URL, or a command that leads there."""
        if not self.behind:
            return url
        flags = ["--allow-http", "--transport", "http-only"]
        return json.dumps([*script(self.behind), url, *flags])

    def drive(self, pairs: Sequence[tuple[str, str]]) -> list[dict[str, Any]]:
        """Return what it reports of each URL and mode; one that is refused says why."""
        words = [word for url, mode in pairs for word in (self.where(url), mode)]
        if self.packages is JAVASCRIPT:
            lines = said([str(NODE), str(CLIENTS / self.program), *words], JAVASCRIPT.ready())
        else:
            module = f"tests.mcp.clients.{self.program}"
            lines = said([python(self.packages), "-m", module, *words], ROOT)
        return [json.loads(line) for line in lines.split("\n") if line]


def said(words: Sequence[str], folder: Path) -> str:
    """Return what a program prints; it finds an empty home, and no proxy."""
    with tempfile.TemporaryDirectory() as home:
        return subprocess.run(
            words,
            cwd=folder,
            env={**os.environ, **no_proxies(), "HOME": home},
            check=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            text=True,
            timeout=RUN_SECONDS,
        ).stdout


DRIVERS = (
    Driver("Python SDK 2", "mcp", MODERN, "python_modern", EVERY_MODE, ("http", "sse")),
    Driver("Python SDK 1", "mcp", LEGACY, "python_legacy", fronts=("http", "sse", "ws")),
    Driver("fastmcp", "fastmcp", MODERN, "fastmcp_client", EVERY_MODE, ("http", "sse")),
    Driver(
        "JavaScript client 2",
        "@modelcontextprotocol/client",
        JAVASCRIPT,
        "node_modern.mjs",
        EVERY_MODE,
    ),
    Driver(
        "JavaScript SDK 1",
        "@modelcontextprotocol/sdk",
        JAVASCRIPT,
        "node_legacy.mjs",
        fronts=("http", "sse", "ws"),
    ),
    Driver(
        "Inspector",
        "@modelcontextprotocol/inspector",
        JAVASCRIPT,
        "inspector.mjs",
        EVERY_MODE,
        ("http", "sse"),
        answers=False,
    ),
    Driver(
        "mcp-remote",
        "mcp-remote",
        MODERN,
        "python_modern",
        ("auto", "legacy"),
        behind="mcp-remote/dist/proxy.js",
    ),
)
