"""A stdio server of revision 2026-07-28 that does what a test asks of it; it needs only Python."""

import json
import os
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

KEY = "io.modelcontextprotocol/"
_lock = threading.Lock()
_listening: dict[Any, dict[str, Any]] = {}
_cancelled: list[Any] = []
_seen: list[dict[str, Any]] = []
_listed: list[object] = []


def say(message: dict[str, Any]) -> None:
    """Write a message."""
    with _lock:
        sys.stdout.write(json.dumps({"jsonrpc": "2.0", **message}) + "\n")
        sys.stdout.flush()


def notify(method: str, params: dict[str, Any]) -> None:
    """Send a notification."""
    say({"method": method, "params": params})


def complete(text: object) -> dict[str, Any]:
    """Return a tool's result."""
    return {"resultType": "complete", "content": [{"type": "text", "text": str(text)}]}


def ask(params: dict[str, Any]) -> dict[str, Any]:
    """Want to know something first."""
    if "inputResponses" in params:
        return complete("thanks")
    return {"resultType": "input_required", "requestState": "mine", "inputRequests": {}}


def steps(params: dict[str, Any]) -> dict[str, Any]:
    """Make progress."""
    arguments = params["arguments"]
    for step in range(arguments["count"]):
        told = {"progressToken": params["_meta"]["progressToken"], "progress": step}
        notify("notifications/progress", told)
        time.sleep(arguments.get("pause", 0))
    return echo(params)


def log(params: dict[str, Any]) -> dict[str, Any]:
    """Log to who wants it."""
    if f"{KEY}logLevel" in params["_meta"]:
        notify("notifications/message", {"level": "info", "data": "logged"})
    return complete("logged")


def announce(params: dict[str, Any]) -> dict[str, Any]:
    """Tell those who listen."""
    for identity in _listening:
        tagged = {"_meta": {f"{KEY}subscriptionId": identity}}
        notify(params["arguments"]["method"], tagged)
    return complete("announced")


def end(_: dict[str, Any]) -> dict[str, Any]:
    """End all subscriptions."""
    for identity in _listening:
        notify("notifications/cancelled", {"requestId": identity})
    return complete("ended")


def seen(_: dict[str, Any]) -> dict[str, Any]:
    """Tell what clients wanted."""
    return complete(json.dumps({"cancelled": _cancelled, "params": _seen}))


def echo(params: dict[str, Any]) -> dict[str, Any]:
    """Return what came."""
    return complete(json.dumps(params.get("arguments", {})))


DOING: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "ask": ask,
    "steps": steps,
    "log": log,
    "announce": announce,
    "end": end,
    "seen": seen,
    "echo": echo,
    "lists": lambda _: complete(len(_listed)),
    "leave": lambda _: os._exit(3),
}
TOOLS: list[dict[str, Any]] = [{"name": name, "inputSchema": {"type": "object"}} for name in DOING]
TOOLS[list(DOING).index("echo")]["inputSchema"] = {
    "properties": {"region": {"type": "string", "x-mcp-header": "Region"}}
}


def discovered() -> dict[str, Any]:
    """Return what the server is."""
    return {
        "resultType": "complete",
        "supportedVersions": ["2026-07-28"],
        "capabilities": {"tools": {"listChanged": True}},
        "ttlMs": 60_000,
        "cacheScope": "public",
        "_meta": {f"{KEY}serverInfo": {"name": "stateless", "version": "1"}},
    }


def do(identity: object, params: dict[str, Any]) -> None:
    """Answer a tool call."""
    say({"id": identity, "result": DOING[params["name"]](params)})


def take(given: dict[str, Any]) -> None:
    """Do what a message wants."""
    method: str = given["method"]
    identity: object = given.get("id")
    params: dict[str, Any] = given.get("params", {})
    if method == "notifications/cancelled":
        _cancelled.append(params["requestId"])
        _listening.pop(params["requestId"], None)
    elif method == "server/discover":
        say({"id": identity, "result": discovered()})
    elif method == "tools/list":
        _listed.append(identity)
        say({"id": identity, "result": {"resultType": "complete", "tools": TOOLS}})
    elif method == "subscriptions/listen":
        _listening[identity] = params["notifications"]
        tagged = {"_meta": {f"{KEY}subscriptionId": identity}}
        notify("notifications/subscriptions/acknowledged", {**params, **tagged})
    elif method == "tools/call" and params["name"] == "fail":
        say({"id": identity, "error": {"code": params["arguments"]["code"], "message": "no"}})
    elif method == "tools/call":
        _seen.append(params)
        threading.Thread(target=do, args=(identity, params), daemon=True).start()
    else:
        say({"id": identity, "error": {"code": -32601, "message": f"no method {method}"}})


if __name__ == "__main__":
    for written in sys.stdin:
        take(json.loads(written))
