"""What the adapter finds out about the server: its era, its state, and why it cannot be used."""

import json
import os
import signal
import sys

import pytest

from tests.adapter.client import begun
from tests.adapter.program import PUPPET, Adapter, serving, wait

MODERN = """
import json, sys, time
time.sleep({start})
for line in sys.stdin:
    message = json.loads(line)
    if message.get("method") == "server/discover":
        result = {{"resultType": "complete", "supportedVersions": ["2026-07-28"],
                  "capabilities": {{"tools": {{}}}}, "ttlMs": 0, "cacheScope": "private"}}
        print(json.dumps({{"jsonrpc": "2.0", "id": message["id"], "result": result}}), flush=True)
"""
MUTE_BEFORE_INITIALIZE = """
import json, sys
for line in sys.stdin:
    message = json.loads(line)
    if message.get("method") == "initialize":
        result = {"protocolVersion": "2025-06-18", "capabilities": {},
                  "serverInfo": {"name": "shy", "version": "1"}}
        print(json.dumps({"jsonrpc": "2.0", "id": message["id"], "result": result}), flush=True)
"""
DIES_OF_THE_PROBE = MUTE_BEFORE_INITIALIZE.replace(
    'message.get("method") == "initialize"',
    'message.get("method") == "server/discover":\n        sys.exit(5)\n    elif True',
)


SECRET = {"API_TOKEN": "hunter2hunter2"}


def script(code: str) -> tuple[str, ...]:
    """Return the command that runs *code*."""
    return (sys.executable, "-c", code)


@pytest.mark.parametrize(
    ("code", "era"),
    [
        pytest.param(MODERN.format(start=0), "modern", id="a modern server"),
        pytest.param(MODERN.format(start=1), "modern", id="one that is slower than the probe"),
        pytest.param(MUTE_BEFORE_INITIALIZE, "legacy", id="one that ignores what it does not know"),
        pytest.param(DIES_OF_THE_PROBE, "legacy", id="one that dies of the probe"),
    ],
)
def test_the_era_of_the_server_is_found_out(code: str, era: str) -> None:
    with serving(script(code), "--probe-timeout=300ms", "--spares=0") as adapter:
        adapter.wait_ready()
        assert adapter.status()["server"]["era"] == era


def test_a_server_that_cannot_start_is_told_with_its_reason() -> None:
    with serving(("/no/such/command",)) as adapter:
        wait(lambda: "No such file" in adapter.ask("/readyz")[1], lambda: str(adapter.lines))
        assert adapter.ask("/readyz")[0] == 503
        assert adapter.ask("/healthz")[0] == 200


def test_a_crash_loop_is_called_one_and_the_last_words_are_kept() -> None:
    with serving((*PUPPET, "--exit", "3", "no database today")) as adapter:
        wait(lambda: "in a row" in adapter.ask("/readyz")[1], lambda: str(adapter.lines))
        assert "exited with code 3" in adapter.ask("/readyz")[1]
        assert "no database today" in adapter.status()["failures"][-1]["stderr"]


def test_secrets_of_the_environment_are_masked_in_the_last_words() -> None:
    with serving((*PUPPET, "--exit", "3", "bad"), environment=SECRET) as adapter:
        wait(lambda: adapter.status()["failures"], lambda: str(adapter.lines))
        told = json.dumps(adapter.status()) + json.dumps(adapter.lines)
        assert "bad ***" in told
        assert SECRET["API_TOKEN"] not in told


def test_a_wedged_server_is_not_ready_until_it_answers_again() -> None:
    with serving(PUPPET) as adapter:
        adapter.wait_ready()
        pid = adapter.logged("the server is there")["pid"]
        os.kill(pid, signal.SIGSTOP)
        wait(lambda: adapter.ask("/readyz")[0] == 503)
        assert "not even a ping" in adapter.ask("/readyz")[1]
        os.kill(pid, signal.SIGCONT)
        adapter.wait_ready()


def test_a_server_that_stays_wedged_is_replaced() -> None:
    with serving(PUPPET, "--start-timeout=5s") as adapter:
        adapter.wait_ready()
        os.kill(adapter.logged("the server is there")["pid"], signal.SIGSTOP)
        adapter.logged("the server was ended, as it was silent")
        _second(adapter)
        adapter.wait_ready()


def test_a_killed_server_is_replaced() -> None:
    with serving() as adapter:
        adapter.wait_ready()
        os.kill(adapter.logged("the server is there")["pid"], signal.SIGKILL)
        adapter.logged("the server is there", pid=_second(adapter))
        adapter.wait_ready()
        assert begun(adapter).call("echo", text="again").text == "again"


def test_the_status_says_what_the_server_offers(adapter: Adapter) -> None:
    wait(lambda: adapter.status()["catalogue"])
    status = adapter.status()
    assert status["server"]["info"] == {"name": "puppet", "version": "1"}
    assert status["catalogue"]["tools"]["count"] > 10
    assert status["catalogue"]["resources"]["count"] == 1


def test_health_on_the_port_of_clients_tells_nothing(adapter: Adapter) -> None:
    client = begun(adapter)
    with client.asking("GET", {"Host": "anything.example"}, path="/health") as answer:
        assert (answer.status, answer.read()) == (200, b"ok\n")


def test_metrics_count_what_happens(adapter: Adapter) -> None:
    begun(adapter).call("echo", text="x")
    figures = dict(
        line.rsplit(" ", 1)
        for line in adapter.ask("/metrics")[1].splitlines()
        if not line.startswith("#")
    )
    assert float(figures['kmcp_adapter_requests_total{front="streamable"}']) >= 3
    assert figures["kmcp_adapter_ready"] == "1"
    assert float(figures["kmcp_adapter_processes"]) >= 2


def _second(adapter: Adapter) -> int:
    def known() -> list[int]:
        return [line["pid"] for line in adapter.lines if line["message"] == "the server is there"]

    wait(lambda: len(known()) > 1, lambda: str(adapter.lines))
    return known()[1]


@pytest.mark.parametrize("exposed", ["true", "false"])
def test_clients_read_the_last_words_only_when_they_may(exposed: str) -> None:
    with serving(PUPPET, f"--expose-stderr={exposed}") as adapter:
        error = begun(adapter.wait_ready()).call("leave", code=9, words="out of luck").json["error"]
        assert error["data"]["exitCode"] == 9
        assert ("out of luck" in str(error)) == (exposed == "true")
