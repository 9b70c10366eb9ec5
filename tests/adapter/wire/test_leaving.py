"""Clients that leave are noticed at once; those that hang back are let go."""

import socket
import struct
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace

import pytest

from adapter.wire.limits import Limits
from adapter.wire.replies import Reply
from adapter.wire.requests import Request
from tests.adapter.wire.serving import (
    WAIT_SECONDS,
    Asked,
    echo,
    post,
    read_all,
    read_exactly,
    read_until,
    serving,
    status,
    wait_until,
)

GET = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
HASTY = Limits(
    head_seconds=0.5,
    body_seconds=0.5,
    idle_seconds=1.0,
    stall_seconds=0.2,
    linger_seconds=10.0,
    sweep_seconds=0.02,
)
"""So short that tests can wait, and long enough for a client that has to wait for the processor."""


def reset(client: socket.socket) -> None:
    """Close in the rudest way there is."""
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    client.close()


def half_close(client: socket.socket) -> None:
    client.shutdown(socket.SHUT_WR)


@pytest.mark.parametrize("streams", [False, True], ids=["before the answer", "during a stream"])
@pytest.mark.parametrize("leave", [socket.socket.close, reset, half_close])
def test_who_was_about_to_answer_hears_once_that_the_client_left(
    leave: Callable[[socket.socket], None], streams: bool
) -> None:
    asked = Asked()
    with serving(asked) as running, running.connect() as client:
        client.sendall(GET)
        _, reply = asked.next()
        gone = threading.Semaphore(0)
        reply.gone = lambda: gone.release()
        if streams:
            running.do(reply.stream)
            read_until(client, b"\r\n\r\n")
        leave(client)
        assert gone.acquire(timeout=WAIT_SECONDS)
        assert wait_until(lambda: running.server.connections == 0)
        running.do(lambda: reply.send(b"data: late\n\n"))
        running.do(reply.end)
        running.do(lambda: reply.answer(200))
        assert reply.finished
        assert not gone.acquire(blocking=False)


def test_nobody_hears_of_a_client_that_leaves_after_its_answer() -> None:
    asked = Asked()
    with serving(asked) as running:
        with running.connect() as client:
            client.sendall(GET)
            _, reply = asked.next()
            gone = threading.Event()
            reply.gone = gone.set
            running.do(lambda: reply.answer(200, b"done"))
            read_until(client, b"done")
        assert wait_until(lambda: running.server.connections == 0)
        assert not gone.is_set()


def test_a_failure_on_hearing_of_it_is_logged_and_harms_nobody(
    caplog: pytest.LogCaptureFixture,
) -> None:
    asked = Asked()

    def fail() -> None:
        raise LookupError

    with serving(asked) as running:
        with running.connect() as client:
            client.sendall(GET)
            asked.next()[1].gone = fail
        assert wait_until(lambda: running.server.connections == 0)
    assert [record.message for record in caplog.records] == ["failed while serving a client"]


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        pytest.param(b"G", 408, id="a byte of a head"),
        pytest.param(GET[:-2], 408, id="nearly a head"),
        pytest.param(post(b"a" * 1000)[:-1], 408, id="nearly a body"),
        pytest.param(b"", None, id="nothing"),
    ],
)
def test_a_client_that_does_not_finish_is_let_go(sent: bytes, code: int | None) -> None:
    with serving(echo, HASTY) as running:
        answer = running.exchange(sent)
        assert (status(answer) if answer else None) == code


def test_a_client_that_trickles_is_let_go_all_the_same() -> None:
    with serving(echo, HASTY) as running, running.connect() as client:
        client.sendall(GET[:-2] + b"X: ")
        client.settimeout(0.05)
        for _ in range(1000):
            client.sendall(b"y")
            with suppress(TimeoutError):
                assert status(client.recv(1000)) == 408
                break
        else:
            pytest.fail("still listened to")


def test_an_idle_connection_is_closed_after_a_while() -> None:
    with serving(echo, HASTY) as running, running.connect() as client:
        client.sendall(GET)
        assert read_all(client).endswith(b"\r\n\r\n/")


def test_a_pending_answer_may_take_longer_than_any_limit() -> None:
    asked = Asked()
    with serving(asked, HASTY) as running, running.connect() as client:
        client.sendall(GET)
        _, reply = asked.next()
        begun = running.do(running.loop.time)
        assert wait_until(lambda: running.server.now > begun + 2 * HASTY.idle_seconds)
        running.do(lambda: reply.answer(200, b"late"))
        assert read_until(client, b"late").startswith(b"HTTP/1.1 200")


def test_a_client_that_takes_nothing_of_a_large_answer_is_let_go() -> None:
    asked = Asked()
    with serving(asked, HASTY) as running, running.connect(receive_buffer=4096) as client:
        client.sendall(GET)
        _, reply = asked.next()
        running.do(lambda: reply.answer(200, b"x" * 20_000_000))
        assert running.why_refused() == "slow client"
        assert wait_until(lambda: running.server.connections == 0)


def test_a_client_that_takes_a_large_answer_slowly_gets_it() -> None:
    asked = Asked()
    patient = replace(HASTY, stall_seconds=1.0)
    with serving(asked, patient) as running, running.connect(receive_buffer=1 << 16) as client:
        client.sendall(GET.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
        _, reply = asked.next()
        running.do(lambda: reply.answer(200, b"x" * 24_000_000))
        received = 0
        for _ in range(8):
            until = running.do(running.loop.time) + 0.2
            assert wait_until(lambda until=until: running.server.now > until)  # type: ignore[misc]
            received += len(read_exactly(client, 2_000_000))
        assert received + len(read_all(client)) > 24_000_000


def test_a_slow_reader_of_a_stream_is_let_go_and_costs_a_bounded_queue() -> None:
    asked = Asked()
    limits = Limits(queue=100_000)
    with serving(asked, limits) as running, running.connect(receive_buffer=4096) as client:
        client.sendall(GET)
        _, reply = asked.next()
        gone = threading.Event()
        reply.gone = gone.set
        running.do(reply.stream)
        most = 0
        for _ in range(2000):
            running.do(lambda: reply.send(b"data: " + b"x" * 5000 + b"\n\n"))
            most = max(most, running.do(lambda: reply.queued))
            if reply.finished:
                break
        assert gone.wait(WAIT_SECONDS)
        assert 100_000 < most < 120_000
        assert running.why_refused() == "slow client"


def test_an_event_larger_than_the_queue_arrives() -> None:
    def burst(_: Request, reply: Reply) -> None:
        reply.stream()
        reply.send(b"data: " + b"x" * 20_000_000 + b"\n\n")
        reply.send(b"data: last\n\n")

    with serving(burst, Limits(queue=1000)) as running, running.connect() as client:
        client.sendall(GET)
        assert len(read_until(client, b"data: last\n\n\r\n")) > 20_000_000
