"""A stdio server of revision 2026-07-28 that does what a test asks of it; it needs only Python."""

import itertools
import json
import os
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

KEY = "io.modelcontextprotocol/"
_lock = threading.Lock()
_listening: dict[Any, dict[str, Any]] = {}
_cancelled: list[Any] = []
_seen: list[dict[str, Any]] = []
_listed: list[object] = []
_listens: list[dict[str, Any]] = []
_answers: list[dict[str, Any]] = []
_states = itertools.count(1)


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


def consult(params: dict[str, Any]) -> dict[str, Any]:
    """Ask what each round wants to know, and tell at last what was answered."""
    heard: list[Any] = json.loads(params.get("requestState", "[]"))
    if "inputResponses" in params:
        heard.append(params["inputResponses"])
    rounds = params["arguments"]["rounds"]
    if len(heard) == len(rounds):
        return complete(json.dumps(heard))
    state = json.dumps(heard)
    return {
        "resultType": "input_required",
        "requestState": state,
        "inputRequests": rounds[len(heard)],
    }


def insist(_: dict[str, Any]) -> dict[str, Any]:
    """Have the client come again for ever."""
    return {"resultType": "input_required", "requestState": f"state {next(_states)}"}


def sleep(params: dict[str, Any]) -> dict[str, Any]:
    """Take time."""
    time.sleep(params["arguments"]["seconds"])
    return complete("slept")


def hold(params: dict[str, Any]) -> dict[str, Any]:
    """Answer once there is a file, which is when the test lets go."""
    until = Path(params["arguments"]["until"])
    while not until.exists():
        time.sleep(0.01)
    return complete("held")


def demand(params: dict[str, Any]) -> dict[str, Any]:
    """Send a request, which servers of this era never do, and do not wait for what comes."""
    say({"id": "demand", **params["arguments"]})
    return complete("demanded")


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


LISTS = {
    "notifications/tools/list_changed": "toolsListChanged",
    "notifications/prompts/list_changed": "promptsListChanged",
    "notifications/resources/list_changed": "resourcesListChanged",
}


def announce(params: dict[str, Any]) -> dict[str, Any]:
    """Tell those who listen for it."""
    method, uri = params["arguments"]["method"], params["arguments"].get("uri")
    for identity, wanted in list(_listening.items()):
        if wanted.get(LISTS.get(method, "")) or uri in wanted.get("resourceSubscriptions", ()):
            told = {} if uri is None else {"uri": uri}
            notify(method, {**told, "_meta": {f"{KEY}subscriptionId": identity}})
    return complete("announced")


def end(_: dict[str, Any]) -> dict[str, Any]:
    """End all subscriptions."""
    ended = list(_listening)
    _listening.clear()  # first: a client may listen again as soon as it hears of the end
    for identity in ended:
        notify("notifications/cancelled", {"requestId": identity})
    return complete("ended")


def seen(_: dict[str, Any]) -> dict[str, Any]:
    """Tell what clients wanted."""
    told = {
        "cancelled": _cancelled,
        "params": _seen,
        "listens": _listens,
        "listening": len(_listening),
        "answers": _answers,
    }
    return complete(json.dumps(told))


def echo(params: dict[str, Any]) -> dict[str, Any]:
    """Return what came."""
    return complete(json.dumps(params.get("arguments", {})))


DOING: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "ask": ask,
    "consult": consult,
    "insist": insist,
    "sleep": sleep,
    "hold": hold,
    "demand": demand,
    "pid": lambda _: complete(os.getpid()),
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
        "capabilities": {
            "tools": {"listChanged": True},
            "prompts": {},
            "resources": {"subscribe": True, "listChanged": True},
            "completions": {},
        },
        "instructions": "ask me anew each time",
        "ttlMs": 60_000,
        "cacheScope": "public",
        "_meta": {f"{KEY}serverInfo": {"name": "novel", "version": "1"}},
    }


def do(identity: object, params: dict[str, Any]) -> None:
    """Answer a tool call."""
    say({"id": identity, "result": DOING[params["name"]](params)})


def listen(identity: object, params: dict[str, Any]) -> None:
    """Acknowledge a subscription, to what can be watched."""
    wanted: dict[str, Any] = params["notifications"]
    uris = [uri for uri in wanted.get("resourceSubscriptions", ()) if not uri.startswith("deaf:")]
    honoured = {**wanted, "resourceSubscriptions": uris}
    _listens.append(params)
    _listening[identity] = honoured
    tagged = {"_meta": {f"{KEY}subscriptionId": identity}}
    notify("notifications/subscriptions/acknowledged", {"notifications": honoured, **tagged})


def take(given: dict[str, Any]) -> None:
    """Do what a message wants."""
    if "method" not in given:
        _answers.append(given)
        return
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
        listen(identity, params)
    elif method == "tools/call" and params["name"] == "fail":
        say({"id": identity, "error": {"code": params["arguments"]["code"], "message": "no"}})
    elif method == "tools/call":
        _seen.append(params)
        threading.Thread(target=do, args=(identity, params), daemon=True).start()
    else:
        say({"id": identity, "error": {"code": -32601, "message": f"no method {method}"}})


def main() -> None:
    """Serve until the end of stdin, or only as long as the arguments allow."""
    for written in sys.stdin:
        given = json.loads(written)
        if given.get("method") in sys.argv:
            sys.exit(4)
        if "--first-only" in sys.argv:
            mark = Path(sys.argv[sys.argv.index("--first-only") + 1])
            if mark.exists() and mark.read_text() != str(os.getpid()):
                sys.exit(5)
            mark.write_text(str(os.getpid()))
        take(given)


if __name__ == "__main__":
    main()
