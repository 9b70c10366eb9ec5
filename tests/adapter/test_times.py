"""What takes too long ends, and time in which the adapter itself did not run is not counted."""

import asyncio
import json
import signal
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from adapter.legacy.keeper import HARD_FACTOR
from tests.adapter.client import Stream, begun
from tests.adapter.peers import call, peer
from tests.adapter.processes.ear import in_a_loop
from tests.adapter.program import PUPPET, serving, wait

pytestmark = pytest.mark.slow

PATIENT = 2.0
"""Seconds of the shortest limit: a machine may well stand still for one."""


def test_a_silent_call_ends_and_the_server_hears_of_it_but_progress_is_a_sign_of_life(
    tmp_path: Path,
) -> None:
    with serving(PUPPET, f"--request-timeout={PATIENT}s") as adapter:
        client = begun(adapter.wait_ready())
        assert client.call("steps", token=1, count=12, pause=0.25).text == "done"
        error = client.call("hold", until=str(tmp_path / "never")).json["error"]
        assert "2s" in error["message"]
        assert len(json.loads(client.call("seen").text)["cancelled"]) == 1


def test_calls_are_patient_only_as_long_as_the_server_wants_an_answer(tmp_path: Path) -> None:
    asked: dict[str, Any] = {
        "name": "ask",
        "arguments": {"method": "elicitation/create", "params": {}},
    }
    with serving(PUPPET, f"--request-timeout={PATIENT}s") as adapter:
        client = begun(adapter.wait_ready(), elicitation={})
        with client.posting(client.message("tools/call", asked)) as answer:
            question = next(event.data for event in Stream(answer) if event.data)
            assert client.call("sleep", seconds=PATIENT + 1).text == "slept"
            withdrawn = {"requestId": question["id"]}
            client.call("announce", method="notifications/cancelled", params=withdrawn)
            silent = client.call("hold", until=str(tmp_path / "never"))
            assert "2s" in silent.json["error"]["message"]


@in_a_loop
async def test_even_a_lively_call_ends_at_last() -> None:
    endless: dict[str, Any] = call("steps", 1, count=100_000, pause=0.05)
    endless["params"]["_meta"] = {"progressToken": 1}
    with serving(PUPPET, "--request-timeout=1s") as adapter:
        adapter.wait_ready()
        began = time.monotonic()
        async with peer("streamable", adapter.port) as legacy, peer("modern", adapter.port) as new:
            answers = await asyncio.gather(legacy.together(endless), new.together(endless))
    assert ["error" in json.loads(answer) for (answer,) in answers] == [True, True]
    assert time.monotonic() - began > HARD_FACTOR


def test_a_silent_session_ends_and_one_with_a_stream_or_a_call_does_not(tmp_path: Path) -> None:
    done, answers = tmp_path / "done", list[str]()
    with serving(PUPPET, f"--session-idle={PATIENT}s") as adapter:
        listening = begun(adapter.wait_ready())
        with listening.listening():
            busy = begun(adapter)
            hold = threading.Thread(
                target=lambda: answers.append(busy.call("hold", until=str(done)).text)
            )
            hold.start()
            wait(lambda: adapter.status()["inFlight"])
            silent = begun(adapter)
            wait(lambda: adapter.status()["sessions"] == 2)
            assert silent.request("tools/list").status == 404
            assert listening.call("echo", text="here").text == "here"
            done.touch()
            hold.join()
        assert answers == ["held"]
        wait(lambda: adapter.status()["sessions"] == 0)


def test_an_old_session_ends_after_its_call() -> None:
    with serving(PUPPET, f"--session-age={PATIENT}s") as adapter:
        client = begun(adapter.wait_ready())
        assert client.call("sleep", seconds=PATIENT + 1.2).text == "slept"
        wait(lambda: adapter.status()["sessions"] == 0)
        assert client.request("tools/list").status == 404


def test_a_call_does_not_keep_an_old_session_for_ever() -> None:
    limits = [f"--session-age={PATIENT}s", f"--request-timeout={PATIENT}s"]
    with serving(PUPPET, *limits) as adapter:
        client = begun(adapter.wait_ready())
        answer = client.call("steps", token=1, count=100_000, pause=0.05)
        assert "greatest age" in answer.json["error"]["message"]


def test_a_session_is_not_ended_for_time_in_which_the_adapter_did_not_run() -> None:
    with serving(PUPPET, "--session-idle=3s", "--request-timeout=3s") as adapter:
        client = begun(adapter.wait_ready())
        adapter.process.send_signal(signal.SIGSTOP)
        time.sleep(4.5)
        adapter.process.send_signal(signal.SIGCONT)
        adapter.logged("did not run for a while")
        assert client.call("echo", text="here").text == "here"
