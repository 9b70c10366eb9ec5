"""Stands between a reconciler and a real API server: it counts, refuses, and cuts connections."""

import json
import socket
import threading
import time
from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

from urllib3 import BaseHTTPResponse, PoolManager
from urllib3.exceptions import HTTPError

from tests.cluster.facade import Cluster

WRITES = ("POST", "PUT", "PATCH", "DELETE")
PASSED_ON = ("Accept", "Authorization", "Content-Type")
ANSWERED = ("Content-Type", "Retry-After")
UPSTREAM_SECONDS = 60.0
HOLD_SECONDS = 0.05
PIECE = 64 * 1024


@dataclass(frozen=True)
class Seen:
    """One request."""

    moment: float
    method: str
    path: str
    query: str

    @property
    def is_watch(self) -> bool:
        return "watch=true" in self.query


@dataclass(frozen=True)
class Refusal:
    """What a request is answered with, instead of being passed on."""

    status: int
    retry_after: int | None = None


@dataclass(frozen=True)
class Cut:
    """The request is passed on and carried out, and its sender never hears of it."""


Fault = Refusal | Cut | None


@dataclass
class Proxy:
    """A running proxy."""

    port: int = 0
    choose: Callable[[Seen], Fault] = lambda _: None
    """What to do with a request; None passes it on."""
    hang: Callable[[Seen], bool] = lambda _: False
    """Which requests are held for as long as this is so."""
    seen: list[Seen] = field(default_factory=list[Seen])
    faults: list[Seen] = field(default_factory=list[Seen])
    """Those that were not passed on, or not answered."""
    watches: set[socket.socket] = field(default_factory=set[socket.socket])

    def cut(self) -> int:
        """Cut every watch, and return how many there were."""
        open_now = list(self.watches)
        for one in open_now:
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
        return len(open_now)

    def writes(self, since: float = 0.0) -> list[Seen]:
        """Return the requests that change something, apart from Leases and Events."""
        found = [one for one in list(self.seen) if one.moment >= since and one.method in WRITES]
        return [one for one in found if one.path.split("/")[-1 - _is_named(one)] not in BESIDE]


BESIDE = ("leases", "events")


def _is_named(one: Seen) -> bool:
    return one.method != "POST"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    proxy: Proxy
    pool: PoolManager
    upstream: str

    def do_GET(self) -> None:
        self._answer()

    do_POST = do_PUT = do_PATCH = do_DELETE = do_GET  # noqa: N815

    def _answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        parts = urlsplit(self.path)
        seen = Seen(time.monotonic(), self.command, parts.path, parts.query)
        self.proxy.seen.append(seen)
        _hold(self.proxy, seen)
        fault = self.proxy.choose(seen)
        if fault is not None:
            self.proxy.faults.append(seen)
        if isinstance(fault, Refusal):
            self._refuse(fault)
            return
        try:
            response = self._passed_on(body)
        except HTTPError:  # nobody behind us: as if nobody were here
            self.close_connection = True
            return
        with response:
            if isinstance(fault, Cut):
                response.read()
                self.close_connection = True
            elif seen.is_watch and response.status == 200:
                self._stream(response)
            else:
                self._whole(response.status, dict(response.headers), response.read())

    def _passed_on(self, body: bytes) -> BaseHTTPResponse:
        headers = {name: self.headers[name] for name in PASSED_ON if self.headers[name]}
        return self.pool.request(
            self.command,
            self.upstream + self.path,
            body=body or None,
            headers=headers,
            preload_content=False,
            retries=False,
            redirect=False,
            timeout=UPSTREAM_SECONDS * 3,
        )

    def _refuse(self, fault: Refusal) -> None:
        told = {"kind": "Status", "code": fault.status, "message": "injected by a test"}
        asked = {} if fault.retry_after is None else {"Retry-After": str(fault.retry_after)}
        self._whole(fault.status, asked, json.dumps(told).encode())

    def _whole(self, status: int, headers: dict[str, str], body: bytes) -> None:
        with suppress(OSError):
            self.send_response(status)
            for name in ANSWERED:
                if name in headers:
                    self.send_header(name, headers[name])
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    def _stream(self, response: BaseHTTPResponse) -> None:
        self.close_connection = True
        self.proxy.watches.add(self.connection)
        try:
            self.send_response(response.status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Connection", "close")
            self.end_headers()
            with suppress(HTTPError, OSError):
                while piece := response.read1(PIECE):
                    self.wfile.write(piece)
        except OSError:
            return
        finally:
            self.proxy.watches.discard(self.connection)

    def log_message(self, format: str, *args: object) -> None:
        del format, args


def _hold(proxy: Proxy, seen: Seen) -> None:
    deadline = time.monotonic() + UPSTREAM_SECONDS
    while proxy.hang(seen) and time.monotonic() < deadline:
        time.sleep(HOLD_SECONDS)


@contextmanager
def proxied(cluster: Cluster, folder: Path, kubeconfig: Path) -> Generator[tuple[Proxy, Path]]:
    """Run a proxy, and lend it with a kubeconfig that leads through it."""
    document = json.loads(kubeconfig.read_text())
    (one,) = document["clusters"]
    pool = PoolManager(ca_certs=one["cluster"]["certificate-authority"], maxsize=50)
    proxy = Proxy()
    members = {"pool": pool, "upstream": cluster.api.server, "proxy": proxy}
    with _serving(type("Handler", (_Handler,), members)) as server:
        proxy.port = int(server.server_address[1])
        one["cluster"] = {"server": f"http://127.0.0.1:{proxy.port}"}
        file = folder / f"kubeconfig-{proxy.port}"
        file.write_text(json.dumps(document))
        try:
            yield proxy, file
        finally:
            proxy.cut()
            pool.clear()


@contextmanager
def _serving(handler: type[BaseHTTPRequestHandler]) -> Generator[ThreadingHTTPServer]:
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        server.daemon_threads = True
        server.block_on_close = False
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join(UPSTREAM_SECONDS)


@contextmanager
def cutting(proxy: Proxy, seconds: float) -> Generator[list[int]]:
    """Cut every watch again and again; the list says how many there were each time."""
    over = threading.Event()
    counts: list[int] = []

    def work() -> None:
        while not over.wait(seconds):
            counts.append(proxy.cut())

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    try:
        yield counts
    finally:
        over.set()
        thread.join(UPSTREAM_SECONDS)


def per_second(seen: Iterable[Seen], since: float, until: float) -> float:
    """Return how many requests there were in a second."""
    return sum(since <= one.moment < until for one in seen) / (until - since)
