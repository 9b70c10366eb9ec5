"""Adapters are asked how they are; whatever answers is not believed to be well-behaved."""

import socket
import threading
from collections.abc import Generator
from contextlib import closing, contextmanager

import pytest

from reconciler import inquiry
from reconciler.inquiry import LONGEST_ANSWER, MOST_FAILURES, asked
from reconciler.observed import Answer
from telemetry.listening import Address, bound, listen

GOOD = (
    b'{"ready": false, "reason": "waiting for launcher", "failures": [{"reason": "exit code 1"}]}'
)


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait for an answer as long as it takes a machine that has much to do."""
    monkeypatch.setattr(inquiry, "REQUEST_SECONDS", 60.0)


@contextmanager
def answering(*pieces: bytes, hangs: bool = False) -> Generator[int]:
    """Run a server that says this to its only client, and lend its port."""
    listener = listen(Address("127.0.0.1", 0))
    over = threading.Event()

    def serve() -> None:
        client, _ = listener.accept()
        with closing(client):
            client.recv(4096)
            try:
                for piece in pieces:
                    client.sendall(piece)
            except OSError:
                return
            if hangs:
                over.wait(30)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield bound(listener).port
    finally:
        over.set()
        thread.join(10)
        listener.close()


def said(body: bytes, status: bytes = b"200 OK") -> bytes:
    return b"HTTP/1.1 " + status + b"\r\nContent-Type: application/json\r\n\r\n" + body


@pytest.mark.usefixtures("patient")
def test_what_an_adapter_says_is_understood() -> None:
    with answering(said(GOOD)) as port:
        answer = asked("127.0.0.1", port)
    assert answer == Answer(ready=False, reason="waiting for launcher", failures=("exit code 1",))


@pytest.mark.parametrize(
    "pieces",
    [
        pytest.param([said(b"{}", b"500 Oops")], id="an error"),
        pytest.param([said(b"[1, 2]")], id="another shape"),
        pytest.param([said(b'{"ready": "yes"}')], id="another type"),
        pytest.param([b"220 smtp.example.com\r\n"], id="another protocol"),
        pytest.param([b""], id="nothing"),
        pytest.param([said(b" " * LONGEST_ANSWER), GOOD], id="too much"),
        pytest.param([said(b"\xff\xfe")], id="no text"),
    ],
)
def test_what_makes_no_sense_is_no_answer(pieces: list[bytes]) -> None:
    with answering(*pieces) as port:
        assert asked("127.0.0.1", port) is None


def test_who_does_not_finish_is_not_waited_for() -> None:
    with answering(said(GOOD[:10]), hangs=True) as port:
        assert asked("127.0.0.1", port) is None


def test_nobody_there_is_no_answer() -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = int(taken.getsockname()[1])
    assert asked("127.0.0.1", port) is None


@pytest.mark.usefixtures("patient")
def test_only_the_newest_failures_are_kept() -> None:
    many = ",".join(f'{{"reason": "exit code {number}"}}' for number in range(50))
    with answering(said(f'{{"failures": [{many}]}}'.encode())) as port:
        answer = asked("127.0.0.1", port)
    assert answer is not None
    assert (len(answer.failures), answer.failures[-1]) == (MOST_FAILURES, "exit code 49")
