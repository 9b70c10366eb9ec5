"""HTTP as small as probes and metrics need it: one request for each connection, and no body."""

import socket
import time
from collections.abc import Callable, Sequence

TEXT = "text/plain; charset=utf-8"

REASONS = {
    200: "OK",
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    503: "Service Unavailable",
}


def received(client: socket.socket, deadline: float, most: int) -> bytes:
    """Return what the client sent until the empty line, or the *most* that is ever read of it."""
    head = b""
    while b"\r\n\r\n" not in head and len(head) < most:
        client.settimeout(max(deadline - time.monotonic(), 0.001))
        part = client.recv(most)
        if not part:
            break
        head += part
    return head


def answered(head: bytes, paths: Sequence[str], answer: Callable[[str, list[str]], bytes]) -> bytes:
    """Return the response to a request for one of *paths*.

    *answer* makes it from the path and the lines of the request's headers.
    """
    first, *lines = head.decode("latin-1").split("\r\n")
    words = first.split(" ")
    if len(words) != 3 or b"\r\n\r\n" not in head:
        return response(400, b"not a request that is understood here\n")
    method, target, _ = words
    path = target.partition("?")[0]
    if path not in paths:
        verb = "is" if len(paths) == 1 else "are"
        return response(404, f"only {' and '.join(paths)} {verb} here\n".encode())
    if method not in ("GET", "HEAD"):
        return response(405, b"only GET and HEAD\n", "Allow: GET, HEAD\r\n")
    made = answer(path, lines)
    return made if method == "GET" else made.partition(b"\r\n\r\n")[0] + b"\r\n\r\n"


def response(status: int, body: bytes, headers: str = "", kind: str = TEXT) -> bytes:
    """Return a response after which the connection ends."""
    head = (
        f"HTTP/1.1 {status} {REASONS[status]}\r\nContent-Type: {kind}\r\n"
        f"Content-Length: {len(body)}\r\nConnection: close\r\n{headers}\r\n"
    )
    return head.encode() + body
