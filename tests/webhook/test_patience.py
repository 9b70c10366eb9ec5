"""No client can hold up another, whatever it does or does not do."""

import socket
import ssl
import time
from collections.abc import Generator
from contextlib import contextmanager

import pytest

from tests.webhook.program import (
    HOST,
    JSON,
    MUTATE,
    NAME,
    REVIEW,
    WAIT_SECONDS,
    Identity,
    Program,
    ask,
    post,
    running,
    wait,
)
from webhook.worker import LINGER_SECONDS

pytestmark = pytest.mark.slow

THREADS = 2
CLIENTS = 8
HANDSHAKE_SECONDS = 3.0
READ_SECONDS = 0.3
QUICK_SECONDS = 8.0
"""Time enough for an answer, and less than two threads would need for CLIENTS silent clients."""

MANY = 50
PAUSE_SECONDS = 0.04
"""How long a system waits to acknowledge what it has got, when the rest is held back until then."""

HEAD = f"POST {MUTATE} HTTP/1.1\r\nHost: {NAME}\r\nContent-Type: application/json\r\n"


@pytest.fixture(scope="module")
def identity(tmp_path_factory: pytest.TempPathFactory) -> Identity:
    made = Identity(tmp_path_factory.mktemp("identity"))
    made.write()
    return made


@pytest.fixture(scope="module")
def program(identity: Identity) -> Generator[Program]:
    """A webhook with few threads and little patience."""
    patience = [f"--handshake-timeout={HANDSHAKE_SECONDS}s", f"--read-timeout={READ_SECONDS}s"]
    flags = [*identity.flags, f"--threads={THREADS}", *patience]
    with running(*flags, module="tests.webhook.trial") as started:
        started.wait_ready()
        yield started


def quickly(program: Program, identity: Identity, seconds: float = QUICK_SECONDS) -> None:
    """Ask as a good client would, and insist on an answer in time."""
    begun = time.monotonic()
    client = program.connect(identity.client())
    assert post(client).status == 200
    assert time.monotonic() - begun < seconds


@contextmanager
def clients(
    program: Program, identity: Identity, sent: bytes, number: int = CLIENTS
) -> Generator[list[ssl.SSLSocket]]:
    """Yield clients that agreed on TLS, said something, and wait."""
    context = identity.client()
    opened: list[ssl.SSLSocket] = []
    for _ in range(number):
        opened.append(program.agreed(context))
        opened[-1].sendall(sent)  # at once: who says nothing is dropped after a while
    yield opened
    for client in opened:
        client.close()


@pytest.mark.parametrize(
    "said", [pytest.param(b"", id="nothing"), pytest.param(b"\x16\x03\x01", id="half a hello")]
)
def test_clients_that_do_not_agree_on_tls_are_dropped_and_delay_nobody(
    program: Program, identity: Identity, said: bytes
) -> None:
    silent = [program.raw() for _ in range(CLIENTS)]
    for client in silent:
        client.sendall(said)
    quickly(program, identity)
    assert [client.recv(1) for client in silent] == [b""] * CLIENTS
    program.logged("no TLS with a client", reason="timeout", client=HOST)


def test_clients_that_agree_on_tls_and_then_say_nothing_delay_nobody(
    program: Program, identity: Identity
) -> None:
    with clients(program, identity, b""):
        quickly(program, identity)


@pytest.mark.parametrize(
    "said",
    [
        pytest.param(HEAD.encode(), id="half a head"),
        pytest.param(f"{HEAD}Content-Length: 9\r\n\r\nx".encode(), id="half a body"),
        pytest.param(f"{HEAD}Transfer-Encoding: chunked\r\n\r\n9\r\nx".encode(), id="half a chunk"),
    ],
)
def test_clients_that_do_not_finish_a_request_are_not_waited_for(
    program: Program, identity: Identity, said: bytes
) -> None:
    longest = CLIENTS / THREADS * (READ_SECONDS + LINGER_SECONDS) + QUICK_SECONDS
    with clients(program, identity, said) as slow:
        quickly(program, identity, longest)
        for client in slow:
            answer = client.recv(4096)
            assert answer == b"" or answer.startswith(b"HTTP/1.1 400")


def test_a_client_that_trickles_is_not_waited_for(program: Program, identity: Identity) -> None:
    with clients(program, identity, HEAD.encode()) as slow:
        trickle = slow[0]
        trickle.settimeout(0.05)
        deadline = time.monotonic() + WAIT_SECONDS
        while True:
            assert time.monotonic() < deadline
            try:
                trickle.sendall(b"x")
                if trickle.recv(1) == b"":
                    break
            except TimeoutError:
                continue
            except OSError:
                break


def test_clients_that_do_not_hang_up_after_an_error_delay_nobody(
    program: Program, identity: Identity
) -> None:
    with clients(program, identity, b"no request\r\n\r\n") as rude:
        quickly(program, identity, CLIENTS / THREADS * LINGER_SECONDS + QUICK_SECONDS)
        assert all(client.recv(12) == b"HTTP/1.1 400" for client in rude)


def test_clients_that_do_not_read_give_their_threads_back(
    program: Program, identity: Identity
) -> None:
    large = f"POST /large HTTP/1.1\r\nHost: {NAME}\r\nContent-Type: application/json\r\n"
    with clients(program, identity, f"{large}Content-Length: 1\r\n\r\nx".encode()):
        quickly(
            program,
            identity,
            CLIENTS / THREADS * (READ_SECONDS + LINGER_SECONDS + 0.5) + QUICK_SECONDS,
        )


def test_a_kept_connection_serves_many_requests_without_a_pause(
    program: Program, identity: Identity
) -> None:
    client = program.connect(identity.client())
    assert post(client).status == 200
    first = client.sock
    took: list[float] = []
    for _ in range(MANY):
        begun = time.monotonic()
        assert post(client).status == 200
        took.append(time.monotonic() - begun)
    assert client.sock is first
    assert min(took) < PAUSE_SECONDS  # whoever waits for an acknowledgement does so each time


def test_an_idle_connection_is_closed_after_the_time_that_was_chosen(identity: Identity) -> None:
    with running(*identity.flags, "--keep-alive=1s") as program:
        client = program.connect(identity.client())
        begun = time.monotonic()
        assert post(client).status == 200
        assert client.sock.recv(1) == b""
        assert 0.9 < time.monotonic() - begun < 60  # and not after the usual two minutes


def test_a_request_that_is_refused_unread_leaves_no_bytes_behind(
    program: Program, identity: Identity
) -> None:
    client = program.connect(identity.client())
    posing = b"GET / HTTP/1.1\r\n\r\n" * 9
    plain = {"Content-Type": "text/plain"}
    assert ask(client, "POST", MUTATE, body=posing, headers=plain).status == 415
    assert post(client).status == 200


def test_more_requests_than_threads_wait_for_their_turn(
    program: Program, identity: Identity
) -> None:
    opened = [program.connect(identity.client()) for _ in range(CLIENTS)]
    for client in opened:
        client.request("POST", MUTATE, REVIEW, JSON)
    for client in opened:
        with client.getresponse() as answer:
            assert answer.status == 200


def test_a_port_scan_leaves_no_trace(identity: Identity) -> None:
    with running(*identity.flags) as program:
        for _ in range(3):
            socket.create_connection((HOST, program.port), timeout=WAIT_SECONDS).close()
        quickly(program, identity)
        program.logged("decided")
        assert [line for line in program.lines if "client" in line] == []


def test_a_request_that_is_none_is_logged(program: Program, identity: Identity) -> None:
    before = len(program.lines)
    with clients(program, identity, b"no request\r\n\r\n") as rude:
        assert rude[0].recv(12) == b"HTTP/1.1 400"
    wait(
        lambda: "warning" in [line["level"] for line in program.lines[before:]],
        lambda: f"the refusal was not logged: {program.lines[before:]}",
    )
