"""The load generator believes nobody: each kind of wrong answer ends it with a failure."""

import json
import subprocess
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from tests.bench.adapter.places import program

pytestmark = pytest.mark.slow

Message = dict[str, Any]
Change = Callable[[Message], None]


def echoed(asked: Message) -> Message:
    """Return the right answer."""
    if asked["method"] == "initialize":
        return {"id": asked["id"], "result": {"protocolVersion": "2025-06-18"}}
    text = asked["params"]["arguments"]["text"]
    result: Message = {"content": [{"type": "text", "text": text}]}
    if "_meta" in asked["params"]:
        result["resultType"] = "complete"
    return {"id": asked["id"], "result": result}


@contextmanager
def server(change: Change, seen: list[tuple[dict[str, str], Message]]) -> Generator[str]:
    """Serve answers to calls as *change* leaves them, and keep what was asked."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            seen.append((dict(self.headers), asked))
            if "id" not in asked:
                self.send_response(202)
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            answer = {"jsonrpc": "2.0", **echoed(asked)}
            if asked["method"] == "tools/call":
                change(answer)
            body = json.dumps(answer).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_DELETE(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as served:
        thread = threading.Thread(target=served.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{served.server_address[1]}/mcp"
        finally:
            served.shutdown()
            thread.join()


def asked(url: str, *flags: str) -> subprocess.CompletedProcess[str]:
    """Ask for a moment."""
    words = [str(program("load")), "calls", f"-url={url}", "-for=500ms", *flags]
    return subprocess.run(words, text=True, capture_output=True, check=False, timeout=120)


def right(_: Message) -> None:
    """Leave an answer as it is."""


def another_id(answer: Message) -> None:
    """Answer somebody else."""
    answer["id"] += 1


def another_type(answer: Message) -> None:
    """Answer with the id as text."""
    answer["id"] = str(answer["id"])


def another_text(answer: Message) -> None:
    """Bring back what nobody said."""
    answer["result"]["content"][0]["text"] = "#9.9#"


def no_type(answer: Message) -> None:
    """Leave out what a modern result must have."""
    del answer["result"]["resultType"]


@pytest.mark.parametrize("modern", [False, True], ids=["legacy", "modern"])
def test_right_answers_are_counted(modern: bool) -> None:
    with server(right, []) as url:
        ended = asked(url, f"-modern={str(modern).lower()}", "-connections=2")
    found = json.loads(ended.stdout)
    assert (ended.returncode, found["failed"], found["calls"] > 0) == (0, 0, True)


@pytest.mark.parametrize(
    ("change", "said", "flags"),
    [
        (another_id, "WRONG-ID", []),
        (another_type, "WRONG-ID", []),
        (another_text, "WRONG-TEXT", []),
        (no_type, "NO-RESULT-TYPE", ["-modern"]),
    ],
)
def test_a_wrong_answer_is_noticed(change: Change, said: str, flags: list[str]) -> None:
    with server(change, []) as url:
        ended = asked(url, *flags)
    assert ended.returncode == 1
    assert said in ended.stderr


def test_a_modern_call_says_in_its_headers_what_it_says_in_its_body() -> None:
    seen: list[tuple[dict[str, str], Message]] = []
    with server(right, seen) as url:
        asked(url, "-modern")
    headers, body = seen[-1]
    meta = body["params"]["_meta"]
    assert headers["MCP-Protocol-Version"] == "2026-07-28"
    assert headers["MCP-Protocol-Version"] == meta["io.modelcontextprotocol/protocolVersion"]
    assert headers["Mcp-Method"] == body["method"]
    assert headers["Mcp-Name"] == body["params"]["name"]
    assert meta["io.modelcontextprotocol/clientCapabilities"] == {}
    assert "Mcp-Session-Id" not in headers


def test_a_child_is_asked_through_its_own_pipe() -> None:
    words = [str(program("load")), "pipe", "-for=500ms", "--", str(program("echo"))]
    ended = subprocess.run(words, text=True, capture_output=True, check=True, timeout=120)
    assert json.loads(ended.stdout)["calls"] > 0
