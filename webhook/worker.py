"""gunicorn's threaded worker, alone in our process, in which no client can hold up another.

As it comes, the worker has a thread wait for whatever a client is slow at. Here the loop that
accepts also agrees on TLS, receives, and sees clients off, all without waiting: a thread is taken
when a whole request is there, and given back with the answer. There is no second process to watch
this one: the kubelet does that, through the probes.
"""

import logging
import os
import selectors
import socket
import ssl
import sys
import time
from collections.abc import Callable, Iterable, Iterator, MutableMapping
from concurrent.futures import Future
from functools import partial
from types import FrameType
from typing import Any, cast

from gunicorn.http import Request, RequestParser
from gunicorn.workers.gthread import TConn, ThreadWorker

from webhook.arrival import Arrival
from webhook.connection import HUNG_UP, TOO_MANY, TOO_SLOW, Connection, reason
from webhook.service import LONGEST_HEAD, JsonLogger, Service
from webhook.tls import RequestSocket

log = logging.getLogger(__name__)

MOST_BODIES = 16
"""How many requests of the largest size may be held at once."""
ANSWER_BYTES = 2**18
"""What the system takes off a thread, so that it need not wait for a client to read."""
FIRST_REQUEST_SECONDS = 3.0
"""How long a client may take to begin its first request; the API server connects to ask at once."""
LINGER_SECONDS = 0.5
"""How long to wait for a client to close its end after the last answer."""
LAST_REQUEST_SECONDS = 2.0
"""How long a stopping worker listens on connections on which a request may be under way."""
TURN_SECONDS = 1.0
SWITCH_SECONDS = 0.0005
"""How long a busy thread may keep the loop from the next piece of a request; Python's is 5 ms."""


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
        self._waiting: dict[Connection, None] = {}
        """Those that the loop watches, whoever has waited longest first."""
        self._asking: set[Connection] = set()
        """Those whose request has a thread, or stands in line for one."""
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
        moments = [conn.deadline for conn in self._waiting]
        if self.alive and self._stop_at is not None:
            moments.append(self._stop_at)
        soonest = min(moments, default=float("inf")) - time.monotonic()
        longest = TURN_SECONDS if timeout is None else timeout
        super().wait_for_and_dispatch_events(max(min(longest, soonest), 0.0))
        now = time.monotonic()
        for conn in [conn for conn in self._waiting if conn.deadline <= now]:
            self._drop(conn, TOO_SLOW)
        if self.alive and self._stop_at is not None and self._stop_at <= now:
            self._stop_accepting(now)

    def accept(self, listener: socket.socket) -> None:
        """Begin to agree on TLS with the next client; if need be, another makes room."""
        try:
            raw, client = listener.accept()
        except (BlockingIOError, ConnectionError):  # it changed its mind
            return
        self._begin(raw, client, listener.getsockname())
        while self._waiting and self.nr_conns >= self.worker_connections:
            self._drop(self._most_dispensable(), TOO_MANY)

    def enqueue_req(self, conn: TConn) -> None:
        """Give the connection to a thread, as soon as one is free."""
        ours = cast("Connection", conn)
        del self._waiting[ours]
        self._asking.add(ours)
        self.poller.unregister(ours.patient)
        ours.arrival = None
        super().enqueue_req(conn)

    def handle(self, conn: TConn) -> bool:
        """Answer one request, in a thread, and say whether the connection can have another."""
        return super().handle(conn) and not cast("Connection", conn).patient.is_exhausted

    def finish_request(self, conn: TConn, fs: Future[bool]) -> None:
        """Wait for the client's next request, or for it to hang up."""
        ours = cast("Connection", conn)
        self._asking.discard(ours)
        if fs.cancelled() or fs.exception() or not fs.result():
            self._see_off(ours)
            return
        ours.patient.setblocking(False)
        parser = cast("RequestParser", ours.parser)
        ours.patient.received[:0] = parser.unreader.take_buffered()
        # Who is answered while the port is closed may ask once more, and not for ever.
        seconds = self._settings.keep_alive if self.alive else LAST_REQUEST_SECONDS
        self._wait(ours, self._receive, seconds)
        if ours.patient.received:
            self._consider(ours)

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

    def _begin(self, raw: socket.socket, client: Any, server: Any) -> None:  # noqa: ANN401 - addresses
        raw.setblocking(False)
        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # head and body are two writes
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, ANSWER_BYTES)
        try:
            wrapped = self._context().wrap_socket(
                raw, server_side=True, do_handshake_on_connect=False
            )
        except OSError:  # gone already
            raw.close()
            return
        sock = cast("RequestSocket", wrapped)
        sock.received = bytearray()
        sock.patience = self._settings.read_timeout
        self.nr_conns += 1
        conn = Connection(self.cfg, sock, client, server)
        self._wait(conn, self._shake, self._settings.handshake_timeout)

    def _most_dispensable(self) -> Connection:
        """Return who has waited longest, among those who never asked if these are the crowd."""
        strangers = [conn for conn in self._waiting if conn.parser is None]
        are_the_crowd = 2 * len(strangers) > len(self._waiting)
        return strangers[0] if are_the_crowd else next(iter(self._waiting))

    def _wait(self, conn: Connection, then: Callable[[Connection], None], seconds: float) -> None:
        """Have the loop call *then* whenever there is something to read."""
        conn.deadline = time.monotonic() + seconds
        self._waiting[conn] = None
        self.poller.register(conn.patient, selectors.EVENT_READ, partial(self._turn, conn, then))

    def _turn(self, conn: Connection, then: Callable[[Connection], None], _: object) -> None:
        if conn not in self._waiting:  # dropped a moment ago
            return
        try:
            then(conn)
        except (OSError, ValueError) as error:
            self._drop(conn, reason(error))

    def _shake(self, conn: Connection) -> None:
        key = self.poller.get_key(conn.patient)
        try:
            conn.patient.do_handshake()
        except ssl.SSLWantReadError:
            self.poller.modify(conn.patient, selectors.EVENT_READ, key.data)
        except ssl.SSLWantWriteError:
            self.poller.modify(conn.patient, selectors.EVENT_WRITE, key.data)
        else:
            conn.is_agreed = True
            seconds = FIRST_REQUEST_SECONDS if self.alive else LAST_REQUEST_SECONDS
            conn.deadline = time.monotonic() + min(seconds, self._settings.keep_alive)
            receive = partial(self._turn, conn, self._receive)
            self.poller.modify(conn.patient, selectors.EVENT_READ, receive)

    def _receive(self, conn: Connection) -> None:
        can_come = conn.patient.receive()
        if conn.patient.received:
            self._consider(conn)
        if not can_come and conn in self._waiting:
            self._drop(conn, HUNG_UP)

    def _consider(self, conn: Connection) -> None:
        """Have the request answered, if it is there; else go on waiting, but not for ever."""
        sock = conn.patient
        if conn.arrival is None:
            conn.arrival = Arrival(LONGEST_HEAD, self._settings.body_limit + 1)  # as the app has it
            sock.arrived = time.monotonic()
            conn.deadline = sock.arrived + self._settings.read_timeout
        if conn.arrival.is_complete(sock.received):
            self.enqueue_req(conn)
            return
        if conn.arrival.asks_first:
            conn.arrival.asks_first = False
            sock.send(b"HTTP/1.1 100 Continue\r\n\r\n")
        self._shed()

    def _shed(self) -> None:
        """Drop the oldest of those that are not complete, while too much is held."""
        held = sum(len(conn.patient.received) for conn in (*self._waiting, *self._asking))
        for conn in [conn for conn in self._waiting if conn.arrival]:
            if held <= MOST_BODIES * self._settings.body_limit:
                return
            held -= len(conn.patient.received)
            self._drop(conn, TOO_MANY)

    def _see_off(self, conn: Connection) -> None:
        """Close after the client did, or soon: what was sent last is not torn off."""
        try:
            conn.patient.finish()
        except OSError:  # gone already
            self._end(conn)
        else:
            self._wait(conn, self._discard, LINGER_SECONDS)

    def _discard(self, conn: Connection) -> None:
        if not conn.patient.discard():
            self._end(conn)

    def _drop(self, conn: Connection, why: str) -> None:
        is_lost = conn.arrival is not None or not conn.is_agreed
        level = logging.INFO if is_lost and why != HUNG_UP else logging.DEBUG
        message = "gave up on a request" if conn.is_agreed else "no TLS with a client"
        log.log(level, message, extra={"client": conn.host, "reason": why})
        self._end(conn)

    def _end(self, conn: Connection) -> None:
        if conn in self._waiting:
            del self._waiting[conn]
            self.poller.unregister(conn.patient)
        conn.patient.close()
        self.nr_conns -= 1

    def _stop_accepting(self, now: float) -> None:
        """Close the port; whoever is connected may finish, but not begin anew."""
        self.set_accept_enabled(False)
        for listener in self.sockets:
            for raw, client in _waiting(listener):
                self._begin(raw, client, listener.getsockname())
            listener.close()
        for conn in self._waiting:
            if conn.arrival is None:
                conn.deadline = min(conn.deadline, now + LAST_REQUEST_SECONDS)
        self.alive = False


def _waiting(listener: socket.socket) -> Iterator[tuple[socket.socket, Any]]:
    """Yield the clients that are connected already, and not yet accepted."""
    while True:
        try:
            yield listener.accept()
        except BlockingIOError:
            return


def run(worker: AdmissionWorker) -> int:
    """Serve until SIGTERM and return how many connections had not finished when time was up."""
    sys.setswitchinterval(SWITCH_SECONDS)
    worker.init_process()
    return worker.nr_conns
