"""Probes: a tiny plain HTTP server that says whether this program lives and is ready."""

import socket
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress

from telemetry.listening import Address, bound, listen

Check = Callable[[], str | None]
"""Says why not, or None when all is well."""

REQUEST_SECONDS = 2.0
LONGEST_REQUEST = 4096
MOST_AT_ONCE = 16
PAUSE_SECONDS = 0.1

REASONS = {
    200: "OK",
    400: "Bad Request",
    404: "Not Found",
    405: "Method Not Allowed",
    503: "Service Unavailable",
}


class Probes:
    """Answers /healthz and /readyz in threads of its own, whatever the program is busy with."""

    def __init__(
        self, where: Address, live: Mapping[str, Check], ready: Mapping[str, Check]
    ) -> None:
        """Open the port; the checks are asked at each request."""
        self._checks = {"/healthz": live, "/readyz": ready}
        self._listener = listen(where)
        self._slots = threading.BoundedSemaphore(MOST_AT_ONCE)
        self._unheard: dict[socket.socket, None] = {}
        """Clients that have not asked yet, the oldest first."""
        self._unheard_lock = threading.Lock()
        self._closed = threading.Event()
        self.address = bound(self._listener)

    def start(self) -> None:
        """Begin to answer."""
        threading.Thread(target=self._accept, name="probes", daemon=True).start()

    def close(self) -> None:
        """Close the port."""
        self._closed.set()
        self._listener.shutdown(socket.SHUT_RDWR)  # wakes the thread that waits in accept
        self._listener.close()

    def _accept(self) -> None:
        while not self._closed.is_set():
            try:
                client, _ = self._listener.accept()
            except OSError:  # closed, or no descriptor left: then wait for one
                self._closed.wait(PAUSE_SECONDS)
                continue
            if not self._slots.acquire(blocking=False):
                self._drop_oldest()
                self._slots.acquire()
            with self._unheard_lock:
                self._unheard[client] = None
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _drop_oldest(self) -> None:
        """Free the slot of the client that has been silent longest; who has asked is answered."""
        with self._unheard_lock:
            oldest = next(iter(self._unheard), None)
            if oldest is not None:
                del self._unheard[oldest]
                with suppress(OSError):  # gone already
                    oldest.shutdown(socket.SHUT_RDWR)  # wakes the thread that waits in recv

    def _serve(self, client: socket.socket) -> None:
        try:
            with client:
                try:
                    request = _head(client, time.monotonic() + REQUEST_SECONDS)
                finally:
                    with self._unheard_lock:
                        self._unheard.pop(client, None)
                client.sendall(self._answer(request))
        except OSError:  # it went away, or was too slow
            return
        finally:
            self._slots.release()

    def _answer(self, head: bytes) -> bytes:
        words = head.split(b"\r\n", 1)[0].decode("latin-1").split(" ")
        if len(words) != 3 or b"\r\n\r\n" not in head:
            return _response(400, "not a request that is understood here")
        method, target, _ = words
        checks = self._checks.get(target.partition("?")[0])
        if checks is None:
            return _response(404, "only /healthz and /readyz are here")
        if method not in ("GET", "HEAD"):
            return _response(405, "only GET and HEAD", "Allow: GET, HEAD\r\n")
        reasons = [f"{name}: {why}" for name, check in checks.items() if (why := check())]
        answer = _response(503 if reasons else 200, "\n".join(reasons) or "ok")
        return answer if method == "GET" else answer.partition(b"\r\n\r\n")[0] + b"\r\n\r\n"


def _head(client: socket.socket, deadline: float) -> bytes:
    """Return what the client sent until the empty line, or as much as is ever read of it."""
    received = b""
    while b"\r\n\r\n" not in received and len(received) < LONGEST_REQUEST:
        client.settimeout(max(deadline - time.monotonic(), 0.001))
        part = client.recv(LONGEST_REQUEST)
        if not part:
            break
        received += part
    return received


def _response(status: int, text: str, headers: str = "") -> bytes:
    body = text.encode(errors="replace") + b"\n"
    head = (
        f"HTTP/1.1 {status} {REASONS[status]}\r\nContent-Type: text/plain; charset=utf-8\r\n"
        f"Content-Length: {len(body)}\r\nConnection: close\r\n{headers}\r\n"
    )
    return head.encode() + body
