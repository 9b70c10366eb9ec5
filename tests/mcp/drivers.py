"""The clients that others wrote, each driven by a small program in clients/ with one contract.

A driver is given a URL and a mode, makes the same calls as all others, and prints one line of
JSON about what it got; one that is refused ends with an error.
"""

import json
import os
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.mcp.foreign import JAVASCRIPT, LEGACY, MODERN, NODE, ROOT, Packages, python, script

CLIENTS = Path(__file__).with_name("clients")
RUN_SECONDS = 60.0
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

    def words(self, url: str, mode: str) -> list[str]:
        """Return the command line."""
        if self.packages is JAVASCRIPT:
            return [str(NODE), str(CLIENTS / self.program), url, mode]
        client = [python(self.packages), "-m", f"tests.mcp.clients.{self.program}"]
        if not self.behind:
            return [*client, url, mode]
        flags = ["--allow-http", "--transport", "http-only"]
        return [*client, mode, "--", *script(self.behind), url, *flags]

    def drive(self, url: str, mode: str) -> dict[str, Any]:
        """Return what it reports."""
        folder = self.packages.ready() if self.packages is JAVASCRIPT else ROOT
        report: dict[str, Any] = json.loads(said(self.words(url, mode), folder))
        return report


class Refused(Exception):
    """A client gave up; this is what it wrote."""


def said(words: Sequence[str], folder: Path = ROOT) -> str:
    """Return what a program prints; it finds an empty home, and its whole group is ended."""
    with tempfile.TemporaryDirectory() as home:
        ended = subprocess.run(
            words,
            cwd=folder,
            env={**os.environ, "HOME": home},
            check=False,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=RUN_SECONDS,
        )
    if ended.returncode:
        raise Refused(ended.stderr)
    return ended.stdout


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
