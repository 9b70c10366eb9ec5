"""Streams of events: their bytes, their signs of life, and clients of an older HTTP."""

import pytest

from adapter.wire.events import event
from adapter.wire.limits import Limits
from adapter.wire.replies import Reply
from adapter.wire.requests import Request
from tests.adapter.wire.serving import Asked, read_all, read_until, serving

GET = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
CALM = Limits(comment_seconds=0.05, sweep_seconds=0.02)


@pytest.mark.parametrize(
    ("message", "identity", "expected"),
    [
        pytest.param(b"{}", None, b"event: message\ndata: {}\n\n", id="plain"),
        pytest.param(b"{}", b"s/1", b"event: message\nid: s/1\ndata: {}\n\n", id="resumable"),
        pytest.param(b"", b"1", b"event: message\nid: 1\ndata: \n\n", id="priming"),
        pytest.param(
            b"a\nb\r\nc\rd",
            None,
            b"event: message\ndata: a\ndata: b\ndata: c\ndata: d\n\n",
            id="lines",
        ),
    ],
)
def test_an_event_is_written_as_browsers_read_it(
    message: bytes, identity: bytes | None, expected: bytes
) -> None:
    assert event(message, identity) == expected


@pytest.mark.parametrize("identity", [b"a\nb", b"a\rb", b"a\0b"])
def test_an_event_id_is_one_line(identity: bytes) -> None:
    with pytest.raises(ValueError, match="one line"):
        event(b"{}", identity)


def test_the_head_of_a_stream_comes_before_its_first_event() -> None:
    asked = Asked()
    with serving(asked) as running, running.connect() as client:
        client.sendall(GET)
        _, reply = asked.next()
        running.do(reply.stream)
        assert read_until(client, b"\r\n\r\n").startswith(b"HTTP/1.1 200 OK\r\n")
        running.do(lambda: reply.send(event(b"{}")))
        assert read_until(client, b"\r\n") == b"19\r\nevent: message\ndata: {}\n\n\r\n"
        running.do(reply.end)
        assert read_until(client, b"0\r\n\r\n") == b"0\r\n\r\n"
        client.sendall(GET)
        assert asked.next()[0].path == "/"


def test_http_1_0_gets_a_stream_that_ends_with_the_connection() -> None:
    def two(_: Request, reply: Reply) -> None:
        reply.stream()
        reply.send(b"data: 1\n\n")
        reply.send(b"data: 2\n\n")
        reply.end()

    with serving(two) as running:
        answer = running.exchange(b"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
        head, _, body = answer.partition(b"\r\n\r\n")
        assert b"chunked" not in head
        assert b"Connection: close" in head
        assert body == b"data: 1\n\ndata: 2\n\n"


def test_head_of_a_stream_has_no_events() -> None:
    def one(_: Request, reply: Reply) -> None:
        reply.stream()
        reply.send(b"data: 1\n\n")
        reply.end()

    with serving(one) as running:
        sent = b"HEAD / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
        assert running.exchange(sent).endswith(b"\r\n\r\n")


def test_a_silent_stream_shows_that_it_lives() -> None:
    asked = Asked()
    with serving(asked, CALM) as running, running.connect() as client:
        client.sendall(GET)
        _, reply = asked.next()
        running.do(reply.stream)
        for _ in range(3):
            assert read_until(client, b": \n\n\r\n").endswith(b"4\r\n: \n\n\r\n")


def test_an_answer_that_is_no_stream_yet_stays_silent() -> None:
    asked = Asked()
    with serving(asked, CALM) as running, running.connect() as client:
        client.sendall(GET.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
        _, reply = asked.next()
        until = running.do(running.loop.time) + 0.2
        while running.server.now < until:
            running.do(lambda: None)
        running.do(lambda: reply.answer(200, b"only this"))
        assert read_all(client).count(b"\n\n") == 0
