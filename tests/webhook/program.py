"""The webhook as a test sees it: a real process, its log, its ports, and clients that trust it."""

import http.client
import json
import os
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Generator, Mapping
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from certs.authority import Pair, Subject, authority, leaf
from tests.webhook import reviews

WAIT_SECONDS = 180.0
"""A generous bound: a program that is measured starts slowly on a machine with much to do."""
POLL_SECONDS = 0.02
HOST = "127.0.0.1"
NAME = "webhook.kmcp-system.svc"
LIFETIME = timedelta(hours=1)
JSON = {"Content-Type": "application/json"}
REVIEW = reviews.body(reviews.server(), uid="42")
MUTATE = "/mutate/mcpservers"


@dataclass
class Identity:
    """An authority, and files that hold a leaf of it."""

    folder: Path
    root: Pair = field(default_factory=lambda: authority("webhook tests", LIFETIME))

    @property
    def flags(self) -> list[str]:
        """The flags that make the webhook read the files."""
        names = {"certificate": "tls.crt", "key": "tls.key", "ca": "ca.crt"}
        return [f"--{flag}-file={self.folder / name}" for flag, name in names.items()]

    def client(self) -> ssl.SSLContext:
        """Return a context that trusts our authority and nobody else."""
        return ssl.create_default_context(cadata=self.root.certificate.decode())

    def pair(self, name: str = NAME) -> Pair:
        """Return a new leaf."""
        return leaf(self.root, Subject("webhook", hosts=[name, HOST]), LIFETIME)

    def write(self, pair: Pair | None = None, bundle: bytes | None = None) -> None:
        """Put a pair into the files, each of which is replaced as a whole."""
        made = pair or self.pair()
        parts = {
            "tls.crt": made.certificate,
            "tls.key": made.key,
            "ca.crt": bundle or self.root.certificate,
        }
        for name, content in parts.items():
            new = self.folder / f"{name}.new"
            new.write_bytes(content)
            new.replace(self.folder / name)


class Program:
    """A running webhook."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        """Follow the log of *process*."""
        self.process = process
        self.lines: list[dict[str, Any]] = []
        self._news = threading.Condition()
        self._clients = ExitStack()
        self._follower = threading.Thread(target=self._follow, daemon=True)
        self._follower.start()

    def logged(self, message: str, **fields: object) -> dict[str, Any]:
        """Return the first line with this message and these fields, once it is there."""
        with self._news:
            self._news.wait_for(lambda: self._find(message, fields) is not None, WAIT_SECONDS)
            found = self._find(message, fields)
        assert found is not None, f"no {message!r} with {fields} in {self.lines}"
        return found

    @property
    def port(self) -> int:
        """The TLS port, once it is open."""
        return _port(self.logged("listening", what="admission"))

    @property
    def probes(self) -> int:
        """The port of the probes."""
        return _port(self.logged("listening", what="probes"))

    def probe(self, path: str = "/readyz") -> tuple[int, str]:
        """Return what a probe is answered."""
        connection = http.client.HTTPConnection(HOST, self.probes, timeout=WAIT_SECONDS)
        with closing(connection):
            answer = ask(connection, "GET", path)
        return answer.status, answer.body.decode()

    def decisions(self) -> list[dict[str, Any]]:
        """Return the lines about decisions, oldest first."""
        with self._news:
            return [line for line in self.lines if line["message"] == "decided"]

    def wait_ready(self) -> None:
        """Return once the webhook says that it is ready."""
        wait(lambda: self.probe() == (200, "ok\n"), lambda: f"{self.probe()} {self.lines}")

    def connect(self, context: ssl.SSLContext) -> http.client.HTTPSConnection:
        """Return a client of the TLS port."""
        client = http.client.HTTPSConnection(HOST, self.port, context=context, timeout=WAIT_SECONDS)
        self._clients.callback(client.close)
        return client

    def raw(self) -> socket.socket:
        """Return a client of the TLS port that has not said a word."""
        client = socket.create_connection((HOST, self.port), timeout=WAIT_SECONDS)
        self._clients.callback(client.close)
        return client

    def agreed(self, context: ssl.SSLContext) -> ssl.SSLSocket:
        """Return a client that agreed on TLS and has not said a word since."""
        client = context.wrap_socket(self.raw(), server_hostname=NAME)
        self._clients.callback(client.close)
        return client

    def close(self) -> None:
        """Close every client, end the process, and read its log to the end."""
        self._clients.close()
        self.process.kill()
        self._follower.join(WAIT_SECONDS)
        assert not self._follower.is_alive(), "something of the webhook outlived it"

    def terminate(self) -> None:
        """Send SIGTERM."""
        self.process.send_signal(signal.SIGTERM)

    def exit_code(self) -> int:
        """Return how the process ended, once it has."""
        return self.process.wait(WAIT_SECONDS)

    def _find(self, message: str, fields: Mapping[str, object]) -> dict[str, Any] | None:
        wanted = {"message": message, **fields}
        return next((line for line in self.lines if wanted.items() <= line.items()), None)

    def _follow(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            with self._news:
                self.lines.append(json.loads(line))
                self._news.notify_all()


@contextmanager
def running(*flags: str, module: str = "webhook") -> Generator[Program]:
    """Run the webhook on ports of its own for as long as the block lasts."""
    words = ["--bind=127.0.0.1:0", "--probes=127.0.0.1:0", "--shutdown-delay=0", *flags]
    environment = {name: value for name, value in os.environ.items() if "KMCP" not in name}
    with subprocess.Popen(
        [sys.executable, "-m", module, *words],
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
    ) as process:
        program = Program(process)
        try:
            yield program
        finally:
            program.close()


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    body: bytes
    headers: Mapping[str, str]


def ask(client: http.client.HTTPConnection, method: str, path: str, **how: Any) -> Answer:  # noqa: ANN401 - as http.client has it
    """Return the answer to a request, read to its end."""
    client.request(method, path, **how)
    with client.getresponse() as answer:
        return Answer(answer.status, answer.read(), dict(answer.headers))


def post(client: http.client.HTTPConnection, path: str = MUTATE, body: bytes = REVIEW) -> Answer:
    """Return the answer to a review."""
    return ask(client, "POST", path, body=body, headers=JSON)


def wait(claim: Any, explain: Any) -> None:  # noqa: ANN401 - functions of nothing
    """Return once *claim* holds, and fail with what *explain* says when it never does."""
    deadline = time.monotonic() + WAIT_SECONDS
    while not claim():
        assert time.monotonic() < deadline, explain()
        time.sleep(POLL_SECONDS)


def free_port() -> int:
    """Return a port on which nobody listens; somebody else may get it any moment."""
    with socket.create_server((HOST, 0)) as listener:
        return int(listener.getsockname()[1])


@contextmanager
def reserved_port() -> Generator[int]:
    """Lend a port that only those get who ask for it by its number."""
    with socket.socket() as held:
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        held.bind((HOST, 0))
        yield int(held.getsockname()[1])


def _port(line: Mapping[str, Any]) -> int:
    return int(str(line["address"]).rpartition(":")[2])
