"""A stdio MCP server that does what a test asks of it, good or bad; it needs nothing but Python."""

import itertools
import json
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

_lock = threading.Lock()
_numbers = itertools.count(1)
_answers: dict[str, "Answer"] = {}
_calls = itertools.count(1)
_cancelled: list[Any] = []
_levels: list[str] = []
_subscribed: list[str] = []
_initialized: list[dict[str, Any]] = []


class Answer:
    """What a client will answer to a request of ours."""

    def __init__(self) -> None:
        """Wait for it."""
        self.there = threading.Event()
        self.message: dict[str, Any] = {}


def say(message: dict[str, Any]) -> None:
    """Write a message."""
    line = json.dumps({"jsonrpc": "2.0", **message}, ensure_ascii=False)
    with _lock:
        sys.stdout.write(line + "\n")
        sys.stdout.flush()


def ask(method: str, params: dict[str, Any] | None = None) -> dict[str, Any]:
    """Return what the client answers."""
    number = f"q{next(_numbers)}"
    answer = _answers[number] = Answer()
    say({"id": number, "method": method, **({"params": params} if params is not None else {})})
    answer.there.wait(30)
    return answer.message


def text(content: object) -> dict[str, Any]:
    """Return a tool's result."""
    return {"content": [{"type": "text", "text": str(content)}]}


def progress(params: dict[str, Any], count: int, pause: float = 0.0) -> None:
    """Tell the client how far it is."""
    token = params.get("_meta", {}).get("progressToken")
    for step in range(1, count + 1):
        if token is not None:
            told = {"progressToken": token, "progress": step, "total": count}
            say({"method": "notifications/progress", "params": told})
        time.sleep(pause)


def flood(params: dict[str, Any]) -> object:
    """Write much to stderr."""
    for _ in range(params["arguments"]["kib"]):
        sys.stderr.write("e" * 1023 + "\n")
    return "flooded"


def garbage(_: dict[str, Any]) -> object:
    """Write what is no message."""
    with _lock:
        sys.stdout.write('this is no message\n\n{"half": \n')
        sys.stdout.flush()
    return "garbage"


def log(params: dict[str, Any]) -> object:
    """Log."""
    words = "x" * 1024 * params["arguments"].get("kib", 0)
    for number in range(params["arguments"]["count"]):
        data = f"{number}{words}" if words else number
        say({"method": "notifications/message", "params": {"level": "info", "data": data}})
    return "logged"


def announce(params: dict[str, Any]) -> object:
    """Say that something changed."""
    arguments = params["arguments"]
    say({"method": arguments["method"], "params": arguments.get("params", {})})
    return "announced"


def leave(params: dict[str, Any]) -> object:
    """Exit at once."""
    sys.stderr.write(params["arguments"].get("words", "leaving") + "\n")
    sys.stderr.flush()
    os._exit(params["arguments"]["code"])


def steps(params: dict[str, Any]) -> object:
    """Make progress."""
    progress(params, params["arguments"]["count"], params["arguments"].get("pause", 0.0))
    return "done"


def sleep(params: dict[str, Any]) -> object:
    """Take time."""
    time.sleep(params["arguments"]["seconds"])
    return "slept"


def hold(params: dict[str, Any]) -> object:
    """Answer once there is a file, which is when the test lets go."""
    until = Path(params["arguments"]["until"])
    while not until.exists():
        time.sleep(0.01)
    return "held"


def wedge(_: dict[str, Any]) -> object:
    """Stop reading and answering."""
    os.kill(os.getpid(), signal.SIGSTOP)
    return "awake"


TOOLS: dict[str, Callable[[dict[str, Any]], object]] = {
    "echo": lambda params: params["arguments"]["text"],
    "big": lambda params: "x" * (params["arguments"]["kib"] * 1024),
    "pid": lambda _: os.getpid(),
    "calls": lambda _: next(_calls),
    "meta": lambda params: json.dumps(params.get("_meta", {})),
    "argv": lambda _: json.dumps(sys.argv[1:]),
    "environment": lambda params: os.environ.get(params["arguments"]["name"], ""),
    "seen": lambda _: json.dumps(
        {
            "cancelled": _cancelled,
            "levels": _levels,
            "subscribed": _subscribed,
            "initialized": _initialized,
        }
    ),
    "ask": lambda params: json.dumps(
        ask(params["arguments"]["method"], params["arguments"].get("params"))
    ),
    "steps": steps,
    "sleep": sleep,
    "hold": hold,
    "log": log,
    "announce": announce,
    "garbage": garbage,
    "stderr": flood,
    "leave": leave,
    "wedge": wedge,
}


def call(identity: object, params: dict[str, Any]) -> None:
    """Answer a tool call."""
    tool = TOOLS.get(params.get("name", ""))
    if tool is None:
        say({"id": identity, "error": {"code": -32602, "message": "unknown tool"}})
        return
    say({"id": identity, "result": text(tool(params))})


def initialize(params: dict[str, Any]) -> dict[str, Any]:
    """Agree on a version."""
    _initialized.append(params)
    newest = os.environ.get("PUPPET_NEWEST", "2025-11-25")
    return {
        "protocolVersion": min(params["protocolVersion"], newest),
        "capabilities": {
            "tools": {"listChanged": True},
            "logging": {},
            "resources": {"subscribe": True, "listChanged": True},
        },
        "serverInfo": {"name": "puppet", "version": "1"},
        "instructions": "pull the strings",
    }


def listed() -> dict[str, Any]:
    """Return every tool."""
    return {"tools": [{"name": name, "inputSchema": {"type": "object"}} for name in TOOLS]}


def remember(kept: list[Any], value: object) -> dict[str, Any]:
    """Keep what a client said."""
    kept.append(value)
    return {}


METHODS: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "initialize": initialize,
    "ping": lambda _: {},
    "tools/list": lambda _: listed(),
    "resources/list": lambda _: {"resources": [{"uri": "test://one", "name": "one"}]},
    "resources/templates/list": lambda _: {"resourceTemplates": []},
    "resources/subscribe": lambda params: remember(_subscribed, params["uri"]),
    "resources/unsubscribe": lambda params: remember(_subscribed, "-" + params["uri"]),
    "logging/setLevel": lambda params: remember(_levels, params["level"]),
}


def take(message: dict[str, Any]) -> None:
    """Do what a message wants."""
    method, identity = message.get("method"), message.get("id")
    params = message.get("params", {})
    if method is None:
        answer = _answers.pop(str(identity), None)
        if answer is not None:
            answer.message = message
            answer.there.set()
    elif identity is None:
        if method == "notifications/cancelled":
            _cancelled.append(params.get("requestId"))
    elif method == "tools/call":
        threading.Thread(target=call, args=(identity, params), daemon=True).start()
    elif method in METHODS:
        say({"id": identity, "result": METHODS[method](params)})
    else:
        say({"id": identity, "error": {"code": -32601, "message": f"no method {method}"}})


def main() -> None:
    """Serve until the end of stdin, or worse."""
    if "--exit" in sys.argv:
        code, *words = sys.argv[sys.argv.index("--exit") + 1 :]
        sys.stderr.write(" ".join([*words, os.environ.get("API_TOKEN", "")]) + "\n")
        sys.exit(int(code))
    if "--stubborn" in sys.argv:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    for line in sys.stdin:
        if "--mute" not in sys.argv:
            take(json.loads(line))
    while "--stubborn" in sys.argv:
        time.sleep(60)


if __name__ == "__main__":
    main()
