"""gunicorn's threaded worker, alone in our process, with TLS that no client can hold up.

As it comes, the worker agrees on TLS in a thread of the pool, for as long as the client likes, and
waits for clients to hang up in the loop that accepts. Here the loop agrees on TLS without waiting,
and a thread is taken only when a request arrives. There is no second process to watch this one:
the kubelet does that, through the probes.
"""

import logging
import os
import selectors
import socket
import ssl
import time
from collections.abc import Callable, Iterable, Iterator, MutableMapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import FrameType
from typing import Any, cast

from flask import Flask
from gunicorn.app.base import BaseApplication
from gunicorn.config import Config
from gunicorn.glogging import Logger
from gunicorn.http import Request
from gunicorn.workers.gthread import TConn, ThreadWorker

from webhook.settings import Settings
from webhook.tls import RequestSocket

log = logging.getLogger(__name__)

MOST_CONNECTIONS = 512
MOST_HEADERS = 64
LONGEST_HEADER = 4096
LINGER_SECONDS = 0.5
"""How long to wait for a client to close its end after the last answer."""
LAST_REQUEST_SECONDS = 2.0
"""How long a stopping worker listens on connections on which a request may be under way."""
TURN_SECONDS = 1.0
HUNG_UP = "hung up"
MEMORY = Path("/dev/shm")
"""Writable where the root file system is not: the worker insists on a file, which it never uses."""


class Service(BaseApplication):
    """A WSGI application together with the way gunicorn is to serve it."""

    def __init__(self, app: Flask, settings: Settings) -> None:
        """Serve *app* as *settings* say."""
        self._app = app
        self.settings = settings
        super().__init__()

    def load_config(self) -> None:
        """Translate our settings into gunicorn's."""
        chosen: dict[str, Any] = {
            "threads": self.settings.threads,
            "keepalive": round(self.settings.keep_alive),
            "graceful_timeout": round(self.settings.graceful_timeout),
            "worker_connections": MOST_CONNECTIONS + self.settings.threads,
            "limit_request_fields": MOST_HEADERS,
            "limit_request_field_size": LONGEST_HEADER,
            "forwarded_allow_ips": "",  # nobody stands between the API server and us
            "errorlog": None,
            "worker_tmp_dir": str(MEMORY) if MEMORY.is_dir() else None,
        }
        for name, value in chosen.items():
            self.cfg.set(name, value)

    def load(self) -> Any:  # noqa: ANN401 - gunicorn's idea of an application is not Flask's
        """Return the application."""
        return self._app


class JsonLogger(Logger):
    """gunicorn's logger without handlers of its own: its lines go where all others go."""

    def setup(self, cfg: Config) -> None:
        """Leave the lines to the root logger."""
        self.cfg = cfg
        self.error_log.propagate = True


class Connection(TConn):
    """A connection on which TLS has been agreed; it is closed once, whoever comes first."""

    closed = False

    def __init__(self, cfg: Config, sock: RequestSocket, made: "Handshake") -> None:
        """Begin without a request."""
        super().__init__(cfg, sock, made.client, made.server)
        self.patient = sock
        self.data_ready = True  # it gets a thread when there is something to read, not before

    def close(self, graceful: bool = False) -> None:
        """Close; gracefully means that the last answer still reaches the client."""
        if self.closed:
            return
        self.closed = True
        if graceful:
            self.patient.linger(LINGER_SECONDS)
        else:
            self.patient.close()


@dataclass
class Handshake:
    """A connection on which TLS is being agreed."""

    client: Any
    server: Any
    deadline: float


class AdmissionWorker(ThreadWorker):
    """Accepts, agrees on TLS, hands requests to threads, and stops gracefully."""

    def __init__(
        self,
        service: Service,
        listener: socket.socket,
        context: Callable[[], ssl.SSLContext],
    ) -> None:
        """Serve on *listener*; *context* is asked for at each connection, so it may change."""
        logger = JsonLogger(service.cfg)
        super().__init__(1, os.getppid(), [listener], service, 0, service.cfg, logger)
        self._settings = service.settings
        self._context = context
        self._handshakes: dict[RequestSocket, Handshake] = {}
        self._in_hand: dict[socket.socket, Request] = {}
        self._stop_at: float | None = None
        self.turned = time.monotonic()
        """When the loop last came round."""

    @property
    def is_stopping(self) -> bool:
        """Say whether SIGTERM has come."""
        return self._stop_at is not None

    def notify(self) -> None:
        """Note that the loop came round."""
        self.turned = time.monotonic()

    def is_parent_alive(self) -> bool:
        """Say yes: there is no parent that we depend on."""
        return True

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:  # noqa: ARG002
        """Begin to stop; a signal handler must not log or take locks."""
        if self._stop_at is None:
            self._stop_at = time.monotonic() + self._settings.shutdown_delay
            self.method_queue.defer(partial(log.info, "stopping"))

    def wait_for_and_dispatch_events(self, timeout: float | None) -> None:
        """Go round once."""
        wait = TURN_SECONDS if timeout is None else timeout
        if self.alive and self._stop_at is not None:
            wait = min(wait, max(self._stop_at - time.monotonic(), 0.0))
        super().wait_for_and_dispatch_events(wait)
        now = time.monotonic()
        for sock in [sock for sock, one in self._handshakes.items() if one.deadline < now]:
            self._give_up(sock, "timeout")
        if self.alive and self._stop_at is not None and self._stop_at <= now:
            self._stop_accepting(now)

    def accept(self, listener: socket.socket) -> None:
        """Begin to agree on TLS with the next client."""
        try:
            raw, client = listener.accept()
        except (BlockingIOError, ConnectionError):  # it changed its mind
            return
        self._begin(raw, client, listener.getsockname())

    def _begin(self, raw: socket.socket, client: Any, server: Any) -> None:  # noqa: ANN401 - addresses
        raw.setblocking(False)
        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # head and body are two writes
        try:
            wrapped = self._context().wrap_socket(
                raw, server_side=True, do_handshake_on_connect=False
            )
        except OSError:  # gone already
            raw.close()
            return
        sock = cast("RequestSocket", wrapped)
        sock.patience = self._settings.read_timeout
        deadline = time.monotonic() + self._settings.handshake_timeout
        self.nr_conns += 1
        self._handshakes[sock] = Handshake(client, server, deadline)
        self.poller.register(sock, selectors.EVENT_READ, self._shake)

    def enqueue_req(self, conn: TConn) -> None:
        """Give the connection to a thread, as soon as one is free."""
        cast("Connection", conn).patient.arrived = time.monotonic()
        super().enqueue_req(conn)

    def handle(self, conn: TConn) -> bool:
        """Answer one request, in a thread, and say whether the connection can have another."""
        is_kept = super().handle(conn)
        if not is_kept:
            conn.close(graceful=True)  # here, because the loop must not wait for the client
        return is_kept

    def handle_request(self, req: Request, conn: TConn) -> bool:
        """Answer one request."""
        self._in_hand[conn.sock] = req
        try:
            return super().handle_request(req, conn)
        finally:
            del self._in_hand[conn.sock]

    def load_wsgi(self) -> None:
        """Load the application, and have a stopping one send its clients elsewhere."""
        super().load_wsgi()
        answer: Any = self.wsgi

        def wsgi(environ: MutableMapping[str, Any], start_response: Any) -> Iterable[bytes]:  # noqa: ANN401 - as gunicorn has it
            body: Iterable[bytes] = answer(environ, start_response)
            if self.is_stopping:  # asked late: the head of the answer goes out after this
                self._in_hand[environ["gunicorn.socket"]].force_close()
            return body

        self.wsgi = wsgi

    def _shake(self, sock: RequestSocket) -> None:
        try:
            sock.do_handshake()
        except ssl.SSLWantReadError:
            self.poller.modify(sock, selectors.EVENT_READ, self._shake)
        except ssl.SSLWantWriteError:
            self.poller.modify(sock, selectors.EVENT_WRITE, self._shake)
        except (OSError, ValueError) as error:
            self._give_up(sock, _reason(error))
        else:
            self._agreed(sock)

    def _agreed(self, sock: RequestSocket) -> None:
        made = self._handshakes.pop(sock)
        conn = Connection(self.cfg, sock, made)
        patience = self._settings.keep_alive if self.alive else LAST_REQUEST_SECONDS
        conn.timeout = time.monotonic() + patience
        self.pending_conns.append(conn)
        readable = partial(self.on_pending_socket_readable, conn)
        self.poller.modify(sock, selectors.EVENT_READ, readable)

    def _give_up(self, sock: RequestSocket, reason: str) -> None:
        made = self._handshakes.pop(sock)
        self.poller.unregister(sock)
        sock.close()
        self.nr_conns -= 1
        level = logging.DEBUG if reason == HUNG_UP else logging.INFO
        log.log(level, "no TLS with a client", extra={"client": made.client[0], "reason": reason})

    def _stop_accepting(self, now: float) -> None:
        """Close the port; whoever is connected may finish, but not begin anew."""
        self.set_accept_enabled(False)
        for listener in self.sockets:
            for raw, client in _waiting(listener):
                self._begin(raw, client, listener.getsockname())
            listener.close()
        last = now + LAST_REQUEST_SECONDS
        for one in self._handshakes.values():
            one.deadline = min(one.deadline, last)
        for conn in self.pending_conns:
            conn.timeout = min(conn.timeout or last, last)
        self.alive = False


def _reason(error: Exception) -> str:
    """Return why there is no TLS, in the words of the TLS library where it has some."""
    if isinstance(error, ssl.SSLEOFError | ssl.SSLZeroReturnError | ConnectionError):
        return HUNG_UP
    return getattr(error, "reason", None) or type(error).__name__


def _waiting(listener: socket.socket) -> Iterator[tuple[socket.socket, Any]]:
    """Yield the clients that are connected already, and not yet accepted."""
    while True:
        try:
            yield listener.accept()
        except BlockingIOError:
            return


def run(worker: AdmissionWorker) -> int:
    """Serve until SIGTERM and return how many connections had not finished when time was up."""
    worker.init_process()
    return worker.nr_conns
