"""The port for metrics: TLS, and only for those whom the cluster lets read them."""

import logging
import select
import socket
import ssl
import threading
import time
from collections.abc import Callable
from contextlib import closing

from reconciler.permission import PATH, Verdict
from telemetry import plain
from telemetry.listening import Address, bound, listen
from telemetry.metrics import CONTENT_TYPE

log = logging.getLogger(__name__)

REQUEST_SECONDS = 10.0
"""For the handshake and the request together, and then again for the answer."""
LONGEST_REQUEST = 32 * 1024
MOST_AT_ONCE = 16
PAUSE_SECONDS = 0.1

COMMAND = (
    "TOKEN=$(kubectl create token kmcp-metrics-reader --namespace kmcp-system)\n"
    'curl --insecure --header "Authorization: Bearer $TOKEN" https://localhost:8443/metrics'
)
BODIES = {
    Verdict.UNKNOWN: "Send a bearer token of somebody who may get /metrics. To get one:\n\n"
    f"{COMMAND}\n",
    Verdict.REFUSED: "You are known, but may not get /metrics: bind the ClusterRole "
    "kmcp-metrics-reader to your account.\n",
    Verdict.UNDECIDED: "The cluster does not say who may read this; try again.\n",
}

Ask = Callable[[str], Verdict]


class Exposition:
    """Tells metrics to whoever may have them, in threads of its own."""

    def __init__(
        self,
        where: Address,
        content: Callable[[], bytes],
        context: Callable[[], ssl.SSLContext] | None = None,
        ask: Ask | None = None,
    ) -> None:
        """Open the port; without a *context* in plain HTTP, without *ask* for everybody."""
        self._content = content
        self._context = context
        self._ask = ask
        self._listener = listen(where)
        self._slots = threading.BoundedSemaphore(MOST_AT_ONCE)
        self._closed = threading.Event()
        self.address = bound(self._listener)

    def start(self) -> None:
        """Begin to answer."""
        threading.Thread(target=self._accept, name="metrics", daemon=True).start()

    def close(self) -> None:
        """Close the port."""
        self._closed.set()
        self._listener.shutdown(socket.SHUT_RDWR)  # wakes the thread that waits in accept
        self._listener.close()

    def _accept(self) -> None:
        while not self._closed.is_set():
            self._slots.acquire()  # each client has its time, so a slot is free soon
            try:
                client, _ = self._listener.accept()
            except OSError:  # closed, or no descriptor left: then wait for one
                self._slots.release()
                self._closed.wait(PAUSE_SECONDS)
                continue
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        try:
            with closing(self._secured(client)) as secured:
                deadline = time.monotonic() + REQUEST_SECONDS
                head = plain.received(secured, deadline, LONGEST_REQUEST)
                secured.settimeout(REQUEST_SECONDS)
                secured.sendall(self._answer(head))
        except OSError as error:  # it went away, was too slow, or does not speak TLS
            log.debug("a client of metrics failed", extra={"reason": str(error)})
        finally:
            client.close()
            self._slots.release()

    def _secured(self, client: socket.socket) -> socket.socket:
        if self._context is None:
            return client
        secured = self._context().wrap_socket(
            client, server_side=True, do_handshake_on_connect=False
        )
        _agree(secured, time.monotonic() + REQUEST_SECONDS)
        return secured

    def _answer(self, head: bytes) -> bytes:
        return plain.answered(head, (PATH,), lambda _, headers: self._for(_token(headers)))

    def _for(self, token: str) -> bytes:
        verdict = Verdict.GRANTED if self._ask is None else self._ask(token)
        if verdict is Verdict.GRANTED:
            return plain.response(200, self._content(), kind=CONTENT_TYPE)
        challenge = "WWW-Authenticate: Bearer\r\n" if verdict is Verdict.UNKNOWN else ""
        return plain.response(verdict.value, BODIES[verdict].encode(), challenge)


def _agree(client: ssl.SSLSocket, deadline: float) -> None:
    """Shake hands; all of it has to be over at *deadline*, however slowly bytes drip in."""
    client.settimeout(0)
    while True:
        try:
            client.do_handshake()
        except ssl.SSLWantReadError:
            ready = select.select([client], [], [], max(0.0, deadline - time.monotonic()))[0]
        except ssl.SSLWantWriteError:
            ready = select.select([], [client], [], max(0.0, deadline - time.monotonic()))[1]
        else:
            return
        if not ready:
            raise TimeoutError("no handshake in time")


def _token(lines: list[str]) -> str:
    for line in lines:
        name, _, value = line.partition(":")
        scheme, _, token = value.strip().partition(" ")
        if name.lower() == "authorization" and scheme.lower() == "bearer":
            return token.strip()
    return ""
