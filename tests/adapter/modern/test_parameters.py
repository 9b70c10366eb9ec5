"""Arguments that a tool wants in headers must stand there, and nothing else."""

from typing import Any

import pytest

from adapter.modern.parameters import mirrored, problem

REGION = {"type": "string", "x-mcp-header": "Region"}
SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "region": REGION,
        "limits": {
            "type": "object",
            "properties": {"rows": {"type": "integer", "x-mcp-header": "Rows"}},
        },
        "query": {"type": "string"},
    },
}
HEADER = b"mcp-param-region"


@pytest.mark.parametrize(
    ("arguments", "headers", "right"),
    [
        pytest.param({"region": "eu"}, {HEADER: b"eu"}, True, id="both"),
        pytest.param({}, {}, True, id="neither"),
        pytest.param({"region": None}, {}, True, id="null is nothing"),
        pytest.param({"region": "eu"}, {}, False, id="no header"),
        pytest.param({}, {HEADER: b"eu"}, False, id="no argument"),
        pytest.param({"region": "eu"}, {HEADER: b"us"}, False, id="another value"),
        pytest.param({"region": "eu"}, {HEADER: b"=?base64?ZXU=?="}, True, id="wrapped"),
        pytest.param({"region": "eu"}, {HEADER: b"=?base64?ZXU?="}, False, id="badly wrapped"),
        pytest.param({"limits": {"rows": 7}}, {b"mcp-param-rows": b"7"}, True, id="nested"),
        pytest.param({"limits": {"rows": 7}}, {}, False, id="nested, no header"),
        pytest.param({"limits": [7]}, {}, True, id="nested in something else"),
        pytest.param({"query": "x"}, {b"mcp-param-query": b"y"}, True, id="an unknown header"),
        pytest.param("none", {}, True, id="arguments that are none"),
    ],
)
def test_headers_repeat_arguments(
    arguments: object, headers: dict[bytes, bytes], *, right: bool
) -> None:
    found = problem(mirrored(SCHEMA), arguments, headers, frozenset())
    assert (found is None) is right
    assert found is None or found.code == -32020


def test_a_header_that_came_twice_is_refused() -> None:
    headers, arguments = {HEADER: b"eu"}, {"region": "eu"}
    found = problem(mirrored(SCHEMA), arguments, headers, frozenset({HEADER}))
    assert found is not None
    assert found.sentence == "the header mcp-param-region came more than once"


@pytest.mark.parametrize(
    "property_",
    [
        pytest.param({"type": "number", "x-mcp-header": "A"}, id="a number"),
        pytest.param({"type": ["string", "null"], "x-mcp-header": "A"}, id="two types"),
        pytest.param({"type": "string", "x-mcp-header": ""}, id="no name"),
        pytest.param({"type": "string", "x-mcp-header": "a b"}, id="no token"),
        pytest.param({"type": "string", "x-mcp-header": 7}, id="no text"),
        pytest.param({"type": "string", "x-mcp-header": "REGION"}, id="taken"),
        pytest.param({"items": {"type": "string", "x-mcp-header": "A"}}, id="in a list"),
        pytest.param({"anyOf": [{"type": "string", "x-mcp-header": "A"}]}, id="in a choice"),
    ],
)
def test_a_tool_that_breaks_the_rules_wants_no_headers(property_: dict[str, Any]) -> None:
    assert mirrored({"properties": {"region": REGION, "other": property_}}) == ()


def test_what_only_looks_like_a_wish_is_none() -> None:
    assert mirrored({"properties": {"a": {"default": {"x-mcp-header": "A"}}}}) == ()
    assert mirrored(None) == ()


def test_a_bottomless_schema_ends() -> None:
    schema: dict[str, Any] = {}
    schema["properties"] = {"again": schema}
    assert mirrored(schema) == ()
