"""What clients say they accept is read as they mean it."""

import pytest

from adapter.wire.media import accepts, media_type

JSON = b"application/json"
STREAM = b"text/event-stream"


@pytest.mark.parametrize(
    ("value", "json", "stream"),
    [
        pytest.param(None, True, True, id="nothing said"),
        pytest.param(b"application/json, text/event-stream", True, True, id="both"),
        pytest.param(b"Application/JSON;charset=utf-8", True, False, id="case and parameters"),
        pytest.param(b"*/*", True, True, id="anything"),
        pytest.param(b"application/*", True, False, id="a family"),
        pytest.param(b"text/*;q=0.1", False, True, id="a family, a little"),
        pytest.param(b"*/*, text/event-stream;q=0", True, False, id="anything but one"),
        pytest.param(b"application/json;q=0, application/*", False, False, id="family but one"),
        pytest.param(b"*/*;q=0.0", False, False, id="nothing at all"),
        pytest.param(b"application/json ; q=1", True, False, id="spaces"),
        pytest.param(b"application/json;q=high", True, False, id="weight that is none"),
        pytest.param(b"application/json;q=nan", True, False, id="weight that is not a number"),
        pytest.param(b"text/html", False, False, id="something else"),
        pytest.param(b"", False, False, id="empty"),
        pytest.param(b",;,=", False, False, id="rubbish"),
    ],
)
def test_a_client_gets_what_it_accepts(value: bytes | None, json: bool, stream: bool) -> None:
    assert (accepts(value, JSON), accepts(value, STREAM)) == (json, stream)
    assert (accepts(value, JSON), accepts(value, STREAM)) == (json, stream)


@pytest.mark.parametrize(
    ("value", "found"),
    [
        pytest.param(b"application/json", JSON, id="plain"),
        pytest.param(b" Application/Json ; charset=UTF-8", JSON, id="dressed up"),
        pytest.param(None, b"", id="none"),
        pytest.param(b"text/plain, application/json", b"text/plain, application/json", id="two"),
    ],
)
def test_a_media_type_is_itself_whatever_is_behind_it(value: bytes | None, found: bytes) -> None:
    assert media_type(value) == found
    assert media_type(value) == found
