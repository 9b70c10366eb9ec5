"""Halves of surrogate pairs survive taking a message apart."""

import pytest

from adapter import jsonrpc, surrogates


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(rb'"\ud800"', id="high"),
        pytest.param(rb'"\uDFFF"', id="low"),
        pytest.param(rb'"\udc00\ud800"', id="the wrong way round"),
        pytest.param(rb'"\ud83e\ud83e\udd8a"', id="before a pair"),
        pytest.param(rb'"\ud83e\udd8a\udd8a"', id="after a pair"),
        pytest.param(rb'"\\\ud800"', id="after an escaped backslash"),
        pytest.param(rb'"\\ud800\ud800"', id="after what is none"),
        pytest.param(rb'"\\ud83e\udd8a"', id="low after what is no high"),
    ],
)
def test_half_a_pair_stays_where_it_was(text: bytes) -> None:
    message = b'{"id":1,"method":"x","params":{"n":1.0,"a":[%b]}}' % text
    params = jsonrpc.members(message)["params"]
    assert params == jsonrpc.parse(message).params
    assert bytes(params) == b'{"n":1.0,"a":[%b]}' % text
    inside = jsonrpc.members(params)
    assert jsonrpc.items(inside["a"]) == [text]
    assert jsonrpc.rendered(inside) == b'{"n":1.0,"a":[%b]}' % text
    assert jsonrpc.batch(b"[%b]" % message) == [message]


@pytest.mark.parametrize("text", [rb'"\ud83e\udd8a"', rb'"\\ud800"', rb'"plain"', b'"\xff"'])
def test_what_is_whole_is_left_alone(text: bytes) -> None:
    assert surrogates.veiled(text) is None


def test_so_many_halves_that_nobody_can_mean_them_are_refused() -> None:
    with pytest.raises(jsonrpc.Malformed):
        jsonrpc.parse(b'{"id":1,"method":"%b"}' % (rb"\ud800" * (surrogates.MOST + 1)))
