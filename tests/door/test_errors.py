"""Every refusal of the API server becomes the error that fits, in words that a person can use."""

import pytest

from cluster.errors import (
    Busy,
    ClusterError,
    Conflict,
    Forbidden,
    Gone,
    Invalid,
    NotFound,
    Unauthorized,
    refusal,
)


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, Invalid),
        (401, Unauthorized),
        (403, Forbidden),
        (404, NotFound),
        (409, Conflict),
        (410, Gone),
        (422, Invalid),
        (429, Busy),
        (503, Busy),
        (500, ClusterError),
    ],
)
def test_the_status_decides_which_error_it_is(status: int, kind: type[ClusterError]) -> None:
    assert type(refusal("GET /x", status, b'{"message": "no"}')) is kind


@pytest.mark.parametrize(
    ("body", "said"),
    [
        pytest.param(b'{"message": "pods is forbidden"}', "pods is forbidden", id="Status"),
        pytest.param(b"upstream gone\n", "upstream gone", id="prose of a proxy"),
        pytest.param(b"", "HTTP 500", id="nothing"),
        pytest.param(b"[1]", "[1]", id="JSON that is no Status"),
        pytest.param(b'{"message": 7}', '{"message": 7}', id="a message that is no text"),
        pytest.param(b"x" * 9000, "x" * 512, id="a flood"),
    ],
)
def test_the_message_says_what_was_tried_and_what_the_server_said(body: bytes, said: str) -> None:
    assert str(refusal("GET /x", 500, body)) == f"GET /x: {said}"
