"""A server that gives the answers of the API server which cannot be had from a real one at will."""

import json
import socket
import struct
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread

from cluster.connection import Connection, connect

HANG_SECONDS = 30.0


@dataclass(frozen=True)
class Answer:
    """What one request is answered with; the last one of a script answers all further requests."""

    status: int = 200
    body: object = field(default_factory=dict[str, object])
    headers: dict[str, str] = field(default_factory=dict[str, str])


class Reset(Answer):
    """The connection is torn down after the request has been read."""


class Silence(Answer):
    """The request is never answered."""


def lines(*events: object) -> Answer:
    """Return the answer to a watch."""
    return Answer(body=b"".join(json.dumps(event).encode() + b"\n" for event in events))


@dataclass
class Script:
    """The server, and what it was asked."""

    api: Connection
    asked: list[str]
    accepted: list[str]
    """For each request, what it wanted the answer to be."""


@contextmanager
def scripted(folder: Path, answers: Sequence[Answer]) -> Generator[Script]:
    """Serve *answers*, one for each request; *folder* gets the kubeconfig that leads there."""
    asked: list[str] = []
    accepted: list[str] = []
    over = Event()

    class Handler(BaseHTTPRequestHandler):
        def handle(self) -> None:
            self.raw_requestline = self.rfile.readline(65537)
            if not self.raw_requestline or not self.parse_request():
                return
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            accepted.append(self.headers["Accept"])
            asked.append(f"{self.command} {self.path}")
            self.give(answers[min(len(asked), len(answers)) - 1])

        def give(self, answer: Answer) -> None:
            if isinstance(answer, Silence):
                over.wait(HANG_SECONDS)
            elif isinstance(answer, Reset):
                linger = struct.pack("ii", 1, 0)
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            else:
                body = answer.body if isinstance(answer.body, bytes) else encoded(answer.body)
                self.send_response(answer.status)
                for name, value in answer.headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        api = connect(_kubeconfig(folder, server.server_port))
        try:
            yield Script(api, asked, accepted)
        finally:
            api.close()
            over.set()
            server.shutdown()


def encoded(body: object) -> bytes:
    """Return *body* as JSON."""
    return json.dumps(body).encode()


def _kubeconfig(folder: Path, port: int) -> Path:
    document = {
        "current-context": "script",
        "clusters": [{"name": "script", "cluster": {"server": f"http://127.0.0.1:{port}"}}],
        "contexts": [{"name": "script", "context": {"cluster": "script", "user": "me"}}],
        "users": [{"name": "me", "user": {"token": "none"}}],
    }
    file = folder / "script.kubeconfig"
    file.write_bytes(encoded(document))
    return file


@dataclass
class Time:
    """A clock that only moves when somebody sleeps, or when a test says so."""

    now: float = 1000.0
    slept: list[float] = field(default_factory=list[float])

    def clock(self) -> float:
        """Return the time."""
        return self.now

    def sleep(self, seconds: float) -> None:
        """Let *seconds* pass at once."""
        self.slept.append(seconds)
        self.now += seconds
