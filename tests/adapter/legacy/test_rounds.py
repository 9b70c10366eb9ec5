"""What a server of 2026-07-28 wants to know, a client with sessions is asked by requests."""

import json
import os
import signal
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.adapter.client import Answer, Client, Stream, begun
from tests.adapter.peers import Events, Socket, call, text
from tests.adapter.processes.ear import in_a_loop
from tests.adapter.program import NOVEL, Adapter, serving, wait

pytestmark = pytest.mark.slow

Message = dict[str, Any]

FORM: Message = {"message": "Who?", "requestedSchema": {"type": "object", "properties": {}}}
ASK: Message = {"method": "elicitation/create", "params": FORM}
SAMPLE: Message = {"method": "sampling/createMessage", "params": {"messages": [], "maxTokens": 1.0}}
ROOTS: Message = {"method": "roots/list"}
EVERYTHING: Message = {"elicitation": {}, "sampling": {}, "roots": {"listChanged": True}}
ANSWERS: Message = {
    "elicitation/create": {"action": "accept", "content": {"name": "Ü"}},
    "sampling/createMessage": {"role": "assistant", "content": {"type": "text", "text": "."}},
    "roots/list": {"roots": [{"uri": "file:///a"}]},
}


def well(question: Message) -> Message:
    """Answer as a good client does."""
    return {"id": question["id"], "result": ANSWERS[question["method"]]}


def consult(
    client: Client,
    *rounds: Message,
    answer: Callable[[Message], Message] = well,
    identity: object = None,
) -> tuple[list[Message], Message]:
    """Return what the client was asked on the stream of its call, and how the call ended."""
    params = {"name": "consult", "arguments": {"rounds": rounds}}
    body = client.message("tools/call", params, identity)
    asked: list[Message] = []
    with client.posting(body) as reply:
        if reply.headers.get_content_type() == "application/json":
            return asked, json.loads(reply.read())
        for event in Stream(reply):
            if event.data and "method" not in event.data:
                return asked, event.data
            if event.data:
                asked.append(event.data)
                if "id" in event.data:
                    message = {"jsonrpc": "2.0", **answer(event.data)}
                    assert client.post(json.dumps(message).encode()).status == 202
    raise AssertionError(f"no answer after {asked}")


def heard(last: Message) -> Any:  # noqa: ANN401 - JSON
    """Return the answers that the server got, round by round."""
    return json.loads(last["result"]["content"][0]["text"])


@pytest.mark.parametrize("question", [ASK, SAMPLE, ROOTS], ids=lambda one: one["method"])
def test_a_question_is_a_request_and_its_answer_reaches_the_server(
    novel: Adapter, question: Message
) -> None:
    (asked,), last = consult(begun(novel, **EVERYTHING), {"it": question})
    assert asked["method"] == question["method"]
    assert asked["params"] == question.get("params", {})
    assert heard(last) == [{"it": ANSWERS[question["method"]]}]


def test_questions_of_one_round_are_put_at_once_and_answered_in_any_order(novel: Adapter) -> None:
    client = begun(novel, **EVERYTHING)
    kept: list[Message] = []

    def late(question: Message) -> Message:
        kept.append(question)
        if len(kept) < 2:
            return {"method": "notifications/progress", "params": {}}  # and no answer yet
        message = {"jsonrpc": "2.0", **well(kept[1])}
        client.post(json.dumps(message).encode())
        return well(kept[0])

    asked, last = consult(client, {"a": ASK, "b": ROOTS}, answer=late)
    assert len({one["id"] for one in asked}) == 2
    assert heard(last) == [{"a": ANSWERS["elicitation/create"], "b": ANSWERS["roots/list"]}]


def test_there_may_be_more_rounds(novel: Adapter) -> None:
    asked, last = consult(begun(novel, **EVERYTHING), {"a": ASK}, {"b": SAMPLE}, {"c": ASK})
    assert len(asked) == 3
    assert [list(one) for one in heard(last)] == [["a"], ["b"], ["c"]]


def test_a_server_that_only_wants_to_be_asked_again_is_but_not_for_ever(novel: Adapter) -> None:
    assert consult(begun(novel), {})[0] == []
    error = begun(novel).call("insist").json["error"]
    assert (error["code"], error["message"]) == (-32603, "the server asked 10 times")
    assert novel.status()["inFlight"] == 0


@pytest.mark.parametrize("capabilities", [{}, {"sampling": {}}, {"elicitation": {"url": {}}}])
def test_a_client_is_not_asked_what_it_has_not_announced(
    novel: Adapter, capabilities: Message
) -> None:
    client = begun(novel, **capabilities)
    asked, last = consult(client, {"r": ASK})
    assert asked == []
    assert last["error"]["code"] == -32021
    assert last["error"]["data"] == {"requiredCapabilities": {"elicitation": {"form": {}}}}
    assert client.call("echo", after=1).text == '{"after": 1}'
    assert novel.status()["inFlight"] == 0


def test_nobody_is_asked_what_nobody_can_be_asked(novel: Adapter) -> None:
    asked, last = consult(begun(novel, **EVERYTHING), {"x": {"method": "tools/call"}})
    assert asked == []
    assert "tools/call, which no client can be asked" in last["error"]["message"]


def test_too_many_questions_are_not_put(novel: Adapter) -> None:
    asked, last = consult(begun(novel, **EVERYTHING), {f"q{n}": ASK for n in range(65)})
    assert asked == []
    assert last["error"]["message"] == "the server asked 65 things at once"


def test_an_error_of_the_client_ends_its_call_and_withdraws_the_other_questions(
    novel: Adapter,
) -> None:
    def reject(question: Message) -> Message:
        return {"id": question["id"], "error": {"code": -1, "message": "the user said no"}}

    (first, second, *rest), last = consult(
        begun(novel, **EVERYTHING), {"a": ASK, "b": SAMPLE}, answer=reject
    )
    assert (last["error"]["code"], "the user said no" in last["error"]["message"]) == (-1, True)
    withdrawn = [one["params"]["requestId"] for one in rest]
    assert withdrawn == [second["id"]]
    assert first["id"] not in withdrawn
    assert novel.status()["inFlight"] == 0


def test_questions_come_on_the_stream_of_their_own_call(novel: Adapter, tmp_path: Path) -> None:
    client = begun(novel, **EVERYTHING)
    done = tmp_path / "done"
    answers: list[Answer] = []
    thread = threading.Thread(target=lambda: answers.append(client.call("hold", until=str(done))))
    with client.listening():
        thread.start()
        wait(lambda: novel.status()["inFlight"])
        asked, last = consult(client, {"a": ASK}, {"b": ASK})
    done.touch()
    thread.join()
    assert (len(asked), len(heard(last))) == (2, 2)
    questions = [event for event in answers[0].events if "method" in event.data]
    assert (questions, answers[0].text) == ([], "held")


def test_a_question_is_patient_and_a_call_that_waits_for_it_can_be_cancelled(
    tmp_path: Path,
) -> None:
    with serving(NOVEL, "--request-timeout=2s") as adapter:
        client = begun(adapter.wait_ready(), **EVERYTHING)

        def cancel(question: Message) -> Message:
            for _ in range(4):
                assert client.call("sleep", seconds=0.7).text == "slept"
            params = {"requestId": "mine", "reason": question["id"]}
            return {"method": "notifications/cancelled", "params": params}

        (asked, withdrawn), last = consult(client, {"a": ASK}, answer=cancel, identity="mine")
        assert withdrawn["params"]["requestId"] == asked["id"]
        assert "cancelled" in last["error"]["message"]
        assert adapter.status()["inFlight"] == 0
        silent = client.call("hold", until=str(tmp_path / "never"))
        assert "2s" in silent.json["error"]["message"]


def test_an_answer_that_comes_twice_or_belongs_to_nothing_is_dropped(novel: Adapter) -> None:
    client = begun(novel, **EVERYTHING)
    other = begun(novel, **EVERYTHING)

    def twice(question: Message) -> Message:
        other.respond(question["id"], {"action": "decline"})
        client.respond("ask-77", {"action": "decline"})
        client.respond(question["id"], ANSWERS[question["method"]])
        return {"id": question["id"], "result": {"action": "decline"}}

    _, last = consult(client, {"a": ASK}, answer=twice)
    assert heard(last) == [{"a": ANSWERS["elicitation/create"]}]


def test_a_server_that_dies_while_its_question_is_open_ends_the_call(novel: Adapter) -> None:
    client = begun(novel, **EVERYTHING)
    pid = int(client.call("pid").text)

    def kill(question: Message) -> Message:
        os.kill(pid, signal.SIGKILL)
        wait(lambda: client.request("ping").status == 404)
        return {"id": question["id"], "result": {}}

    answers: list[Answer] = []
    body = client.message("tools/call", {"name": "consult", "arguments": {"rounds": [{"a": ASK}]}})
    with client.posting(body) as reply:
        for event in Stream(reply):
            if event.data and "id" in event.data and "method" in event.data:
                kill(event.data)
            elif event.data and "error" in event.data:
                answers.append(event.data)
    assert "signal 9" in str(answers)
    assert novel.status()["inFlight"] == 0


@pytest.mark.parametrize("kind", [Events, Socket])
@in_a_loop
async def test_clients_of_other_fronts_are_asked_too(
    novel: Adapter, kind: type[Events] | type[Socket]
) -> None:
    client = kind(novel.port)
    client.capabilities = EVERYTHING
    await client.open()
    try:
        (asked,) = map(json.loads, await client.together(call("consult", rounds=[{"a": ASK}])))
        reply = {"jsonrpc": "2.0", "id": asked["id"], "result": {"action": "cancel"}}
        (last,) = await client.together(reply)
    finally:
        await client.close()
    assert json.loads(text(last)) == [{"a": {"action": "cancel"}}]
