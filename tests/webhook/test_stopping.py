"""SIGTERM: unready at once, open a little longer, nothing in flight lost, exit 0."""

import http.client
import os
import signal
import socket
import threading
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.webhook.program import (
    HOST,
    NAME,
    WAIT_SECONDS,
    Answer,
    Identity,
    Program,
    post,
    running,
    wait,
)

pytestmark = pytest.mark.slow

WAITING = 5
TRIAL = "tests.webhook.trial"


@contextmanager
def slow_request(program: Program, identity: Identity) -> Generator[list[Answer]]:
    """Yield the answer to a request that is in hand until something is written into `pipe`."""
    pipe = identity.folder / "pipe"
    os.mkfifo(pipe)
    answers: list[Answer] = []

    def ask() -> None:
        client = program.connect(identity.client())
        try:
            answers.append(post(client, "/slow", str(pipe).encode()))
        except (OSError, http.client.HTTPException):
            return

    thread = threading.Thread(target=ask)
    thread.start()
    program.logged("slow request began")
    yield answers
    thread.join()


def finish(folder: Path) -> None:
    (folder / "pipe").write_bytes(b"at last")


def is_closed(program: Program) -> bool:
    try:
        socket.create_connection((HOST, program.port), timeout=WAIT_SECONDS).close()
    except ConnectionRefusedError:
        return True
    return False


def test_a_request_in_hand_is_finished_after_the_port_is_closed(identity: Identity) -> None:
    flags = [*identity.flags, "--shutdown-delay=500ms"]
    with running(*flags, module=TRIAL) as program:
        program.wait_ready()
        with slow_request(program, identity) as answers:
            program.terminate()
            wait(lambda: is_closed(program), lambda: program.lines)
            assert program.process.poll() is None
            finish(identity.folder)
        (answer,) = answers
        assert (answer.status, answer.body) == (200, b"at last")
        assert answer.headers["Connection"] == "close"
        assert program.exit_code() == 0
        assert [line["level"] for line in program.lines] == ["info"] * len(program.lines)


def test_until_the_delay_is_over_it_is_not_ready_and_yet_answers_everybody(
    identity: Identity,
) -> None:
    with running(*identity.flags, "--shutdown-delay=1h") as program:
        program.wait_ready()
        kept = program.connect(identity.client())
        assert post(kept).headers["Connection"] == "keep-alive"
        program.terminate()
        program.logged("stopping")
        status, text = program.probe()
        assert (status, text) == (503, "stopping: SIGTERM has come\n")
        assert program.probe("/healthz") == (200, "ok\n")
        new = program.connect(identity.client())
        for client in (kept, new):
            answer = post(client)
            assert (answer.status, answer.headers["Connection"]) == (200, "close")


def test_silent_and_idle_clients_do_not_hold_up_the_end(identity: Identity) -> None:
    with running(*identity.flags, "--graceful-timeout=1h", "--handshake-timeout=1h") as program:
        program.wait_ready()
        idle = program.connect(identity.client())
        assert post(idle).status == 200
        program.raw()
        program.agreed(identity.client())
        program.terminate()
        assert program.exit_code() == 0


def test_whoever_was_connected_is_answered_after_the_port_is_closed(identity: Identity) -> None:
    with running(*identity.flags, "--graceful-timeout=1h", module=TRIAL) as program:
        program.wait_ready()
        idle = program.connect(identity.client())
        assert post(idle).status == 200
        program.process.send_signal(signal.SIGSTOP)  # so that nobody is accepted before SIGTERM
        waiting = [program.raw() for _ in range(WAITING)]
        program.terminate()
        program.process.send_signal(signal.SIGCONT)
        wait(lambda: is_closed(program), lambda: program.lines)
        for raw in waiting:
            client = program.connect(identity.client())
            client.sock = identity.client().wrap_socket(raw, server_hostname=NAME)
            answer = post(client)
            assert (answer.status, answer.headers["Connection"]) == (200, "close")
        assert post(idle).status == 200
        assert program.exit_code() == 0


def test_a_request_that_never_ends_is_given_up_after_the_time_that_was_chosen(
    identity: Identity,
) -> None:
    with running(*identity.flags, "--graceful-timeout=1s", module=TRIAL) as program:
        program.wait_ready()
        with slow_request(program, identity) as answers:
            program.terminate()
            assert program.exit_code() == 1
        assert answers == []
        program.logged("gave up on unfinished requests", connections=1)
