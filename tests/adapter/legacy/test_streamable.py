"""Streamable HTTP as a legacy client sees it: status by status, and stream by stream."""

import json

import pytest

from tests.adapter.client import BOTH, Client, begun
from tests.adapter.program import Adapter

INITIALIZE = json.dumps(
    {
        "jsonrpc": "2.0",
        "id": 1,
        "method": "initialize",
        "params": {
            "protocolVersion": "2025-11-25",
            "capabilities": {},
            "clientInfo": {"name": "test", "version": "1"},
        },
    }
).encode()


def test_the_servers_own_answer_to_initialize_reaches_the_client(adapter: Adapter) -> None:
    answer = Client(adapter).initialize({"roots": {}})
    assert answer.json["result"]["serverInfo"] == {"name": "puppet", "version": "1"}
    assert answer.json["result"]["instructions"] == "pull the strings"
    assert answer.headers["Content-Type"] == "application/json"


def test_the_servers_sees_the_clients_own_initialize(adapter: Adapter) -> None:
    client = begun(adapter, roots={"listChanged": True}, unknown={"x": 1})
    seen = json.loads(client.call("seen").text)["initialized"]
    assert seen[0]["capabilities"] == {"roots": {"listChanged": True}, "unknown": {"x": 1}}


@pytest.mark.parametrize("version", ["2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25"])
def test_every_legacy_revision_is_served(adapter: Adapter, version: str) -> None:
    client = begun(adapter, version)
    assert client.version == version
    assert client.call("echo", text="hello").text == "hello"


def test_sessions_have_processes_of_their_own(adapter: Adapter) -> None:
    one, other = begun(adapter), begun(adapter)
    assert one.call("pid").text != other.call("pid").text
    assert [one.call("calls").text, one.call("calls").text, other.call("calls").text] == [
        "1",
        "2",
        "1",
    ]


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        pytest.param({"Accept": "application/json"}, 406, id="no event streams"),
        pytest.param({"Accept": "text/html"}, 406, id="something else"),
        pytest.param({"Accept": "*/*"}, 200, id="anything"),
        pytest.param({"Accept": "application/*, text/*"}, 200, id="both families"),
        pytest.param({"Content_Type": "text/plain"}, 415, id="not said to be JSON"),
        pytest.param({"Content_Type": "application/json; charset=utf-8"}, 200, id="with charset"),
        pytest.param({"MCP_Protocol_Version": "2025-06-18"}, 200, id="a version on initialize"),
        pytest.param({"Origin": "http://evil.example"}, 403, id="a foreign page"),
        pytest.param({"Host": "evil.example"}, 421, id="a foreign name"),
    ],
)
def test_headers_of_initialize(adapter: Adapter, headers: dict[str, str], status: int) -> None:
    answer = Client(adapter).post(INITIALIZE, **headers)
    assert answer.status == status
    assert ("error" in answer.json) == (status != 200)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"{", -32700),
        (b"\xff", -32700),
        (b"[]", -32600),
        (b'"text"', -32600),
        (b"{}", -32600),
        (b'{"jsonrpc":"2.0","id":null,"method":"ping"}', -32600),
        (b'{"jsonrpc":"2.0","id":{},"method":"ping"}', -32600),
        (b'{"jsonrpc":"2.0","id":1,"method":5}', -32600),
        (b'{"a":' * 5000, -32700),
    ],
)
def test_what_is_no_message_is_refused(adapter: Adapter, body: bytes, code: int) -> None:
    answer = begun(adapter).post(body)
    assert (answer.status, answer.json["error"]["code"]) == (400, code)


def test_a_request_without_a_session_is_told_to_begin_one(adapter: Adapter) -> None:
    answer = Client(adapter).request("tools/list")
    assert (answer.status, answer.json["id"]) == (400, 1)
    assert "initialize" in answer.json["error"]["message"]


def test_an_unknown_session_is_404_so_that_clients_begin_anew(adapter: Adapter) -> None:
    client = Client(adapter)
    client.session = "unknown"
    assert client.request("tools/list").status == 404
    with client.asking("GET", client.headers()) as answer:
        assert answer.status == 404


def test_a_deleted_session_is_404_and_its_process_is_gone(adapter: Adapter) -> None:
    client = begun(adapter)
    before = adapter.status()["sessions"]
    assert client.delete() == 200
    assert client.request("tools/list").status == 404
    assert client.delete() == 404
    assert adapter.status()["sessions"] == before - 1


@pytest.mark.parametrize("method", ["PUT", "PATCH", "HEAD"])
def test_other_methods_are_refused_and_the_right_ones_named(adapter: Adapter, method: str) -> None:
    client = begun(adapter)
    with client.asking(method, client.headers()) as answer:
        assert (answer.status, answer.headers["Allow"]) == (405, "GET, POST, DELETE")


def test_a_version_that_nobody_knows_is_refused_after_initialize(adapter: Adapter) -> None:
    client = begun(adapter)
    answer = client.post(client.message("tools/list"), MCP_Protocol_Version="1999-01-01")
    assert answer.status == 400


def test_notifications_and_stray_answers_are_accepted_without_a_body(adapter: Adapter) -> None:
    client = begun(adapter)
    for answer in (client.notify("notifications/roots/list_changed"), client.respond("x", {})):
        assert (answer.status, answer.body) == (202, b"")


def test_an_error_of_the_server_is_an_answer(adapter: Adapter) -> None:
    answer = begun(adapter).request("no/such")
    assert (answer.status, answer.json["error"]["code"]) == (200, -32601)


def test_a_list_of_messages_is_split_and_joined_for_the_revision_that_has_it(
    adapter: Adapter,
) -> None:
    client = begun(adapter, "2025-03-26")
    parts = [client.message("ping", identity=n) for n in ("a", 2)]
    notification = b'{"jsonrpc":"2.0","method":"notifications/x"}'
    answer = client.post(b"[" + b",".join([*parts, notification]) + b"]")
    assert sorted(str(one["id"]) for one in answer.json) == ["2", "a"]
    assert client.post(b"[" + notification + b"]").status == 202


@pytest.mark.parametrize("version", ["2025-06-18", "2025-11-25"])
def test_a_list_of_messages_is_refused_since_it_was_removed(adapter: Adapter, version: str) -> None:
    client = begun(adapter, version)
    assert client.post(b"[" + client.message("ping") + b"]").status == 400


def test_a_browser_on_an_allowed_page_may_read_the_answer(adapter: Adapter) -> None:
    origin = f"http://localhost:{adapter.port}"
    client = Client(adapter)
    answer = client.post(INITIALIZE, Origin=origin)
    assert answer.headers["Access-Control-Allow-Origin"] == origin
    asked = {"Origin": origin, "Access-Control-Request-Method": "POST", "Accept": BOTH}
    with client.asking("OPTIONS", asked) as preflight:
        assert preflight.status == 204
