"""Probes: a tiny plain HTTP server that says whether this program lives and is ready."""

import socket
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress

from telemetry import plain
from telemetry.listening import Address, bound, listen

Check = Callable[[], str | None]
"""Says why not, or None when all is well."""

REQUEST_SECONDS = 2.0
LONGEST_REQUEST = 4096
MOST_AT_ONCE = 16
PAUSE_SECONDS = 0.1


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
                    deadline = time.monotonic() + REQUEST_SECONDS
                    request = plain.received(client, deadline, LONGEST_REQUEST)
                finally:
                    with self._unheard_lock:
                        self._unheard.pop(client, None)
                client.sendall(self._answer(request))
        except OSError:  # it went away, or was too slow
            return
        finally:
            self._slots.release()

    def _answer(self, head: bytes) -> bytes:
        return plain.answered(head, tuple(self._checks), self._verdict)

    def _verdict(self, path: str, _headers: list[str]) -> bytes:
        checks = self._checks[path]
        reasons = [f"{name}: {why}" for name, check in checks.items() if (why := check())]
        body = "\n".join(reasons) or "ok"
        return plain.response(503 if reasons else 200, body.encode(errors="replace") + b"\n")
