"""A modern server is one process for all modern clients, and nobody notices the others."""

import json
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from tests.adapter.modern.clients import KEY, Modern, error
from tests.adapter.program import NOVEL, WAIT_SECONDS, Adapter, serving, wait

pytestmark = pytest.mark.slow

SUBSCRIPTION = f"{KEY}subscriptionId"
CHANGED = "notifications/tools/list_changed"


@pytest.fixture(scope="module")
def stateless() -> Iterator[Adapter]:
    with serving(NOVEL) as running:
        yield running.wait_ready()


def seen(client: Modern) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(client.call("seen").text)
    return found


def test_discovery_is_the_servers_own(stateless: Adapter) -> None:
    answer = Modern(stateless).ask("server/discover", identity="d").json
    assert answer["id"] == "d"
    assert (answer["result"]["ttlMs"], answer["result"]["cacheScope"]) == (60_000, "public")
    assert answer["result"]["supportedVersions"] == ["2026-07-28"]


def test_equal_ids_of_two_clients_are_two_calls(stateless: Adapter) -> None:
    answers: dict[int, int] = {}

    def ask(number: int) -> None:
        client = Modern(stateless)
        meta = {"progressToken": "same"}
        params = {"name": "steps", "arguments": {"count": 5, "pause": 0.02, "of": number}}
        answer = client.ask("tools/call", params, identity=1, meta=meta)
        assert [event.data["params"]["progressToken"] for event in answer.events[:-1]] == [
            "same"
        ] * 5
        answers[number] = json.loads(answer.text)["of"]

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(WAIT_SECONDS)
    assert answers == {number: number for number in range(8)}


def test_rounds_are_the_servers_own(stateless: Adapter) -> None:
    client = Modern(stateless, elicitation={})
    asked = client.call("ask").json["result"]
    assert (asked["resultType"], asked["requestState"]) == ("input_required", "mine")
    assert client.retry("ask", "mine", {}).json["result"]["resultType"] == "complete"


@pytest.mark.parametrize(
    ("code", "status"), [(-32602, 400), (-32021, 400), (-32601, 404), (-32603, 200), (7, 200)]
)
def test_errors_have_a_status(stateless: Adapter, code: int, status: int) -> None:
    assert error(Modern(stateless).call("fail", code=code)) == (status, code)


@pytest.mark.parametrize("method", ["initialize", "ping", "resources/subscribe", "what/ever"])
def test_other_methods_are_not_found(stateless: Adapter, method: str) -> None:
    assert error(Modern(stateless).ask(method)) == (404, -32601)


def test_headers_are_compared_without_asking_the_server_each_time(stateless: Adapter) -> None:
    client = Modern(stateless)
    assert error(client.call("echo", region="eu")) == (400, -32020)
    params = {"name": "echo", "arguments": {"region": "eu"}}
    good = client.ask("tools/call", params, headers={"Mcp-Param-Region": "eu"})
    assert json.loads(good.text) == {"region": "eu"}
    before = client.call("lists").text
    for _ in range(3):
        client.call("echo", region="eu")
    assert client.call("lists").text == before


def test_log_messages_come_to_the_only_one_who_wants_them(stateless: Adapter) -> None:
    client = Modern(stateless)
    wanted = client.call("log", level="debug")
    assert [event.data["params"]["data"] for event in wanted.events[:-1]] == ["logged"]
    assert client.call("log").events == []


def test_who_leaves_cancels(stateless: Adapter) -> None:
    client = Modern(stateless)
    before = seen(client)["cancelled"]
    params = {"name": "steps", "arguments": {"count": 400, "pause": 0.05}}
    with client.asking("tools/call", params, meta={"progressToken": 1}) as answer:
        assert answer.status == 200
    wait(lambda: len(seen(client)["cancelled"]) == len(before) + 1)


def test_the_trace_of_the_headers_reaches_the_server(stateless: Adapter) -> None:
    client = Modern(stateless)
    params: dict[str, Any] = {"name": "echo", "arguments": {}}
    assert client.ask("tools/call", params, headers={"traceparent": "00-1-2-01"}).status == 200
    assert seen(client)["params"][-2]["_meta"]["traceparent"] == "00-1-2-01"


def test_subscriptions_keep_their_names(stateless: Adapter) -> None:
    client = Modern(stateless)
    with (
        client.listening(identity="a", toolsListChanged=True) as first,
        client.listening(identity=1, toolsListChanged=True) as second,
    ):
        names = [stream.next().data["params"]["_meta"][SUBSCRIPTION] for stream in (first, second)]
        assert names == ["a", 1]
        client.call("announce", method=CHANGED)
        told = [stream.next().data for stream in (first, second)]
        assert [one["method"] for one in told] == [CHANGED, CHANGED]
        assert [one["params"]["_meta"][SUBSCRIPTION] for one in told] == ["a", 1]


def test_a_subscription_that_the_server_ends_ends_with_a_result(stateless: Adapter) -> None:
    client = Modern(stateless)
    with client.listening(identity="s", toolsListChanged=True) as stream:
        stream.next()
        client.call("end")
        last = stream.next().data
    assert (last["id"], last["result"]["_meta"][SUBSCRIPTION]) == ("s", "s")


def test_subscriptions_outlive_the_process() -> None:
    with serving(NOVEL) as adapter:
        client = Modern(adapter.wait_ready())
        with client.listening(identity="s", toolsListChanged=True) as stream:
            stream.next()
            assert error(client.call("leave")) == (200, -32000)
            assert stream.next().data["method"] == CHANGED
            client.call("announce", method=CHANGED)
            assert stream.next().data["params"]["_meta"] == {SUBSCRIPTION: "s"}
