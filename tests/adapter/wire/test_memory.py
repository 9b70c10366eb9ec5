"""What clients send costs about as much memory as it is long, and nothing once they are gone."""

import gc
import tracemalloc
import weakref

import pytest

from adapter.wire.intake import Intake
from adapter.wire.limits import MIB, Limits
from tests.adapter.wire.serving import echo, read_until, serving, wait_until

CHUNKED = b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
GET = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"


def intake(limits: Limits) -> Intake:
    return Intake(limits, "127.0.0.1", lambda: None)


@pytest.mark.slow
def test_a_body_in_tiny_chunks_costs_little_more_than_its_length() -> None:
    reading = intake(Limits(body=MIB))
    pieces = b"2\r\nab\r\n" * 1024
    tracemalloc.start()
    try:
        reading.feed(CHUNKED)
        for _ in range(MIB // 2 // 1024):
            reading.feed(pieces)
        reading.feed(b"0\r\n\r\n")
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(reading.ready[0].body) == MIB
    assert peak < 4 * MIB


def test_a_refused_body_is_dropped() -> None:
    reading = intake(Limits(body=1000))
    reading.feed(CHUNKED + b"3e8\r\n" + b"a" * 1000)
    assert reading.held == 1000
    reading.forget()
    assert reading.held == 0


def test_a_client_that_left_is_forgotten_without_the_collector() -> None:
    gc.disable()
    try:
        with serving(echo) as running:
            with running.connect() as client:
                client.sendall(GET)
                assert read_until(client, b"\r\n\r\n/")
                seen = weakref.ref(next(iter(running.server.open)))
            assert wait_until(lambda: seen() is None)
    finally:
        gc.enable()
