"""What changes at a server of 2026-07-28 is told to clients with sessions that want to know."""

import json
from typing import Any

import pytest

from tests.adapter.client import Client, begun
from tests.adapter.program import Adapter, wait

pytestmark = pytest.mark.slow

TOOLS = "notifications/tools/list_changed"
PROMPTS = "notifications/prompts/list_changed"
UPDATED = "notifications/resources/updated"


def seen(client: Client) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(client.call("seen").text)
    return found


def listening(novel: Adapter) -> Client:
    """Return a client whose server has acknowledged the subscription to its lists."""
    client = begun(novel)
    wait(lambda: seen(client)["listening"] == 1)
    return client


def subscribe(client: Client, uri: str) -> Any:  # noqa: ANN401 - JSON
    return client.request("resources/subscribe", {"uri": uri}).json


def told(client: Client, *announced: dict[str, str]) -> list[Any]:
    """Return what comes on the stream of the session when the server announces all this."""
    for one in [*announced, {"method": TOOLS}]:  # the last shows that no more comes before it
        assert client.call("announce", **one).text == "announced"
    found: list[Any] = []
    with client.listening() as stream:
        for event in stream:
            if event.data:
                found.append(event.data)
                if event.data["method"] == TOOLS:
                    break
    return found


def test_the_server_is_asked_for_what_it_announces_and_nothing_else(novel: Adapter) -> None:
    (asked,) = seen(listening(novel))["listens"]
    assert asked["notifications"] == {"toolsListChanged": True, "resourcesListChanged": True}


def test_changes_of_lists_are_told_without_the_name_of_our_subscription(novel: Adapter) -> None:
    client = listening(novel)
    assert told(client, {"method": PROMPTS}) == [
        {"jsonrpc": "2.0", "method": TOOLS, "params": {}},
    ]


def test_a_client_that_has_not_finished_its_handshake_is_told_nothing(novel: Adapter) -> None:
    client = Client(novel)
    params: dict[str, Any] = {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {}}
    answer = client.request("initialize", params)
    client.session = answer.headers["Mcp-Session-Id"]
    assert seen(client)["listens"] == []
    client.notify("notifications/initialized")
    client.notify("notifications/initialized")
    wait(lambda: seen(client)["listening"])
    assert len(seen(client)["listens"]) == 1


def test_who_has_subscribed_hears_of_each_change(novel: Adapter) -> None:
    client, other = listening(novel), listening(novel)
    assert subscribe(client, "test://a")["result"] == {}
    assert subscribe(client, "test://b")["result"] == {}
    announced = [{"method": UPDATED, "uri": f"test://{name}"} for name in "abc"]
    heard = told(client, *announced)
    assert [one["params"].get("uri") for one in heard] == ["test://a", "test://b", None]
    assert len(told(other, *announced)) == 1


def test_who_has_unsubscribed_hears_no_more_and_the_server_keeps_one_subscription(
    novel: Adapter,
) -> None:
    client = listening(novel)
    for uri in ("test://a", "test://b"):
        subscribe(client, uri)
    assert client.request("resources/unsubscribe", {"uri": "test://a"}).json["result"] == {}
    announced = [{"method": UPDATED, "uri": f"test://{name}"} for name in "ab"]
    assert [one["params"].get("uri") for one in told(client, *announced)] == ["test://b", None]
    assert seen(client)["listening"] == 1
    assert novel.status()["inFlight"] == 0


def test_subscribing_twice_is_subscribing_once(novel: Adapter) -> None:
    client = listening(novel)
    assert [subscribe(client, "test://a")["result"] for _ in range(2)] == [{}, {}]
    assert len(told(client, {"method": UPDATED, "uri": "test://a"})) == 2


@pytest.mark.parametrize("uri", [None, 7, "x" * 9000])
def test_what_is_no_resource_cannot_be_subscribed_to(novel: Adapter, uri: object) -> None:
    client = listening(novel)
    params = {} if uri is None else {"uri": uri}
    assert client.request("resources/subscribe", params).json["error"]["code"] == -32602
    assert client.call("echo", a=1).text == '{"a": 1}'


def test_what_the_server_does_not_watch_is_not_promised(novel: Adapter) -> None:
    client = listening(novel)
    assert "does not watch" in subscribe(client, "deaf:a")["error"]["message"]
    assert subscribe(client, "test://b")["result"] == {}
    wanted = seen(client)["listens"][-1]["notifications"]
    assert wanted["resourceSubscriptions"] == ["test://b"]


def test_a_session_may_watch_a_thousand_resources(novel: Adapter) -> None:
    client = listening(novel)
    batch = begun(novel, "2025-03-26")
    for first in range(0, 1000, 100):
        calls = [
            json.loads(batch.message("resources/subscribe", {"uri": f"test://{first + number}"}))
            for number in range(100)
        ]
        answers = json.loads(batch.post(json.dumps(calls).encode()).body)
        assert {str(one["result"]) for one in answers} == {"{}"}
    assert "1000 resources" in subscribe(batch, "test://more")["error"]["message"]
    assert subscribe(client, "test://more")["result"] == {}
    assert len(seen(batch)["listens"]) < 50  # many calls share one new subscription


def test_a_subscription_that_the_server_ends_is_none_of_the_clients_business(
    novel: Adapter,
) -> None:
    client = listening(novel)
    answer = client.call("end")
    assert (answer.events, answer.text) == ([], "ended")
    assert subscribe(client, "test://a")["result"] == {}
    assert len(told(client, {"method": UPDATED, "uri": "test://a"})) == 2


def test_a_subscription_that_lasted_is_opened_again(novel: Adapter) -> None:
    client = listening(novel)
    assert client.call("sleep", seconds=1.1).text == "slept"
    assert client.call("end").text == "ended"
    wait(lambda: len(seen(client)["listens"]) == 2)
    assert len(told(client)) == 1
