"""Streamable HTTP as a legacy client sees it: status by status, and stream by stream."""

import json
import threading

import pytest

from tests.adapter.client import BOTH, Client, Stream, begun
from tests.adapter.program import Adapter, wait

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


def test_two_requests_with_one_id_both_get_their_own_answer(adapter: Adapter) -> None:
    client = begun(adapter)
    answers: dict[str, str] = {}

    def call(text: str, seconds: float) -> None:
        params = {"name": "sleep", "arguments": {"seconds": seconds}}
        if text == "echo":
            params = {"name": "echo", "arguments": {"text": text}}
        answer = client.request("tools/call", params, identity=1)
        assert answer.json["id"] == 1
        answers[text] = answer.text

    slow = threading.Thread(target=call, args=("sleep", 0.3))
    slow.start()
    wait(lambda: adapter.status()["inFlight"])
    call("echo", 0)
    slow.join()
    assert answers == {"sleep": "slept", "echo": "echo"}


@pytest.mark.parametrize("identity", [1, "1", -5, 2**60, "ü\n", 1.5])
def test_an_id_comes_back_as_it_was(adapter: Adapter, identity: object) -> None:
    answer = begun(adapter).request("ping", identity=identity)
    assert answer.json["id"] == identity
    assert type(answer.json["id"]) is type(identity)


def test_progress_comes_on_the_stream_of_its_request_before_the_answer(adapter: Adapter) -> None:
    client = begun(adapter)
    answer = client.call("steps", token="mine", count=3)
    told = [event.data["params"] for event in answer.events[:-1]]
    assert [one["progress"] for one in told] == [1, 2, 3]
    assert {one["progressToken"] for one in told} == {"mine"}
    assert answer.text == "done"


def test_two_calls_with_one_progress_token_are_told_apart(adapter: Adapter) -> None:
    client = begun(adapter)
    counts: dict[int, int] = {}

    def call(count: int) -> None:
        answer = client.call("steps", token=1, count=count, pause=0.01)
        counts[count] = len(answer.events) - 1

    threads = [threading.Thread(target=call, args=(count,)) for count in (3, 5, 7)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert counts == {3: 3, 5: 5, 7: 7}


def test_a_log_message_comes_with_the_only_call_in_flight(adapter: Adapter) -> None:
    answer = begun(adapter).call("log", count=2)
    assert [event.data["params"]["data"] for event in answer.events[:-1]] == [0, 1]


def test_what_belongs_to_no_request_waits_for_the_stream_of_the_session(adapter: Adapter) -> None:
    client = begun(adapter)
    changed = "notifications/tools/list_changed"
    assert client.call("announce", method=changed).events == []
    with client.listening() as stream:
        told = [stream.next() for _ in range(2)]
        assert [event.data and event.data["method"] for event in told] == [changed, ""]
        client.call("announce", method=changed, params={"n": 2})
        assert stream.next().data["params"] == {"n": 2}


def test_a_question_of_the_server_is_answered_by_a_post(adapter: Adapter) -> None:
    client = begun(adapter, elicitation={})
    params = {"name": "ask", "arguments": {"method": "elicitation/create", "params": {"a": 1.0}}}
    with client.posting(client.message("tools/call", params)) as answer:
        stream = iter(Stream(answer))
        assert next(stream).data == ""
        asked = next(stream)
        assert asked.data["params"] == {"a": 1.0}
        assert client.respond(asked.data["id"], {"action": "accept"}).status == 202
        told = json.loads(next(stream).data["result"]["content"][0]["text"])
    assert told["result"] == {"action": "accept"}


def test_the_servers_ping_is_answered_without_any_stream(adapter: Adapter) -> None:
    client = begun(adapter)
    told = json.loads(client.call("ask", method="ping").text)
    assert told["result"] == {}


def test_a_call_that_is_cancelled_is_answered_and_the_server_hears_of_it(adapter: Adapter) -> None:
    client = begun(adapter)
    params = {"name": "sleep", "arguments": {"seconds": 1}}
    answers: list[object] = []
    body = client.message("tools/call", params, identity="gone")
    thread = threading.Thread(target=lambda: answers.append(client.post(body).json))
    thread.start()
    wait(lambda: adapter.status()["inFlight"])
    client.notify("notifications/cancelled", {"requestId": "gone", "reason": "test"})
    thread.join()
    assert "cancelled" in str(answers)
    assert len(json.loads(client.call("seen").text)["cancelled"]) == 1


def test_a_dead_server_answers_its_calls_with_the_exit_code_and_ends_its_session(
    adapter: Adapter,
) -> None:
    client = begun(adapter)
    error = client.call("leave", code=7).json["error"]
    assert (error["message"], error["data"]) == ("the server exited with code 7", {"exitCode": 7})
    assert client.request("tools/list").status == 404
    assert begun(adapter).call("echo", text="next").text == "next"


def test_garbage_and_a_full_stderr_cost_nothing(adapter: Adapter) -> None:
    client = begun(adapter)
    assert client.call("garbage").text == "garbage"
    assert client.call("stderr", kib=256).text == "flooded"
    assert client.call("echo", text="still here").text == "still here"


def test_a_large_answer_is_plain_json(adapter: Adapter) -> None:
    answer = begun(adapter).call("big", kib=3000)
    assert answer.headers["Content-Type"] == "application/json"
    assert len(answer.text) == 3000 * 1024


def test_a_large_request_passes(adapter: Adapter) -> None:
    text = "ä" * 2_000_000
    assert begun(adapter).call("echo", text=text).text == text


def test_a_pretty_printed_request_stays_one_line_for_the_server(adapter: Adapter) -> None:
    client = begun(adapter)
    body = json.loads(client.message("tools/call", {"name": "echo", "arguments": {"text": "a"}}))
    answer = client.post(json.dumps(body, indent=2).replace("\n", "\r\n").encode())
    assert answer.text == "a"


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


def test_a_lost_stream_is_read_on_from_where_it_broke(adapter: Adapter) -> None:
    client = begun(adapter)
    params = {
        "name": "steps",
        "arguments": {"count": 5, "pause": 0.05},
        "_meta": {"progressToken": 9},
    }
    with client.posting(client.message("tools/call", params, identity="long")) as answer:
        stream = iter(Stream(answer))
        assert next(stream).retry == 1000
        last = next(stream)
        assert last.data["params"]["progress"] == 1
    with client.listening(last.identity) as resumed:
        rest = list(resumed)
    assert [event.data["params"]["progress"] for event in rest[:-1]] == [2, 3, 4, 5]
    assert (rest[-1].data["id"], rest[-1].data["result"]["content"][0]["text"]) == ("long", "done")


def test_nobody_reads_on_in_the_session_of_another(adapter: Adapter) -> None:
    one, other = begun(adapter), begun(adapter)
    identity = one.call("steps", token=1, count=2).events[0].identity
    with other.asking("GET", {**other.headers(), "Last-Event-ID": str(identity)}) as answer:
        assert answer.status == 400


def test_older_clients_get_no_event_without_data(adapter: Adapter) -> None:
    client = begun(adapter, "2025-06-18")
    params = {"name": "log", "arguments": {"count": 1}}
    with client.posting(client.message("tools/call", params)) as answer:
        events = list(Stream(answer))
    assert [event.data == "" for event in events] == [False, False]


def test_a_second_stream_takes_the_place_of_the_first(adapter: Adapter) -> None:
    client = begun(adapter)
    with client.listening() as first, client.listening() as second:
        client.call("announce", method="notifications/tools/list_changed")
        assert [event.data for event in first] == [""]
        assert [second.next().data, second.next().data["method"]] == [
            "",
            "notifications/tools/list_changed",
        ]


def test_a_browser_on_an_allowed_page_may_read_the_answer(adapter: Adapter) -> None:
    origin = f"http://localhost:{adapter.port}"
    client = Client(adapter)
    answer = client.post(INITIALIZE, Origin=origin)
    assert answer.headers["Access-Control-Allow-Origin"] == origin
    asked = {"Origin": origin, "Access-Control-Request-Method": "POST", "Accept": BOTH}
    with client.asking("OPTIONS", asked) as preflight:
        assert preflight.status == 204
