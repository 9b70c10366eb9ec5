"""As it comes, the webhook answers a good client at once, whatever a crowd of others does."""

import time
from collections.abc import Generator
from contextlib import suppress

import pytest

from tests.webhook.program import REVIEW, WAIT_SECONDS, Identity, Program, post, running
from tests.webhook.test_patience import HEAD, clients, quickly
from webhook.service import MOST_CONNECTIONS
from webhook.worker import FIRST_REQUEST_SECONDS, MOST_BODIES

pytestmark = pytest.mark.slow

CROWD = 100
FULL = MOST_CONNECTIONS + 16
INSTANT_SECONDS = 10.0
"""Less than a client may take to send a request."""
TOGETHER = 3


@pytest.fixture(scope="module")
def identity(tmp_path_factory: pytest.TempPathFactory) -> Identity:
    made = Identity(tmp_path_factory.mktemp("identity"))
    made.write()
    return made


@pytest.fixture(scope="module")
def usual(identity: Identity) -> Generator[Program]:
    """A webhook as it comes."""
    with running(*identity.flags, module="tests.webhook.trial") as started:
        started.wait_ready()
        yield started


@pytest.mark.parametrize(
    "said",
    [
        pytest.param(b"P", id="one byte"),
        pytest.param(HEAD.encode(), id="half a head"),
        pytest.param(f"{HEAD}Content-Length: 100000\r\n\r\n".encode() + bytes(50_000), id="half"),
        pytest.param(f"{HEAD}Transfer-Encoding: chunked\r\n\r\n9\r\nx".encode(), id="a piece"),
        pytest.param(b"no request\r\n\r\n", id="no request, and no end of it"),
    ],
)
def test_any_number_of_slow_clients_delays_nobody_with_the_usual_settings(
    usual: Program, identity: Identity, said: bytes
) -> None:
    with clients(usual, identity, said, CROWD) as slow:
        for _ in range(5):
            quickly(usual, identity, INSTANT_SECONDS)
            for client in slow:
                with suppress(OSError):
                    client.sendall(b"x")


def test_whoever_is_silent_longest_makes_room_and_others_are_still_answered(
    usual: Program, identity: Identity
) -> None:
    kept = usual.connect(identity.client())
    assert post(kept).status == 200
    with clients(usual, identity, b"", FULL) as silent:
        assert post(kept, "/quick").status == 404
        quickly(usual, identity, INSTANT_SECONDS)
        assert usual.probe() == (200, "ok\n")
        assert silent[0].recv(1) == b""


def test_a_client_that_agrees_on_tls_and_asks_nothing_is_dropped_after_seconds(
    usual: Program, identity: Identity
) -> None:
    begun = time.monotonic()
    assert usual.agreed(identity.client()).recv(1) == b""
    assert time.monotonic() - begun < FIRST_REQUEST_SECONDS + WAIT_SECONDS / 2


def test_unfinished_requests_that_weigh_too_much_together_make_room_oldest_first(
    identity: Identity,
) -> None:
    limit = 7 * 2**20
    nearly = f"{HEAD}Content-Length: {limit}\r\n\r\n".encode() + bytes(limit - 1)
    with (
        running(*identity.flags, "--read-timeout=1h") as program,
        clients(program, identity, nearly, MOST_BODIES) as heavy,
    ):
        quickly(program, identity)
        with clients(program, identity, nearly, 2):
            assert heavy[0].recv(1) == b""
            program.logged("gave up on a request", reason="too many clients")
            heavy[-1].sendall(b"x")
            assert heavy[-1].recv(12) == b"HTTP/1.1 400"  # all of it was kept: it is no review


def test_a_client_is_told_to_go_on_when_it_asks_first(usual: Program, identity: Identity) -> None:
    asks = f"{HEAD}Content-Length: {len(REVIEW)}\r\nExpect: 100-continue\r\n\r\n"
    client = usual.agreed(identity.client())
    client.sendall(asks.encode())
    assert client.recv(4096) == b"HTTP/1.1 100 Continue\r\n\r\n"
    client.sendall(REVIEW)
    answer = client.recv(4096).removeprefix(b"HTTP/1.1 100 Continue\r\n\r\n")
    assert (answer or client.recv(4096)).startswith(b"HTTP/1.1 200")


def test_requests_that_come_together_are_answered_in_turn(
    usual: Program, identity: Identity
) -> None:
    one = f"{HEAD}Content-Length: {len(REVIEW)}\r\n\r\n".encode() + REVIEW
    with clients(usual, identity, one * TOGETHER, 1) as (client,):
        answers = b""
        while answers.count(b"HTTP/1.1 200") < TOGETHER:
            part = client.recv(4096)
            assert part, answers
            answers += part
