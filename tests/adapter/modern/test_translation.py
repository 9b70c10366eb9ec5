"""A server that was made for sessions serves clients without any."""

import json
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from tests.adapter.client import Answer
from tests.adapter.modern.clients import KEY, Modern, error
from tests.adapter.program import PUPPET, WAIT_SECONDS, Adapter, serving, wait

pytestmark = pytest.mark.slow

ELICIT: dict[str, Any] = {
    "message": "Who?",
    "requestedSchema": {"type": "object", "properties": {}},
}
SUBSCRIPTION = f"{KEY}subscriptionId"


@pytest.fixture
def alone() -> Iterator[Adapter]:
    """Lend an adapter that nobody else uses."""
    with serving() as running:
        yield running.wait_ready()


def seen(client: Modern) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(client.call("seen").text)
    return found


def asked(answer: Answer) -> tuple[str, str, dict[str, Any]]:
    """Return the state, and key and body of the only question."""
    result = answer.json["result"]
    assert result["resultType"] == "input_required", result
    ((key, question),) = result["inputRequests"].items()
    return result["requestState"], key, question


def test_the_server_is_discovered(adapter: Adapter) -> None:
    result = Modern(adapter).ask("server/discover").json["result"]
    assert result["supportedVersions"][:2] == ["2026-07-28", "2025-11-25"]
    assert result["capabilities"]["tools"] == {"listChanged": True}
    assert result["_meta"][f"{KEY}serverInfo"] == {"name": "puppet", "version": "1"}
    assert result["instructions"] == "pull the strings"


def test_a_tool_is_called(adapter: Adapter) -> None:
    answer = Modern(adapter).ask(
        "tools/call", {"name": "echo", "arguments": {"text": "hi"}}, identity="1"
    )
    assert (answer.status, answer.headers["Content-Type"]) == (200, "application/json")
    assert answer.json["id"] == "1"
    assert answer.json["result"]["resultType"] == "complete"
    assert answer.text == "hi"


def test_the_server_sees_nothing_of_the_new_envelope(adapter: Adapter) -> None:
    assert Modern(adapter).call("echo", text="x").status == 200
    assert KEY not in json.dumps(seen(Modern(adapter)))


@pytest.mark.parametrize(
    "method", ["initialize", "ping", "logging/setLevel", "resources/subscribe", "what/ever"]
)
def test_other_methods_are_not_found(adapter: Adapter, method: str) -> None:
    assert error(Modern(adapter).ask(method)) == (404, -32601)


def test_what_the_server_does_not_offer_is_not_found(adapter: Adapter) -> None:
    assert error(Modern(adapter).ask("prompts/list")) == (404, -32601)


def test_clients_that_cannot_be_asked_share_a_process(adapter: Adapter) -> None:
    pids = {Modern(adapter).call("pid").text for _ in range(3)}
    assert len(pids) == 1


def test_progress_becomes_a_stream(adapter: Adapter) -> None:
    params = {"name": "steps", "arguments": {"count": 3}}
    answer = Modern(adapter).ask("tools/call", params, meta={"progressToken": "p"})
    *steps, last = [event.data for event in answer.events]
    assert [step["params"]["progress"] for step in steps] == [1, 2, 3]
    assert {step["params"]["progressToken"] for step in steps} == {"p"}
    assert last["result"]["resultType"] == "complete"


def test_log_messages_come_only_to_who_wants_them(alone: Adapter) -> None:
    client = Modern(alone)
    assert client.call("log", count=2).events == []
    wanted = client.call("log", level="info", count=2)
    assert [event.data["params"]["data"] for event in wanted.events[:-1]] == [0, 1]
    assert client.call("log", level="error", count=2).events == []
    assert seen(client)["levels"] == ["info", "error"]


def test_who_leaves_cancels(alone: Adapter) -> None:
    client = Modern(alone)
    params = {"name": "steps", "arguments": {"count": 400, "pause": 0.05}}
    with client.asking("tools/call", params, meta={"progressToken": 1}) as answer:
        assert answer.status == 200
    wait(lambda: seen(client)["cancelled"])


def test_a_question_is_put_and_answered(adapter: Adapter) -> None:
    client = Modern(adapter, elicitation={})
    arguments: dict[str, Any] = {"method": "elicitation/create", "params": ELICIT}
    state, key, question = asked(client.call("ask", **arguments))
    assert question == {"method": "elicitation/create", "params": ELICIT}
    answers: dict[str, Any] = {key: {"action": "accept", "content": {"n": 1}}, "unknown": 7}
    told = client.retry("ask", state, answers, **arguments)
    assert told.json["id"] == "2"
    assert json.loads(told.text)["result"] == answers[key]


def test_a_question_without_an_answer_is_put_again(adapter: Adapter) -> None:
    client = Modern(adapter, roots={})
    state, key, _ = asked(client.call("ask", method="roots/list"))
    again, same, _ = asked(client.retry("ask", state, {}, method="roots/list"))
    assert (same, again == state) == (key, False)
    answer = client.retry("ask", again, {key: {"roots": []}}, method="roots/list")
    assert json.loads(answer.text)["result"] == {"roots": []}


def test_a_state_is_good_for_one_request_once(adapter: Adapter) -> None:
    client = Modern(adapter, roots={})
    state, key, _ = asked(client.call("ask", method="roots/list"))
    answers: dict[str, Any] = {key: {"roots": []}}
    assert error(client.retry("ask", state + "-TAMPERED", answers, method="roots/list"))[0] == 400
    assert error(client.retry("ask", state, answers, method="other")) == (400, -32602)
    assert client.retry("ask", state, answers, method="roots/list").status == 200
    assert error(client.retry("ask", state, answers, method="roots/list")) == (400, -32602)


def test_two_clients_never_answer_each_other(adapter: Adapter) -> None:
    client = Modern(adapter, roots={})
    rounds = [asked(client.call("ask", method="roots/list")) for _ in range(3)]
    for number, (state, key, _) in reversed(list(enumerate(rounds))):
        roots = {"roots": [{"uri": f"file:///{number}"}]}
        answer = client.retry("ask", state, {key: roots}, method="roots/list")
        assert json.loads(answer.text)["result"] == roots


@pytest.mark.parametrize("capabilities", [{}, {"roots": {}}])
def test_a_client_that_cannot_be_asked_hears_what_is_needed(
    adapter: Adapter, capabilities: dict[str, Any]
) -> None:
    client = Modern(adapter, **capabilities)
    answer = client.call("ask", method="sampling/createMessage", params={})
    assert error(answer) == (400, -32021)
    assert answer.json["error"]["data"] == {"requiredCapabilities": {"sampling": {}}}
    assert client.call("echo", text="still there").text == "still there"


def test_changes_reach_listeners_who_want_them(alone: Adapter) -> None:
    client = Modern(alone)
    method = "notifications/tools/list_changed"
    with (
        client.listening(identity="a", toolsListChanged=True, promptsListChanged=True) as tools,
        client.listening(identity=7, resourceSubscriptions=["test://one"]) as resources,
    ):
        acknowledged = tools.next().data
        assert acknowledged["method"] == "notifications/subscriptions/acknowledged"
        assert acknowledged["params"]["notifications"] == {"toolsListChanged": True}
        assert resources.next().data["params"]["_meta"] == {SUBSCRIPTION: 7}
        wait(lambda: seen(client)["subscribed"] == ["test://one"])
        client.call("announce", method=method)
        changed = tools.next().data
        assert (changed["method"], changed["params"]["_meta"]) == (method, {SUBSCRIPTION: "a"})
        updated: dict[str, Any] = {
            "method": "notifications/resources/updated",
            "params": {"uri": "test://one"},
        }
        client.call("announce", **updated)
        assert resources.next().data["params"]["uri"] == "test://one"
    wait(lambda: seen(client)["subscribed"] == ["test://one", "-test://one"])


def test_listeners_hear_of_changes_in_every_process(adapter: Adapter) -> None:
    with Modern(adapter).listening(toolsListChanged=True) as stream:
        stream.next()
        other = Modern(adapter, sampling={})
        other.call("announce", method="notifications/tools/list_changed")
        assert stream.next().data["method"] == "notifications/tools/list_changed"


def test_a_hundred_listeners_hear_the_same(adapter: Adapter) -> None:
    client = Modern(adapter)
    heard: list[int] = []
    ready = threading.Barrier(101, timeout=WAIT_SECONDS)

    def listen(number: int) -> None:
        with client.listening(identity=number, toolsListChanged=True) as stream:
            stream.next()
            ready.wait()
            heard.append(stream.next().data["params"]["_meta"][SUBSCRIPTION])

    threads = [threading.Thread(target=listen, args=(number,)) for number in range(100)]
    for thread in threads:
        thread.start()
    ready.wait()
    client.call("announce", method="notifications/tools/list_changed")
    for thread in threads:
        thread.join(WAIT_SECONDS)
    assert sorted(heard) == list(range(100))


def test_listeners_outlive_the_process(alone: Adapter) -> None:
    client = Modern(alone)
    wanted: dict[str, Any] = {"toolsListChanged": True, "resourceSubscriptions": ["test://one"]}
    with client.listening(**wanted) as stream:
        stream.next()
        assert error(client.call("leave", code=3)) == (200, -32000)
        told = {stream.next().data["method"] for _ in range(2)}
        assert told == {"notifications/tools/list_changed", "notifications/resources/updated"}
        assert seen(client)["subscribed"] == ["test://one"]


def test_draining_ends_subscriptions_with_a_result() -> None:
    with serving() as adapter:
        adapter.wait_ready()
        with Modern(adapter).listening(identity="s", toolsListChanged=True) as stream:
            stream.next()
            adapter.terminate()
            last = stream.next().data
        assert (last["id"], last["result"]["resultType"]) == ("s", "complete")
        assert last["result"]["_meta"][SUBSCRIPTION] == "s"


def test_requests_can_have_a_process_each() -> None:
    with serving(PUPPET, "--isolation=per-request") as adapter:
        adapter.wait_ready()
        assert len({Modern(adapter).call("pid").text for _ in range(3)}) == 3
