"""Requests that come before earlier ones are answered wait their turn, within bounds."""

from adapter.wire.limits import Limits
from adapter.wire.replies import Reply
from adapter.wire.requests import Request
from tests.adapter.wire.serving import (
    Asked,
    echo,
    post,
    read_all,
    read_until,
    serving,
    wait_until,
)

LAST = b"GET /last HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"


def get(path: bytes) -> bytes:
    return b"GET %b HTTP/1.1\r\nHost: a\r\n\r\n" % path


def test_requests_that_come_together_are_answered_in_their_order() -> None:
    with serving(echo) as running:
        sent = b"".join(post(b"<%d>" % number) for number in range(20)) + LAST
        bodies = [
            part.split(b"\r\n\r\n")[1] for part in running.exchange(sent).split(b"HTTP/1")[1:]
        ]
        assert bodies == [b"<%d>" % number for number in range(20)] + [b"/last"]


def test_the_next_request_is_handled_when_the_first_is_answered() -> None:
    asked = Asked()
    with serving(asked) as running, running.connect() as client:
        client.sendall(get(b"/1"))
        first = asked.next()[1]
        client.sendall(get(b"/2") + LAST)
        client.sendall(b"")
        running.do(lambda: None)
        assert asked.replies.empty()
        running.do(lambda: first.answer(200, b"one"))
        for expected in ("/2", "/last"):
            request, reply = asked.next()
            assert request.path == expected
            running.do(lambda reply=reply: reply.answer(200, b"more"))  # type: ignore[misc]
        answers = read_all(client)
        assert answers.count(b"HTTP/1.1 200 OK") == 3


def test_a_request_cut_in_two_by_a_pending_answer_is_put_together() -> None:
    asked = Asked()
    with serving(asked) as running, running.connect() as client:
        second = post(b"abcdef")
        client.sendall(get(b"/1") + second[:-4])
        first = asked.next()[1]
        client.sendall(second[-4:])
        running.do(lambda: first.answer(200))
        assert asked.next()[0].body == b"abcdef"


def test_no_more_than_a_little_is_read_ahead() -> None:
    asked = Asked()
    flood = 8 * 1024 * 1024
    with serving(asked, Limits(backlog=1000)) as running, running.connect() as client:
        client.sendall(get(b"/1"))
        asked.next()
        client.setblocking(False)
        sent = 0

        def is_stuck() -> bool:
            nonlocal sent
            try:
                sent += client.send(b"x" * 65536)
            except BlockingIOError:
                return True
            return sent > flood

        assert wait_until(is_stuck)
        assert sent <= flood


def test_answers_that_nobody_reads_hold_up_the_requests_behind_them() -> None:
    handled: list[str] = []

    def large(request: Request, reply: Reply) -> None:
        handled.append(request.path)
        reply.answer(200, b"x" * 8_000_000)

    with serving(large) as running, running.connect(receive_buffer=1 << 16) as client:
        client.sendall(get(b"/1") + get(b"/2") + LAST)
        assert wait_until(lambda: bool(handled))
        assert handled == ["/1"]
        assert len(read_until(client, b"never")) > 24_000_000
        assert handled == ["/1", "/2", "/last"]
