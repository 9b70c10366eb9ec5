"""What adapters say of themselves while their Pods are not ready; nobody waits for it."""

import http.client
import logging
import socket
import time
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from ipaddress import ip_address
from threading import Lock

import msgspec

from kinds.names import ADMIN_PORT
from kinds.reading import Fields, text
from reconciler.observed import Answer
from reconciler.shelf import Name

log = logging.getLogger(__name__)

MOST_AT_ONCE = 20
MOST_WAITING = 500
REQUEST_SECONDS = 1.0
LONGEST_ANSWER = 64 * 1024
FRESH_SECONDS = 4.0
REMEMBERED = 2000
MOST_FAILURES = 5
LONGEST_WORDS = 4096
PIECE = 8192


class _Failure(msgspec.Struct, frozen=True):
    reason: str | None = None
    stderr: str | None = None


class _Report(msgspec.Struct, frozen=True):
    ready: bool = False
    reason: str | None = None
    failures: list[_Failure] = []


class Inquiry:
    """Asks many Pods at a time, each now and then; threads share it."""

    def __init__(self, wake: Callable[[Name], None], port: int = ADMIN_PORT) -> None:
        """Tell by *wake* that something new is known of a server's Pods."""
        self._wake = wake
        self._port = port
        self._lock = Lock()
        self._heard: OrderedDict[str, tuple[float, Answer | None]] = OrderedDict()
        self._asking = set[str]()
        self._pool = ThreadPoolExecutor(MOST_AT_ONCE, "inquiry")

    def close(self) -> None:
        """Ask nothing more."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def answers(self, server: Name, pods: list[Fields]) -> dict[str, Answer]:
        """Return what is known by name of the Pod, and have the rest asked."""
        found = dict[str, Answer]()
        for pod in pods:
            uid, address = text(pod, "metadata", "uid"), text(pod, "status", "podIP")
            if not uid or not _is_address(address):
                continue
            heard, answer = self._recalled(uid)
            if answer is not None:
                found[text(pod, "metadata", "name")] = answer
            if heard + FRESH_SECONDS < time.monotonic():
                self._ask(server, uid, address)
        return found

    def _recalled(self, uid: str) -> tuple[float, Answer | None]:
        with self._lock:
            return self._heard.get(uid, (-FRESH_SECONDS, None))

    def _ask(self, server: Name, uid: str, address: str) -> None:
        with self._lock:
            if uid in self._asking or len(self._asking) >= MOST_WAITING:
                return
            self._asking.add(uid)
        try:
            self._pool.submit(self._asked, server, uid, address)
        except RuntimeError:  # closed
            return

    def _asked(self, server: Name, uid: str, address: str) -> None:
        answer = asked(address, self._port)
        with self._lock:
            self._asking.discard(uid)
            before = self._heard.pop(uid, (0.0, None))[1]
            self._heard[uid] = (time.monotonic(), answer)
            if len(self._heard) > REMEMBERED:
                self._heard.popitem(last=False)
        if answer != before:
            self._wake(server)


def asked(address: str, port: int) -> Answer | None:
    """Return what the adapter at *address* says; None when it says nothing that can be used."""
    try:
        return _answer(_fetched(address, port, time.monotonic() + REQUEST_SECONDS))
    except (OSError, http.client.HTTPException, msgspec.DecodeError, UnicodeError) as error:
        log.debug("a Pod does not answer", extra={"address": address, "reason": str(error)})
        return None


def _fetched(address: str, port: int, deadline: float) -> bytes:
    """Return the body of an answer, all of which has to arrive in time."""
    with closing(socket.create_connection((address, port), REQUEST_SECONDS)) as connection:
        host = f"[{address}]" if ":" in address else address
        request = f"GET /status HTTP/1.0\r\nHost: {host}:{port}\r\nConnection: close\r\n\r\n"
        connection.sendall(request.encode())
        received = bytearray()
        while len(received) <= LONGEST_ANSWER:
            connection.settimeout(max(deadline - time.monotonic(), 0.001))
            part = connection.recv(PIECE)
            if not part:
                break
            received += part
    head, gap, body = bytes(received).partition(b"\r\n\r\n")
    words = head.split(b" ", 2)
    if len(received) > LONGEST_ANSWER or not gap or words[1:2] != [b"200"]:
        raise http.client.HTTPException("not an answer that can be used")
    return body


def _answer(body: bytes) -> Answer:
    report = msgspec.json.decode(body, type=_Report)
    failures = [_told(one) for one in report.failures[-MOST_FAILURES:]]
    return Answer(report.ready, (report.reason or "")[:LONGEST_WORDS], tuple(failures))


def _told(failure: _Failure) -> str:
    ending = (failure.reason or "it ended")[:LONGEST_WORDS].replace("\n", " ")
    return "\n".join(filter(None, [ending, (failure.stderr or "")[-LONGEST_WORDS:]]))


def _is_address(word: str) -> bool:
    try:
        found = ip_address(word)
    except ValueError:
        return False
    return not (found.is_loopback or found.is_link_local or found.is_multicast)
