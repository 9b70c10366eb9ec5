"""Probes answer from the start, whatever clients do, and say why when all is not well."""

import http.client
import socket
import time
from collections.abc import Generator
from contextlib import ExitStack, contextmanager

import pytest

from telemetry import probes
from telemetry.listening import Address
from telemetry.probes import MOST_AT_ONCE, Check, Probes

CROWD = 64
WAIT_SECONDS = 60.0


@contextmanager
def answering(live: Check = lambda: None, **ready: Check) -> Generator[Address]:
    server = Probes(Address("127.0.0.1", 0), {"loop": live}, ready)
    server.start()
    try:
        yield server.address
    finally:
        server.close()


def ask(where: Address, path: str, method: str = "GET") -> tuple[int, str]:
    connection = http.client.HTTPConnection(where.host, where.port, timeout=WAIT_SECONDS)
    connection.request(method, path)
    answer = connection.getresponse()
    text = answer.read().decode()
    connection.close()
    return answer.status, text


def raw(where: Address, sent: bytes) -> bytes:
    with socket.create_connection((where.host, where.port), timeout=WAIT_SECONDS) as client:
        client.sendall(sent)
        return client.recv(4096)


def test_all_is_well_until_a_check_says_otherwise() -> None:
    with answering(certificate=lambda: None) as where:
        assert ask(where, "/healthz") == (200, "ok\n")
        assert ask(where, "/readyz?verbose") == (200, "ok\n")


def test_every_failing_check_is_named_with_its_reason() -> None:
    with answering(a=lambda: "broken", b=lambda: None, c=lambda: "late") as where:
        assert ask(where, "/readyz") == (503, "a: broken\nc: late\n")
        assert ask(where, "/healthz") == (200, "ok\n")


def test_a_program_may_be_ready_and_yet_not_live() -> None:
    with answering(live=lambda: "hangs", a=lambda: None) as where:
        assert ask(where, "/healthz") == (503, "loop: hangs\n")
        assert ask(where, "/readyz") == (200, "ok\n")


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        pytest.param(b"GET / HTTP/1.1\r\n\r\n", b"404", id="unknown path"),
        pytest.param(b"POST /healthz HTTP/1.1\r\n\r\n", b"405", id="unknown method"),
        pytest.param(b"HEAD /healthz HTTP/1.0\r\n\r\n", b"200", id="head"),
        pytest.param(b"\x16\x03\x01 hello\r\n\r\n", b"400", id="TLS"),
        pytest.param(b"GET /healthz HTTP/1.1\r\nX: " + b"x" * 5000, b"400", id="too long"),
    ],
)
def test_other_requests_are_answered_by_their_fault(sent: bytes, status: bytes) -> None:
    with answering() as where:
        assert raw(where, sent).split()[1] == status


def test_a_method_that_is_refused_learns_which_are_not() -> None:
    with answering() as where:
        assert b"Allow: GET, HEAD\r\n" in raw(where, b"PUT /readyz HTTP/1.1\r\n\r\n")


def test_head_has_no_body() -> None:
    with answering() as where:
        assert raw(where, b"HEAD /healthz HTTP/1.1\r\n\r\n").endswith(b"\r\n\r\n")


def test_silent_clients_are_dropped_and_others_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probes, "REQUEST_SECONDS", 0.2)
    with answering() as where:
        silent = [
            socket.create_connection((where.host, where.port), timeout=WAIT_SECONDS)
            for _ in range(MOST_AT_ONCE + 2)
        ]
        assert ask(where, "/healthz") == (200, "ok\n")
        assert [client.recv(1) for client in silent] == [b""] * len(silent)
        for client in silent:
            client.close()


def test_a_crowd_of_silent_clients_delays_nobody() -> None:
    with answering() as where, ExitStack() as crowd:
        for _ in range(CROWD):
            client = socket.create_connection((where.host, where.port), timeout=WAIT_SECONDS)
            crowd.enter_context(client)
            client.sendall(b"G")
        begun = time.monotonic()
        assert ask(where, "/healthz") == (200, "ok\n")
        one_after_the_other = CROWD / MOST_AT_ONCE * probes.REQUEST_SECONDS
        assert time.monotonic() - begun < one_after_the_other / 2


def test_a_client_that_trickles_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probes, "REQUEST_SECONDS", 0.3)
    with (
        answering() as where,
        socket.create_connection((where.host, where.port), timeout=0.05) as client,
    ):
        for _ in range(1000):
            try:
                client.sendall(b"x")
                assert client.recv(1) == b""
                break
            except TimeoutError:
                continue
            except OSError:
                break
        else:
            pytest.fail("still waited for after 50 s")
