"""Results get what this revision wants of them; what they say stays as it was spelled."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Raw

from adapter import jsonrpc
from adapter.modern.results import Additions, modern_error, not_found, tagged

SERVER = "io.modelcontextprotocol/serverInfo"
INFO: dict[str, object] = {"name": "test", "version": "1"}
ADDITIONS = Additions(INFO)
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inside: st.lists(inside, max_size=3) | st.dictionaries(st.text(), inside, max_size=3),
    max_leaves=8,
)


def complete(message: bytes, method: str = "tools/call") -> bytes:
    return ADDITIONS.complete(message, jsonrpc.parse(message), method)


@pytest.mark.parametrize(
    ("result", "completed"),
    [
        pytest.param("{}", '{"resultType":"complete","_meta":META}', id="empty"),
        pytest.param("{ }", '{ "resultType":"complete","_meta":META}', id="blank"),
        pytest.param(
            '{"big":123456789012345678901234567890,"f":1.0,"s":"\\u00e9"}',
            '{"big":123456789012345678901234567890,"f":1.0,"s":"\\u00e9",'
            '"resultType":"complete","_meta":META}',
            id="spelling survives",
        ),
    ],
)
def test_nothing_is_respelled(result: str, completed: str) -> None:
    meta = json.dumps({SERVER: INFO}, separators=(",", ":"))
    message = complete(f'{{"jsonrpc":"2.0","id":1,"result":{result}}}'.encode())
    expected = completed.replace("META", meta)
    assert message.decode() == f'{{"jsonrpc":"2.0","id":1,"result":{expected}}}'


@given(st.dictionaries(st.text(), JSON, max_size=5), st.booleans())
def test_every_result_is_completed_and_kept(result: dict[str, Any], last: bool) -> None:
    ends = ("id", "result") if last else ("result", "id")
    message = {"jsonrpc": "2.0", "id": 1, "result": result}
    spelled = json.dumps({key: message[key] for key in ("jsonrpc", *ends)}).encode()
    found = json.loads(complete(spelled))["result"]
    added = {"resultType": "complete", "_meta": {SERVER: INFO}}
    given_meta = result.get("_meta")
    if isinstance(given_meta, dict):
        added["_meta"] = {SERVER: INFO} | given_meta
    assert found == {**added, **result, "_meta": added["_meta"]}


@pytest.mark.parametrize("method", ["tools/list", "resources/read"])
def test_lists_say_how_long_they_hold(method: str) -> None:
    found = json.loads(complete(b'{"jsonrpc":"2.0","id":1,"result":{"tools":[]}}', method))
    assert (found["result"]["ttlMs"], found["result"]["cacheScope"]) == (0, "private")


def test_a_server_that_says_more_is_believed() -> None:
    result = b'{"ttlMs":5,"cacheScope":"public","resultType":"task","_meta":{"a":1}}'
    found = json.loads(complete(b'{"jsonrpc":"2.0","id":1,"result":%b}' % result, "tools/list"))
    assert found["result"] == json.loads(result) | {"_meta": {SERVER: INFO, "a": 1}}


@pytest.mark.parametrize(
    ("code", "better"),
    [(-32002, -32602), (-32042, -32000), (-32099, -32000), (-32021, -32021), (-32601, -32601),
     (0, 0), (-31999, -31999)],
)  # fmt: skip
def test_old_codes_become_new_ones(code: int, better: int) -> None:
    message = b'{"jsonrpc":"2.0","id":1,"error":{"code":%d,"message":"x","data":[1.0]}}' % code
    found, told = modern_error(message, jsonrpc.parse(message), code)
    assert told == better
    assert found == message.replace(b"%d," % code, b"%d," % better)


def test_what_is_not_there_is_told_with_its_address() -> None:
    message = b'{"jsonrpc":"2.0","id":1,"error":{"code":0,"message":"Unknown resource"}}'
    found, code = not_found(message, jsonrpc.parse(message), 0, Raw(b'"test://x"'))
    assert code == -32602
    error = {"code": -32602, "message": "Unknown resource", "data": {"uri": "test://x"}}
    assert json.loads(found)["error"] == error


def test_notifications_carry_their_subscription() -> None:
    message = b'{"jsonrpc":"2.0","method":"m","params":{"uri":"u","_meta":{"a":1.0}}}'
    params = jsonrpc.members(jsonrpc.members(message)["params"])
    assert b'"_meta":{"a":1.0,"io.modelcontextprotocol/subscriptionId":"s"}' in tagged(
        message, params, b'"s"'
    )
