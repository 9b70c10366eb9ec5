"""A request is handed on when it is complete, or when waiting for the rest would be no use."""

import pytest

from webhook.arrival import LONGEST_LINE, Arrival

HEAD = b"POST / HTTP/1.1\r\nHost: a\r\n"
COUNTED = HEAD + b"content-length: 3\r\n\r\n"
PIECES = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
LONGEST_HEAD, LONGEST_BODY = 300, 50


@pytest.mark.parametrize(
    "request_",
    [
        pytest.param(b"GET / HTTP/1.1\r\n\r\n", id="no body"),
        pytest.param(COUNTED + b"abc", id="a length"),
        pytest.param(PIECES + b"3\r\nabc\r\n1;x=y\r\nd\r\n0\r\n\r\n", id="pieces"),
        pytest.param(PIECES + b"0\r\nX: y\r\n\r\n", id="trailers"),
        pytest.param(b"x" * (LONGEST_HEAD + 1), id="a head that is too long"),
        pytest.param(HEAD + b"Content-Length: 51\r\n\r\n", id="a length that is refused"),
        pytest.param(PIECES + b"ff\r\n" + b"x" * (LONGEST_BODY + 3), id="pieces that are too much"),
        pytest.param(PIECES + b"1\r\nx\r\n" * 10 + b"1\r\n", id="pieces that are too small"),
        pytest.param(PIECES + b"no size\r\n", id="pieces that are none"),
        pytest.param(PIECES + b"0" * (LONGEST_LINE + 1), id="a size without end"),
        pytest.param(PIECES + b"0\r\n" + b"x" * (LONGEST_LINE - 1), id="trailers without end"),
    ],
)
def test_a_request_is_complete_with_its_last_byte_and_not_before(request_: bytes) -> None:
    arrival = Arrival(LONGEST_HEAD, LONGEST_BODY)
    found = [arrival.is_complete(bytearray(request_[: end + 1])) for end in range(len(request_))]
    assert found == [False] * (len(request_) - 1) + [True]


@pytest.mark.parametrize("length", [b"-1", b"x", b"", b"9" * 99])
def test_what_is_wrong_is_left_to_whoever_answers(length: bytes) -> None:
    arrival = Arrival(LONGEST_HEAD, LONGEST_BODY)
    assert arrival.is_complete(bytearray(HEAD + b"Content-Length: " + length + b"\r\n\r\n"))


def test_a_client_that_asks_first_is_known_once_its_head_is_there() -> None:
    arrival = Arrival(LONGEST_HEAD, LONGEST_BODY)
    asking = COUNTED[:-2] + b"Expect: 100-Continue\r\n\r\n"
    assert not arrival.is_complete(bytearray(asking[:-1]))
    assert not arrival.asks_first
    assert not arrival.is_complete(bytearray(asking))
    assert arrival.asks_first
