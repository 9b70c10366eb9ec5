"""A legacy server whose tool needs a page to be opened first, each time anew."""

import json
import sys
from typing import Any

PAGE = {"mode": "url", "message": "sign in", "url": "https://example.com/", "elicitationId": "e"}
CAPABILITIES: dict[str, Any] = {"tools": {}}


def answered(method: str, calls: list[Any]) -> dict[str, Any]:
    """Return result or error."""
    if method == "initialize":
        info = {"name": "pages", "version": "1"}
        version = {"protocolVersion": "2025-11-25", "capabilities": CAPABILITIES}
        return {"result": {**version, "serverInfo": info}}
    if method == "tools/list":
        return {"result": {"tools": [{"name": "open", "inputSchema": {"type": "object"}}]}}
    if method == "tools/call":
        calls.append(method)
        if len(calls) % 2:
            data = {"elicitations": [PAGE]}
            return {"error": {"code": -32042, "message": "a page first", "data": data}}
        return {"result": {"content": [{"type": "text", "text": "opened"}]}}
    return {"error": {"code": -32601, "message": "no such method"}}


def main() -> None:
    """Serve until the end of stdin."""
    calls: list[Any] = []
    for line in sys.stdin:
        message = json.loads(line)
        if "id" in message:
            answer = answered(message["method"], calls)
            print(json.dumps({"jsonrpc": "2.0", "id": message["id"], **answer}), flush=True)


if __name__ == "__main__":
    main()
