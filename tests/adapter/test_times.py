"""What takes too long ends, and time in which the adapter itself did not run is not counted."""

import json
import signal
import time
from typing import Any

import pytest

from tests.adapter.client import Stream, begun
from tests.adapter.peers import call, peer
from tests.adapter.processes.ear import in_a_loop
from tests.adapter.program import PUPPET, serving, wait

pytestmark = pytest.mark.slow


def test_a_silent_call_ends_and_the_server_hears_of_it_but_progress_is_a_sign_of_life() -> None:
    with serving(PUPPET, "--request-timeout=0.6s") as adapter:
        client = begun(adapter.wait_ready())
        assert client.call("steps", token=1, count=8, pause=0.25).text == "done"
        error = client.call("sleep", seconds=3).json["error"]
        assert "0.6s" in error["message"]
        assert len(json.loads(client.call("seen").text)["cancelled"]) == 1


def test_calls_are_patient_only_as_long_as_the_server_wants_an_answer() -> None:
    asked: dict[str, Any] = {
        "name": "ask",
        "arguments": {"method": "elicitation/create", "params": {}},
    }
    with serving(PUPPET, "--request-timeout=0.6s") as adapter:
        client = begun(adapter.wait_ready(), elicitation={})
        with client.posting(client.message("tools/call", asked)) as answer:
            question = next(event.data for event in Stream(answer) if event.data)
            assert client.call("sleep", seconds=1.5).text == "slept"
            withdrawn = {"requestId": question["id"]}
            client.call("announce", method="notifications/cancelled", params=withdrawn)
            assert "0.6s" in client.call("sleep", seconds=3).json["error"]["message"]


@pytest.mark.parametrize("front", ["streamable", "modern"])
@in_a_loop
async def test_even_a_lively_call_ends_at_last(front: str) -> None:
    endless: dict[str, Any] = call("steps", 1, count=300, pause=0.05)
    endless["params"]["_meta"] = {"progressToken": 1}
    with serving(PUPPET, "--request-timeout=0.3s") as adapter:
        adapter.wait_ready()
        began = time.monotonic()
        async with peer(front, adapter.port) as client:
            (answer,) = await client.together(endless)
    assert "error" in json.loads(answer)
    assert 3.5 < time.monotonic() - began < 10


def test_a_silent_session_ends_and_one_with_a_stream_or_a_call_does_not() -> None:
    with serving(PUPPET, "--session-idle=1s") as adapter:
        adapter.wait_ready()
        silent, listening, busy = begun(adapter), begun(adapter), begun(adapter)
        with listening.listening():
            assert busy.call("sleep", seconds=2.2).text == "slept"
            assert adapter.status()["sessions"] == 2
            assert silent.request("tools/list").status == 404
            assert listening.call("echo", text="here").text == "here"
        wait(lambda: adapter.status()["sessions"] == 0)


def test_an_old_session_ends_after_its_call() -> None:
    with serving(PUPPET, "--session-age=2s") as adapter:
        client = begun(adapter.wait_ready())
        assert client.call("sleep", seconds=3.2).text == "slept"
        wait(lambda: adapter.status()["sessions"] == 0)
        assert client.request("tools/list").status == 404


def test_a_call_does_not_keep_an_old_session_for_ever() -> None:
    with serving(PUPPET, "--session-age=1s", "--request-timeout=1s") as adapter:
        client = begun(adapter.wait_ready())
        answer = client.call("steps", token=1, count=300, pause=0.05)
        assert "greatest age" in answer.json["error"]["message"]


def test_a_session_is_not_ended_for_time_in_which_the_adapter_did_not_run() -> None:
    with serving(PUPPET, "--session-idle=3s", "--request-timeout=3s") as adapter:
        client = begun(adapter.wait_ready())
        adapter.process.send_signal(signal.SIGSTOP)
        time.sleep(4.5)
        adapter.process.send_signal(signal.SIGCONT)
        adapter.logged("did not run for a while")
        assert client.call("echo", text="here").text == "here"
