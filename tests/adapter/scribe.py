"""A stdio server that writes down what it is sent, and answers what it is told, byte for byte.

`scribe.py FOLDER [modern]`: each call of a tool is kept in FOLDER/heard, and answered with what
FOLDER/answer holds as its result. The tool `gather` answers when `count` calls wait, latest first.
"""

import json
import os
import sys
from pathlib import Path
from typing import Any

KEY = "io.modelcontextprotocol/"
INFO = {"name": "scribe", "version": "1"}
CAPABILITIES: dict[str, Any] = {"tools": {}}
OURS: dict[str, dict[str, Any]] = {
    "initialize": {
        "protocolVersion": "2025-11-25",
        "capabilities": CAPABILITIES,
        "serverInfo": INFO,
    },
    "server/discover": {
        "resultType": "complete",
        "supportedVersions": ["2026-07-28"],
        "capabilities": CAPABILITIES,
        "_meta": {f"{KEY}serverInfo": INFO},
    },
    "tools/list": {"resultType": "complete", "tools": []},
    "ping": {},
}


class Scribe:
    """Takes messages, one by one."""

    def __init__(self, folder: Path, *, modern: bool) -> None:
        """Keep what comes in *folder*."""
        self._folder = folder
        self._unknown = "initialize" if modern else "server/discover"
        self._gathered: list[tuple[int, dict[str, Any]]] = []

    def take(self, line: bytes) -> None:
        """Answer a message, if it wants an answer."""
        message = json.loads(line)
        method, number = message.get("method"), message.get("id")
        if number is None:
            return
        if method == "tools/call":
            self._call(line, number, message["params"])
        elif method in OURS and method != self._unknown:
            _answer(number, json.dumps(OURS[method]).encode())
        else:
            error = {"code": -32601, "message": "no such method"}
            _write(json.dumps({"jsonrpc": "2.0", "id": number, "error": error}).encode())

    def _call(self, line: bytes, number: int, params: dict[str, Any]) -> None:
        arguments = params.get("arguments")
        if params.get("name") == "gather":
            self._gather(number, arguments or {})
            return
        (self._folder / "heard").write_bytes(line)
        _answer(number, (self._folder / "answer").read_bytes())

    def _gather(self, number: int, arguments: dict[str, Any]) -> None:
        self._gathered.append((number, arguments))
        if len(self._gathered) < arguments["count"]:
            return
        for one, given in reversed(self._gathered):
            content = {"type": "text", "text": given["text"]}
            result = {"resultType": "complete", "content": [content]}
            _answer(one, json.dumps(result).encode())
        self._gathered.clear()


def _answer(number: int, result: bytes) -> None:
    _write(b'{"jsonrpc":"2.0","id":%d,"result":%b}' % (number, result))


def _write(line: bytes) -> None:
    left = memoryview(line + b"\n")
    while left:
        left = left[os.write(1, left) :]


def main() -> None:
    """Serve until the end of stdin."""
    scribe = Scribe(Path(sys.argv[1]), modern="modern" in sys.argv)
    for line in sys.stdin.buffer:
        scribe.take(line.removesuffix(b"\n"))


if __name__ == "__main__":
    main()
