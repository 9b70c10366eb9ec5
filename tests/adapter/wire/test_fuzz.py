"""Whatever bytes come, the server answers as HTTP asks, logs no failure and keeps nothing."""

import random
import re
import socket
import time
from contextlib import suppress

import pytest

from adapter.wire.limits import Limits
from adapter.wire.replies import Reply
from adapter.wire.requests import Request
from tests.adapter.wire.fuzz import conversations
from tests.adapter.wire.serving import Serving, serving, wait_until

SECONDS, LEAST = 10, 200
LIMITS = Limits(head=4096, headers=20, body=10_000, linger_seconds=0.2, sweep_seconds=0.05)
STATUSES = {100, 101, 200, 400, 404, 405, 408, 413, 417, 426, 429, 431, 501, 505}


def varied(request: Request, reply: Reply) -> None:
    """Answer in every way there is."""
    if request.is_upgrade:
        websocket = reply.upgrade()
        websocket.received = websocket.send
    elif request.path == "/stream":
        reply.stream()
        reply.send(b"data: 1\n\n")
        reply.end()
    elif request.method == b"POST":
        reply.answer(200, request.body)
    else:
        reply.answer(404)


def converse(running: Serving, pieces: list[bytes], *, patiently: bool) -> bytes:
    """Return what the server says to a client that hangs up after its last word."""
    received = bytearray()
    with running.connect() as client, suppress(ConnectionError):
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for piece in pieces:
            client.sendall(piece)
        if patiently:
            with suppress(OSError):  # hung up already
                client.shutdown(socket.SHUT_WR)
            while part := client.recv(1 << 16):
                received += part
    return bytes(received)


@pytest.mark.slow
def test_no_bytes_bring_the_server_down(caplog: pytest.LogCaptureFixture) -> None:
    seed = random.randrange(1 << 32)
    chance = random.Random(seed)
    until = time.monotonic() + SECONDS
    with serving(varied, LIMITS) as running:
        for tried, pieces in enumerate(conversations(seed), 1):
            told = f"conversation {tried} of seed {seed}: {pieces}"
            answer = converse(running, pieces, patiently=chance.random() < 0.8)
            found = {int(code) for code in re.findall(rb"HTTP/1\.1 (\d+) ", answer)}
            assert found <= STATUSES, told
            assert b"Traceback" not in answer, told
            assert not caplog.records, told
            if tried > LEAST and time.monotonic() > until:
                break
        assert wait_until(lambda: running.server.connections == 0)
        assert running.server.bodies == 0
