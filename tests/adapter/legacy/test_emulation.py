"""A client with sessions before a server that has none: it notices nothing."""

import json
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from tests.adapter.client import Client, begun
from tests.adapter.modern.clients import KEY
from tests.adapter.peers import call, peer, text
from tests.adapter.processes.ear import in_a_loop
from tests.adapter.program import NOVEL, Adapter, serving, wait
from tests.adapter.residue import children, wait_gone

pytestmark = pytest.mark.slow

RESIDENT_AND_SPARE = 2


def seen(client: Client) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(client.call("seen").text)
    return found


def figure(adapter: Adapter, name: str) -> float:
    lines = adapter.ask("/metrics")[1].splitlines()
    return float(next(line.split()[1] for line in lines if line.startswith(f"{name} ")))


@pytest.mark.parametrize(
    ("asked", "agreed"),
    [
        ("2025-11-25", "2025-11-25"),
        ("2024-11-05", "2024-11-05"),
        ("1999-01-01", "2025-11-25"),
    ],
)
def test_the_handshake_is_answered_with_what_the_server_is(
    novel: Adapter, asked: str, agreed: str
) -> None:
    answer = Client(novel, asked).initialize()
    assert answer.json["result"] == {
        "protocolVersion": agreed,
        "capabilities": {
            "logging": {},
            "tools": {"listChanged": True},
            "prompts": {},
            "resources": {"subscribe": True, "listChanged": True},
            "completions": {},
        },
        "serverInfo": {"name": "novel", "version": "1"},
        "instructions": "ask me anew each time",
    }


@pytest.mark.parametrize("front", ["streamable", "sse", "websocket"])
@in_a_loop
async def test_every_front_serves_sessions(novel: Adapter, front: str) -> None:
    async with peer(front, novel.port) as client:
        answers = await client.together(call("echo", "a", x=1), call("echo", 2, x=2))
    found = {one["id"]: one["result"]["content"][0]["text"] for one in map(json.loads, answers)}
    assert found == {"a": '{"x": 1}', 2: '{"x": 2}'}


def test_lists_and_errors_are_the_servers_own(novel: Adapter) -> None:
    client = begun(novel)
    assert "consult" in {
        one["name"] for one in client.request("tools/list").json["result"]["tools"]
    }
    error = client.call("fail", code=7).json["error"]
    assert (error["code"], error["message"]) == (7, "no")
    assert client.request("no/such").json["error"]["message"] == "no method no/such"


@pytest.mark.parametrize("method", ["server/discover", "subscriptions/listen"])
def test_methods_of_the_other_era_are_not_found(novel: Adapter, method: str) -> None:
    assert begun(novel).request(method, {}).json["error"]["code"] == -32601


def test_each_request_tells_the_server_who_the_client_is_and_keeps_what_is_its_own(
    novel: Adapter,
) -> None:
    client = begun(novel, elicitation={}, sampling={"tools": {}})
    trace = {"traceparent": "00-1-2-01"}
    params = {"name": "echo", "arguments": {}, "_meta": {**trace, f"{KEY}clientInfo": "forged"}}
    client.request("tools/call", params)
    assert seen(client)["params"][-2]["_meta"] == {
        **trace,
        f"{KEY}protocolVersion": "2026-07-28",
        f"{KEY}clientCapabilities": {"elicitation": {}, "sampling": {"tools": {}}},
        f"{KEY}clientInfo": {"name": "test", "version": "1"},
    }


def test_pings_are_answered(novel: Adapter) -> None:
    assert begun(novel).request("ping").json["result"] == {}


@pytest.mark.parametrize("token", ["mine", 7])
def test_progress_has_the_token_of_the_client(novel: Adapter, token: object) -> None:
    answer = begun(novel).call("steps", token=token, count=3)
    told = [event.data["params"] for event in answer.events[:-1]]
    assert told == [{"progressToken": token, "progress": step} for step in range(3)]
    assert answer.text == '{"count": 3}'


def test_a_call_that_is_cancelled_is_answered_and_the_server_hears_of_it(
    novel: Adapter, tmp_path: Path
) -> None:
    client = begun(novel)
    answers: list[object] = []
    params = {"name": "hold", "arguments": {"until": str(tmp_path / "never")}}
    body = client.message("tools/call", params, identity="gone")
    thread = threading.Thread(target=lambda: answers.append(client.post(body).json))
    thread.start()
    wait(lambda: novel.status()["inFlight"])
    client.notify("notifications/cancelled", {"requestId": "gone"})
    thread.join()
    assert "cancelled" in str(answers)
    wait(lambda: len(seen(client)["cancelled"]) == 1)


def test_a_silent_call_ends_in_time_and_the_server_hears_of_it(tmp_path: Path) -> None:
    with serving(NOVEL, "--request-timeout=2s") as adapter:
        client = begun(adapter.wait_ready())
        error = client.call("hold", until=str(tmp_path / "never")).json["error"]
        assert "2s" in error["message"]
        assert len(seen(client)["cancelled"]) == 1


def test_no_level_no_log_messages(novel: Adapter) -> None:
    assert begun(novel).call("log").events == []


def test_the_level_goes_with_each_request(novel: Adapter) -> None:
    client = begun(novel)
    assert client.request("logging/setLevel", {"level": "notice"}).json["result"] == {}
    answer = client.call("log")
    assert [event.data["params"]["data"] for event in answer.events[:-1]] == ["logged"]
    assert seen(client)["params"][-2]["_meta"][f"{KEY}logLevel"] == "notice"
    assert client.request("logging/setLevel", {"level": "loud"}).json["error"]["code"] == -32602


def test_a_request_of_the_server_is_refused_and_the_client_never_sees_it(novel: Adapter) -> None:
    client = begun(novel, elicitation={})
    assert client.call("demand", method="elicitation/create", params={}).events == []
    (answer,) = seen(client)["answers"]
    assert (answer["id"], answer["error"]["code"]) == ("demand", -32601)


def test_two_sessions_have_each_a_process_of_their_own(novel: Adapter) -> None:
    first, second = begun(novel, roots={}), begun(novel)
    assert first.call("pid").text != second.call("pid").text
    first.request("logging/setLevel", {"level": "debug"})
    assert second.call("log").events == []
    assert seen(second)["params"][-2]["_meta"][f"{KEY}clientCapabilities"] == {}


def test_only_the_first_session_takes_two_processes() -> None:
    with serving(NOVEL) as adapter:
        adapter.wait_ready()
        for _ in range(3):
            begun(adapter)
        wait(lambda: adapter.status()["processes"]["running"] == 3 + RESIDENT_AND_SPARE)
        started = adapter.ask("/metrics")[1]
        assert 'kmcp_adapter_processes_total{what="started"} 6' in started
        assert figure(adapter, "kmcp_adapter_handshakes_total") == 4


def test_nothing_is_left_of_sessions_that_ended(novel: Adapter) -> None:
    clients = [begun(novel) for _ in range(2)]
    pids = [int(client.call("pid").text) for client in clients]
    assert [client.delete() for client in clients] == [200, 200]
    assert clients[0].request("tools/list").status == 404
    wait_gone(pids)


def test_twenty_idle_sessions_have_no_calls_in_flight() -> None:
    with serving(NOVEL) as adapter:
        adapter.wait_ready()
        clients = [begun(adapter) for _ in range(20)]
        wait(lambda: all(seen(client)["listening"] == 1 for client in clients))
        assert (adapter.status()["sessions"], adapter.status()["inFlight"]) == (20, 0)
        assert {client.delete() for client in clients} == {200}
        wait(lambda: adapter.status()["sessions"] == 0)
        wait(lambda: len(children(adapter.process.pid)) == RESIDENT_AND_SPARE)
        assert adapter.status()["inFlight"] == 0


def test_a_server_that_dies_answers_its_calls_and_ends_its_session(novel: Adapter) -> None:
    client = begun(novel)
    error = client.call("leave").json["error"]
    assert (error["message"], error["data"]) == ("the server exited with code 3", {"exitCode": 3})
    assert client.request("tools/list").status == 404
    assert begun(novel).call("echo", next=1).text == '{"next": 1}'


def test_a_server_that_dies_of_initialize_is_served_all_the_same() -> None:
    with serving((*NOVEL, "initialize")) as adapter:
        adapter.wait_ready()
        assert begun(adapter).call("echo", a=1).text == '{"a": 1}'


def test_a_process_that_dies_before_it_answers_is_a_failed_start(tmp_path: Path) -> None:
    command = (*NOVEL, "--first-only", str(tmp_path / "mark"))
    with serving(command, "--spares=0") as adapter:
        adapter.wait_ready()
        before = figure(adapter, "kmcp_adapter_handshakes_total")
        answer = Client(adapter).initialize()
        assert "exited with code 5" in answer.json["error"]["message"]
        assert figure(adapter, "kmcp_adapter_handshakes_total") == before
        assert adapter.status()["processes"]["failedInARow"] > 0
        assert adapter.status()["sessions"] == 0


def test_a_client_that_comes_before_the_server_is_known_need_not_come_again(
    tmp_path: Path,
) -> None:
    first, asleep = tmp_path / "first", tmp_path / "asleep"
    first.touch()
    code = "import os, runpy, sys, time\n"
    code += "try: os.rename(*sys.argv[1:3]); time.sleep(1000)\n"
    code += "except FileNotFoundError: pass\n"
    code += f"runpy.run_path({NOVEL[1]!r}, run_name='__main__')"
    command = (sys.executable, "-c", code, str(first), str(asleep))
    patience = ("--spares=0", "--probe-timeout=1h", "--start-timeout=1h")
    with serving(command, *patience) as adapter:
        wait(asleep.exists)
        assert begun(adapter).call("echo", early=1).text == '{"early": 1}'
        assert adapter.ask("/readyz")[0] == 503


def test_a_server_with_sessions_that_refuses_a_client_is_quoted() -> None:
    code = "import json, sys\nfor line in sys.stdin:\n one = json.loads(line)\n"
    code += " error = {'code': -32602, 'message': 'not you'}\n"
    code += " print(json.dumps({'jsonrpc': '2.0', 'id': one['id'], 'error': error}), flush=True)"
    with serving((sys.executable, "-c", code), "--spares=0") as adapter:
        assert Client(adapter).initialize().json["error"]["message"] == "not you"


@in_a_loop
async def test_a_session_over_websocket_ends_with_its_server(novel: Adapter) -> None:
    async with peer("websocket", novel.port) as client:
        (answer,) = await client.together(call("leave"))
        assert "exited with code 3" in json.loads(answer)["error"]["message"]
    async with peer("websocket", novel.port) as client:
        (answer,) = await client.together(call("echo", a=1))
        assert text(answer) == '{"a": 1}'
