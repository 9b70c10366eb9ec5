"""Calls of legacy sessions: whose answer it is, and what comes before it."""

import json
import threading
from pathlib import Path

import pytest

from tests.adapter.client import Stream, begun
from tests.adapter.program import Adapter, wait


def test_two_requests_with_one_id_both_get_their_own_answer(
    adapter: Adapter, tmp_path: Path
) -> None:
    client = begun(adapter)
    done = tmp_path / "done"
    answers: list[tuple[object, str]] = []

    def call(tool: str, **arguments: str) -> None:
        answer = client.request("tools/call", {"name": tool, "arguments": arguments}, identity=1)
        answers.append((answer.json["id"], answer.text))

    slow = threading.Thread(target=call, args=("hold",), kwargs={"until": str(done)})
    slow.start()
    wait(lambda: adapter.status()["inFlight"])
    call("echo", text="echo")
    done.touch()
    slow.join()
    assert answers == [(1, "echo"), (1, "held")]


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


def test_a_call_that_is_cancelled_is_answered_and_the_server_hears_of_it(
    adapter: Adapter, tmp_path: Path
) -> None:
    client = begun(adapter)
    params = {"name": "hold", "arguments": {"until": str(tmp_path / "never")}}
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


def test_the_trace_of_the_headers_reaches_the_server(adapter: Adapter) -> None:
    client = begun(adapter)
    parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    params: dict[str, object] = {"name": "meta", "arguments": {}}
    answer = client.post(client.message("tools/call", params), Traceparent=parent, Baggage="a=b")
    assert json.loads(answer.text) == {"traceparent": parent, "baggage": "a=b"}
