"""Streams of a session: lost and read on, replaced, and never those of another."""

from tests.adapter.client import Stream, begun
from tests.adapter.program import Adapter


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
