#!/usr/bin/env python3
"""A server that speaks Streamable HTTP itself, at the path and the port that it is told.

It passes for upstream's adapter, too.
"""

import json
import os
import shutil
import signal
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

PATH = os.environ.get("MCP_PATH", "/mcp")


def port() -> int:
    """Return the port that the environment names, or the file that upstream's adapter reads."""
    if "-f" not in sys.argv:
        return int(os.environ.get("SERVER_PORT", "8080"))
    settings = Path(sys.argv[sys.argv.index("-f") + 1]).read_text()
    return int(settings.partition("port: ")[2].split()[0])


def result(message: dict[str, Any]) -> dict[str, Any]:
    """Return the answer to a request of a client."""
    params = message.get("params", {})
    match message["method"]:
        case "initialize":
            about = {"name": "web", "version": "1"}
            capabilities: dict[str, Any] = {"tools": {}}
            version = params["protocolVersion"]
            return {"protocolVersion": version, "capabilities": capabilities, "serverInfo": about}
        case "tools/list":
            return {"tools": [{"name": "where", "inputSchema": {"type": "object"}}]}
        case "tools/call":
            return {"content": [{"type": "text", "text": f"{port()}{PATH}"}]}
        case _:
            return {}


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        """Answer a message with JSON."""
        message = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.path != PATH:
            self.say(404)
        elif "id" not in message:
            self.say(202)
        elif message["method"] == "server/discover":
            refusal = {"code": -32601, "message": "never heard of it"}
            self.say(200, {"jsonrpc": "2.0", "id": message["id"], "error": refusal})
        else:
            self.say(200, {"jsonrpc": "2.0", "id": message["id"], "result": result(message)})

    def do_GET(self) -> None:
        """Have no stream."""
        self.say(405)

    def say(self, status: int, body: dict[str, Any] | None = None) -> None:
        """Answer."""
        content = b"" if body is None else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


def leave(_number: int, _frame: object) -> None:
    """End at once: as the first process of a container it would not do so by itself."""
    sys.exit(0)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, leave)
    if "--copy-self" in sys.argv:  # what upstream's adapter does before the server starts
        shutil.copy(__file__, sys.argv[-1])
    else:
        ThreadingHTTPServer(("", port()), Handler).serve_forever()
