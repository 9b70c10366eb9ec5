"""Header values mean what they say, and broken wrappings mean nothing."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapter.modern.values import Unreadable, decoded, same


@pytest.mark.parametrize(
    ("header", "value"),
    [
        pytest.param(b"us-west1", "us-west1", id="plain"),
        pytest.param(b"=?base64?SGVsbG8=?=", "Hello", id="wrapped"),
        pytest.param(b"=?base64??=", "", id="wrapped nothing"),
        pytest.param(b"SGVsbG8=", "SGVsbG8=", id="no opening"),
        pytest.param(b"=?base64?SGVsbG8=", "=?base64?SGVsbG8=", id="no closing"),
        pytest.param(b"=?BASE64?SGVsbG8=?=", "=?BASE64?SGVsbG8=?=", id="marks are case-sensitive"),
        pytest.param(b"=?base64?=", "=?base64?=", id="opening and closing share a mark"),
    ],
)
def test_a_header_stands_for_what_it_says(header: bytes, value: str) -> None:
    assert decoded(header) == value


@pytest.mark.parametrize(
    "header",
    [
        pytest.param(b"=?base64?SGVsbG8?=", id="no padding"),
        pytest.param(b"=?base64?SGVs!!!bG8=?=", id="foreign characters"),
        pytest.param(b"=?base64?SGVsbG9=?=", id="spare bits"),
        pytest.param(b"=?base64?gA==?=", id="no UTF-8"),
        pytest.param("Zürich".encode(), id="no ASCII"),
    ],
)
def test_a_broken_header_stands_for_nothing(header: bytes) -> None:
    with pytest.raises(Unreadable):
        decoded(header)


@given(st.text())
def test_every_text_survives_its_wrapping(value: str) -> None:
    wrapped = b"=?base64?" + base64.b64encode(value.encode("utf-8", "replace")) + b"?="
    assert decoded(wrapped) == value.encode("utf-8", "replace").decode()


@pytest.mark.parametrize(
    ("header", "value", "kind", "agree"),
    [
        pytest.param("42", 42, "integer", True, id="integer"),
        pytest.param("42.0", 42, "integer", True, id="an integer with a fraction of nothing"),
        pytest.param("42", 42.0, "integer", True, id="the same the other way round"),
        pytest.param("42.5", 42, "integer", False, id="another number"),
        pytest.param("4e1", 40, "integer", False, id="no decimal"),
        pytest.param("9007199254740993", 9007199254740993, "integer", True, id="beyond floats"),
        pytest.param("9007199254740992", 9007199254740993, "integer", False, id="beyond, others"),
        pytest.param("true", True, "boolean", True, id="true"),
        pytest.param("True", True, "boolean", False, id="values are case-sensitive"),
        pytest.param("1", True, "integer", False, id="true is no number"),
        pytest.param("42.0", "42", "string", False, id="text is compared as text"),
        pytest.param("x", ["x"], "string", False, id="a list fits no header"),
    ],
)
def test_header_and_argument_agree(header: str, value: object, kind: str, *, agree: bool) -> None:
    assert same(header, value, kind) is agree
