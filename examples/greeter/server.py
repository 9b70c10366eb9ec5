"""A server of the Model Context Protocol over stdio, with one tool and nothing to install."""

import json
import sys

GREET = {
    "name": "greet",
    "description": "Say hello to somebody.",
    "inputSchema": {
        "type": "object",
        "properties": {"name": {"type": "string"}},
        "required": ["name"],
    },
}


def answered(method: str, params: dict) -> dict:
    """Return the result of a request."""
    if method == "initialize":
        about = {"name": "greeter", "version": "1.0.0"}
        capabilities = {"tools": {}}
        version = params["protocolVersion"]
        return {"protocolVersion": version, "capabilities": capabilities, "serverInfo": about}
    if method == "tools/list":
        return {"tools": [GREET]}
    if method == "tools/call":
        hello = f"Hello, {params['arguments']['name']}!"
        return {"content": [{"type": "text", "text": hello}]}
    return {}


for line in sys.stdin:
    message = json.loads(line)
    if "id" in message:
        result = answered(message["method"], message.get("params", {}))
        print(json.dumps({"jsonrpc": "2.0", "id": message["id"], "result": result}), flush=True)
