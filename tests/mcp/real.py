"""Servers that people really run, each with one call that needs no network."""

import json
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.mcp.drivers import said
from tests.mcp.foreign import JAVASCRIPT, MODERN, ROOT, SERVERS, Packages, python, script

SCOPE = "@modelcontextprotocol"
MEMORY = "memory.jsonl"
COMMIT = "the first commit"
PAGE = "<html><body><p>a page of our own</p></body></html>"


@dataclass(frozen=True)
class Surroundings:
    """What a server may look at."""

    folder: Path
    page: str
    """The URL of a page that says what PAGE says."""

    @classmethod
    def made(cls, folder: Path, page: str) -> "Surroundings":
        """Put something to look at into the folder."""
        (folder / "note.txt").write_text("a note of our own")
        (folder / MEMORY).write_text(json.dumps(ALICE))
        author = ["-c", "user.name=someone", "-c", "user.email=someone@example.com"]
        git = ["git", "-C", str(folder), *author]
        for words in (["init", "--quiet"], ["commit", "--quiet", "--allow-empty", "-m", COMMIT]):
            subprocess.run([*git, *words], check=True)
        return cls(folder, page)


Words = Callable[[Surroundings], list[str]]
Arguments = Callable[[Surroundings], dict[str, Any]]


@dataclass(frozen=True)
class RealServer:
    """A server, how it is started over stdio, and one call."""

    name: str
    package: str
    """As a lock file names it."""
    command: Words
    tool: str
    arguments: Arguments
    says: str
    """A part of what the tool answers."""
    packages: Packages = JAVASCRIPT


def _module(name: str, *flags: str) -> Words:
    return lambda _around: [python(SERVERS), "-m", name, *flags]


def _script(name: str) -> Words:
    return lambda _around: script(f"{SCOPE}/{name}/dist/index.js")


def _same(**arguments: object) -> Arguments:
    return lambda _around: arguments


def _filesystem(around: Surroundings) -> list[str]:
    return [*_script("server-filesystem")(around), str(around.folder)]


def _memory(around: Surroundings) -> list[str]:
    file = around.folder / MEMORY
    return ["env", f"MEMORY_FILE_PATH={file}", *_script("server-memory")(around)]


def _raw_page(around: Surroundings) -> dict[str, Any]:
    # Not raw, it would tidy the page with a script that it first downloads with npm.
    return {"url": around.page, "raw": True}


THOUGHT = {"thought": "so", "thoughtNumber": 1, "totalThoughts": 2, "nextThoughtNeeded": True}
NOON = {"source_timezone": "UTC", "time": "12:00", "target_timezone": "Asia/Tokyo"}
ALICE = {"type": "entity", "name": "Alice", "entityType": "person", "observations": ["asks"]}

REAL = (
    RealServer(
        "everything",
        f"{SCOPE}/server-everything",
        _script("server-everything"),
        "echo",
        _same(message="hello"),
        "Echo: hello",
    ),
    RealServer(
        "filesystem",
        f"{SCOPE}/server-filesystem",
        _filesystem,
        "read_text_file",
        lambda around: {"path": str(around.folder / "note.txt")},
        "a note of our own",
    ),
    RealServer(
        "memory",
        f"{SCOPE}/server-memory",
        _memory,
        "open_nodes",
        _same(names=["Alice"]),
        "asks",
    ),
    RealServer(
        "sequential-thinking",
        f"{SCOPE}/server-sequential-thinking",
        _script("server-sequential-thinking"),
        "sequentialthinking",
        _same(**THOUGHT),
        '"totalThoughts": 2',
    ),
    RealServer(
        "time",
        "mcp-server-time",
        _module("mcp_server_time"),
        "convert_time",
        _same(**NOON),
        "T21:00:00",
        SERVERS,
    ),
    RealServer(
        "git",
        "mcp-server-git",
        _module("mcp_server_git"),
        "git_log",
        lambda around: {"repo_path": str(around.folder)},
        COMMIT,
        SERVERS,
    ),
    RealServer(
        "fetch",
        "mcp-server-fetch",
        _module("mcp_server_fetch", "--ignore-robots-txt", "--allow-private-ips"),
        "fetch",
        _raw_page,
        "a page of our own",
        SERVERS,
    ),
)


@dataclass(frozen=True)
class Call:
    """The one call of a server, made at a URL or to a command (as JSON), in an era."""

    where: str
    mode: str
    server: RealServer


def answers(calls: Sequence[Call], around: Surroundings) -> list[str]:
    """Return what each call says; one client makes all of them, it takes longer to import."""
    words: list[str] = []
    for call in calls:
        arguments = json.dumps(call.server.arguments(around))
        words += [call.where, call.mode, call.server.tool, arguments]
    lines = said([python(MODERN), "-m", "tests.mcp.clients.caller", *words], ROOT)
    return [json.loads(line) for line in lines.splitlines()]
