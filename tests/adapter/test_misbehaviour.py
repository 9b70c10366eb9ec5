"""Whatever a server does, it costs only the session that it serves."""

import os
import signal
import sys
import time
from collections.abc import Iterator

import pytest

from adapter.pipes import Patience
from tests.adapter.client import Client, begun
from tests.adapter.peers import Refused, peer
from tests.adapter.processes.ear import in_a_loop
from tests.adapter.program import Adapter, serving, wait
from tests.adapter.residue import is_alive, memory, wait_gone

pytestmark = pytest.mark.slow

ROGUE = (sys.executable, "-m", "tests.adapter.rogue")
MIB = 2**20
LISTS_BADLY = """
import json, sys
INFO = {"protocolVersion": "2025-11-25", "capabilities": {"tools": {}},
        "serverInfo": {"name": "bad", "version": "1"}}
RESULTS = {"initialize": INFO, "tools/list": {"tools": "none"}}
for line in sys.stdin:
    message = json.loads(line)
    if message.get("method") == "tools/call":
        print(message["params"]["arguments"]["words"], flush=True)
    if "id" in message:
        answer = {"jsonrpc": "2.0", "id": message["id"]}
        answer["result"] = RESULTS.get(message["method"], {"content": [{"text": "ok"}]})
        print(json.dumps(answer), flush=True)
"""


@pytest.fixture(scope="module")
def rogues() -> Iterator[Adapter]:
    """Lend an adapter before servers that do as they like."""
    with serving(ROGUE, "--message-bytes=1Mi", "--sessions=16") as running:
        yield running.wait_ready()


@pytest.fixture
def other(rogues: Adapter) -> Iterator[Client]:
    """Lend a session that must go on."""
    client = begun(rogues)
    yield client
    assert client.call("echo", text="still here").text == "still here"
    assert client.delete() == 200
    assert rogues.ask("/readyz")[0] == 200


@pytest.mark.usefixtures("other")
@pytest.mark.parametrize(
    ("tool", "arguments", "reason"),
    [
        pytest.param("leave", {"code": 3}, "exited with code 3", id="exits"),
        pytest.param("eat", {}, "signal 9", id="eats memory"),
    ],
)
def test_a_server_that_dies_ends_its_session(
    rogues: Adapter, tool: str, arguments: dict[str, object], reason: str
) -> None:
    client = begun(rogues)
    before = memory(rogues.process.pid)
    assert reason in client.call(tool, **arguments).json["error"]["message"]
    assert client.request("tools/list").status == 404
    assert memory(rogues.process.pid) < before + 8 * MIB


@pytest.mark.usefixtures("other")
@pytest.mark.parametrize(
    ("tool", "arguments"),
    [
        pytest.param("stderr", {"kib": 20_000}, id="floods stderr"),
        pytest.param("garbage", {}, id="prints garbage"),
        pytest.param("pour", {"mib": 100}, id="prints a line that does not end"),
        pytest.param("babble", {"count": 5000}, id="answers what nobody asked"),
        pytest.param("log", {"count": 20_000}, id="talks all the time"),
    ],
)
def test_a_server_that_says_too_much_still_answers_and_is_not_kept(
    rogues: Adapter, tool: str, arguments: dict[str, object]
) -> None:
    client = begun(rogues)
    before = memory(rogues.process.pid)
    with client.posting(client.message("tools/call", {"name": tool, "arguments": arguments})) as a:
        assert b'"result"' in a.read()
    assert client.call("echo", text="after").text == "after"
    assert memory(rogues.process.pid) < before + 24 * MIB
    assert client.delete() == 200


@pytest.mark.usefixtures("other")
def test_a_server_that_will_not_end_is_ended_with_all_it_has_started(rogues: Adapter) -> None:
    client = begun(rogues)
    pids = [int(client.call("fork").text), int(client.call("ignore").text)]
    assert all(map(is_alive, pids))
    began = time.monotonic()
    assert client.delete() == 200
    assert time.monotonic() - began < Patience().after_eof + Patience().after_term
    wait_gone(pids)


@pytest.mark.usefixtures("other")
def test_a_server_that_stops_can_be_left(rogues: Adapter) -> None:
    client = begun(rogues)
    pid = int(client.call("pid").text)
    os.kill(pid, signal.SIGSTOP)
    assert client.delete() == 200
    wait_gone([pid])


@pytest.mark.parametrize("front", ["streamable", "sse", "websocket"])
@in_a_loop
async def test_every_client_hears_that_a_server_exits_at_once(front: str) -> None:
    exits = [sys.executable, "-c", "import sys; sys.exit('no configuration')"]
    with serving(exits) as adapter:
        wait(lambda: "fails to start" in adapter.ask("/readyz")[1])
        reason = adapter.status()["failures"][0]
        assert (reason["reason"], reason["stderr"]) == (
            "the server exited with code 1",
            "no configuration",
        )
        with pytest.raises(Refused, match="exited with code 1"):
            async with peer(front, adapter.port):
                pass


def test_a_server_that_never_answers_fails_in_time() -> None:
    silent = [sys.executable, "-c", "import sys; sys.stdin.read()"]
    with serving(silent, "--start-timeout=0.5s", "--probe-timeout=0.2s") as adapter:
        answer = Client(adapter).initialize()
        assert "0.5s" in answer.json["error"]["message"]
        wait(lambda: "in a row" in adapter.ask("/readyz")[1])
        assert adapter.status()["sessions"] == 0


def garbage(adapter: Adapter) -> int:
    """Return how much of what servers wrote could not be used."""
    lines = adapter.ask("/metrics")[1].splitlines()
    name = "kmcp_adapter_garbage_total "
    return int(next(line.split()[1] for line in lines if line.startswith(name)))


def test_a_malformed_list_is_counted_and_told_once() -> None:
    with serving((sys.executable, "-c", LISTS_BADLY), "--era=legacy") as adapter:
        adapter.wait_ready()
        wait(lambda: adapter.status()["catalogue"])
        reason = "the answer to tools/list has no list of tools"
        assert adapter.status()["catalogue"] == {"tools": {"error": reason}}
        adapter.logged("the server wrote what is no message; it was skipped", reason=reason)
        client, before = begun(adapter), garbage(adapter)
        for words, count in [('[{"half":', 1), ("[]", 2), ("[[1], 2]", 4)]:
            assert client.call("any", words=words).text == "ok"
            assert garbage(adapter) - before == count
        told = [line for line in adapter.lines if "no message" in line["message"]]
        assert len(told) == 1
