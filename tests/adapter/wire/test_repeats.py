"""A client that repeats its head to the byte is understood as if it had never been heard before."""

from collections.abc import Sequence

import pytest

from adapter.wire.intake import Intake
from adapter.wire.limits import Limits
from adapter.wire.requests import Request

USUAL = b"POST /mcp?x=1 HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\nMcp-Name: echo\r\n\r\n%b"


def post(body: bytes) -> bytes:
    return USUAL % (len(body), body)


def never(_: bytes = b"") -> None:
    raise AssertionError("nobody waits for a sign")


def heard(pieces: Sequence[bytes]) -> tuple[list[dict[str, object]], str]:
    """Return the requests that one connection hears, each handled at once, and its refusal."""
    intake = Intake(Limits(), "peer", never)
    found: list[dict[str, object]] = []
    for piece in pieces:
        intake.feed(piece)
        found += [{name: getattr(one, name) for name in Request.__slots__} for one in intake.ready]
        intake.ready.clear()
    return found, str(intake.refusal and intake.refusal.reason)


def singly(messages: Sequence[bytes]) -> list[dict[str, object]]:
    """Return what as many connections hear, each of them one message."""
    return [request for message in messages for request in heard([message])[0]]


@pytest.mark.parametrize(
    "second",
    [
        pytest.param(post(b"beta!"), id="another body"),
        pytest.param(post(b"longer than before"), id="another length"),
        pytest.param(post(b"alpha").replace(b"echo", b"Echo"), id="another header"),
        pytest.param(post(b"alpha").replace(b"/mcp", b"/mCp"), id="another path"),
        pytest.param(b"GET /mcp HTTP/1.1\r\nHost: a\r\n\r\n", id="no body"),
    ],
)
def test_what_follows_is_read_as_on_a_new_connection(second: bytes) -> None:
    messages = [post(b"alpha"), second, post(b"gamma"), second, second]
    assert heard(messages) == (singly(messages), "None")


def test_a_repeated_head_may_come_in_any_pieces() -> None:
    first, again = post(b"alpha"), post(b"omega")
    expected = singly([first, again, again])
    for cut in range(1, len(again)):
        assert heard([first, again[:cut], again[cut:], again]) == (expected, "None"), cut


def test_two_requests_in_one_piece_are_two() -> None:
    pair = post(b"alpha") + post(b"gamma")
    assert heard([pair, pair]) == (singly([post(b"alpha"), post(b"gamma")] * 2), "None")


def test_line_ends_between_requests_move_no_body() -> None:
    first = post(b"alpha")
    assert heard([first + b"\r\n", first + b"\r\n"])[0] == singly([first, first])


def test_a_body_in_chunks_is_read_to_its_own_end() -> None:
    head = b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
    first, second = head + b"5\r\nalpha\r\n0\r\n\r\n", head + b"3\r\nabc\r\n0\r\n\r\n\r\n\r\n"
    assert [one["body"] for one in heard([first, second, first])[0]] == [b"alpha", b"abc", b"alpha"]


def test_a_repeated_wish_to_go_on_is_heard_each_time() -> None:
    wishes: list[None] = []
    intake = Intake(Limits(), "peer", lambda: wishes.append(None))
    message = post(b"alpha").replace(b"Mcp-Name: echo", b"Expect: 100-continue")
    for _ in range(3):
        intake.feed(message)
        intake.ready.clear()
    assert len(wishes) == 3
