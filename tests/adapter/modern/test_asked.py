"""The envelope of a request is complete, and its headers repeat it."""

import json
from typing import Any

import pytest

from adapter import jsonrpc
from adapter.modern.asked import Asked, read
from adapter.modern.refusals import Refusal

KEY = "io.modelcontextprotocol/"
NOW = "2026-07-28"
ENVELOPE: dict[str, Any] = {f"{KEY}protocolVersion": NOW, f"{KEY}clientCapabilities": {}}
VERSIONS = (NOW, "2025-11-25")


def asking(
    params: dict[str, Any], method: str = "tools/list", *repeated: bytes, **headers: str
) -> Asked | Refusal:
    message = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
    given = {"mcp-protocol-version": NOW, "mcp-method": method}
    given |= {name.replace("_", "-"): value for name, value in headers.items()}
    spelled = {name.encode(): value.encode() for name, value in given.items() if value}
    envelope = jsonrpc.checked(json.dumps(message).encode())
    return read(envelope, spelled, frozenset(repeated), VERSIONS)


def code(found: Asked | Refusal) -> int | None:
    return found.code if isinstance(found, Refusal) else None


@pytest.mark.parametrize(
    ("meta", "headers", "expected"),
    [
        pytest.param(ENVELOPE, {}, None, id="good"),
        pytest.param(None, {}, -32602, id="no envelope"),
        pytest.param({}, {"mcp_method": "x"}, -32602, id="an empty envelope counts before headers"),
        pytest.param({f"{KEY}protocolVersion": NOW}, {}, -32602, id="no capabilities"),
        pytest.param({f"{KEY}clientCapabilities": {}}, {}, -32602, id="no version"),
        pytest.param(ENVELOPE | {f"{KEY}clientCapabilities": "x"}, {}, -32602, id="no object"),
        pytest.param(ENVELOPE | {f"{KEY}protocolVersion": 7}, {}, -32602, id="a number"),
        pytest.param(ENVELOPE, {"mcp_protocol_version": ""}, -32020, id="no version header"),
        pytest.param(ENVELOPE, {"mcp_protocol_version": "v9"}, -32020, id="another version header"),
        pytest.param(ENVELOPE, {"mcp_method": ""}, -32020, id="no method header"),
        pytest.param(ENVELOPE, {"mcp_method": "TOOLS/LIST"}, -32020, id="the method in capitals"),
        pytest.param(
            ENVELOPE | {f"{KEY}protocolVersion": "v9"}, {}, -32020, id="mismatch before version"
        ),
        pytest.param(
            ENVELOPE | {f"{KEY}protocolVersion": "v9"},
            {"mcp_protocol_version": "v9"},
            -32022,
            id="unknown version",
        ),
    ],
)
def test_the_first_thing_wrong_is_told(
    meta: dict[str, Any] | None, headers: dict[str, str], expected: int | None
) -> None:
    assert code(asking({} if meta is None else {"_meta": meta}, **headers)) == expected


@pytest.mark.parametrize(
    ("method", "key"), [("tools/call", "name"), ("prompts/get", "name"), ("resources/read", "uri")]
)
@pytest.mark.parametrize(
    ("value", "header", "expected"),
    [
        pytest.param("test://a", "test://a", None, id="the same"),
        pytest.param("test://a", "", -32020, id="no header"),
        pytest.param("test://a", "test://b", -32020, id="another"),
        pytest.param("ä", "=?base64?w6Q=?=", None, id="wrapped"),
        pytest.param("ä", "=?base64?w6Q?=", -32020, id="badly wrapped"),
        pytest.param("=?base64?w6Q=?=", "=?base64?w6Q=?=", -32020, id="a wrapping for a literal"),
        pytest.param('a"b', 'a"b', None, id="escaped in the body"),
        pytest.param(7, "7", -32602, id="no text"),
    ],
)
def test_the_name_header_repeats_the_target(
    method: str, key: str, value: object, header: str, expected: int | None
) -> None:
    params = {"_meta": ENVELOPE, key: value}
    assert code(asking(params, method, mcp_name=header)) == expected


def test_routing_headers_come_once() -> None:
    assert code(asking({"_meta": ENVELOPE}, "tools/list", b"mcp-method")) == -32020
    assert code(asking({"_meta": ENVELOPE}, "tools/list", b"x-forwarded-for")) is None


def test_an_unknown_version_hears_which_are_known() -> None:
    meta = ENVELOPE | {f"{KEY}protocolVersion": "v9"}
    found = asking({"_meta": meta}, mcp_protocol_version="v9")
    assert isinstance(found, Refusal)
    assert found.data == {"supported": list(VERSIONS), "requested": "v9"}


def test_a_name_is_known_however_it_is_spelled() -> None:
    plain = asking({"_meta": ENVELOPE, "name": "caf"}, "tools/call", mcp_name="caf")
    escaped = asking({"_meta": ENVELOPE, "name": 'c"f'}, "tools/call", mcp_name='c"f')
    assert isinstance(plain, Asked)
    assert isinstance(escaped, Asked)
    assert (plain.name, escaped.name) == (b'"caf"', b'"c\\"f"')
