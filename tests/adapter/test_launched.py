"""The adapter with a launcher: draining with its container, and going on with another."""

import os
import signal
import time
from pathlib import Path

import pytest

from tests.adapter.client import begun
from tests.adapter.linked import pod
from tests.adapter.program import PUPPET, WAIT_SECONDS, wait

QUIETLY = "--termination-message="


def test_a_restarted_container_is_drained_and_its_successor_used() -> None:
    with pod(PUPPET, "--drain-delay=100ms") as place:
        adapter = place.adapter()
        assert "waiting for launcher" in adapter.ask("/readyz")[1]
        first = place.launcher(QUIETLY)
        client = begun(adapter.wait_ready())
        assert client.call("echo", text="one").text == "one"
        first.send_signal(signal.SIGTERM)
        wait(lambda: adapter.ask("/readyz")[0] == 503)
        assert first.wait(WAIT_SECONDS) in (0, -signal.SIGTERM, 143)
        place.launcher(QUIETLY)
        adapter.wait_ready()
        assert client.request("ping").status == 404
        assert begun(adapter).call("echo", text="two").text == "two"


def test_a_killed_launcher_costs_its_sessions_and_nothing_else() -> None:
    with pod(PUPPET) as place:
        adapter = place.adapter()
        first = place.launcher(QUIETLY)
        client = begun(adapter.wait_ready())
        pid = int(client.call("pid").text)
        first.kill()
        first.wait(WAIT_SECONDS)
        wait(lambda: not Path(f"/proc/{pid}").exists() or _is_zombie(pid))
        place.launcher(QUIETLY)
        adapter.wait_ready()
        assert client.request("ping").status == 404


def test_the_container_of_a_job_ends_with_its_server() -> None:
    with pod(PUPPET) as place:
        adapter = place.adapter()
        job = place.launcher(QUIETLY, "--restart-policy=Never")
        adapter.wait_ready()
        wait(lambda: adapter.status()["processes"]["running"] == 1)
        os.kill(adapter.logged("the server is there")["pid"], signal.SIGTERM)
        assert job.wait(WAIT_SECONDS) == 143


@pytest.mark.parametrize(
    ("policy", "command", "code"),
    [
        ("Never", [*PUPPET, "--exit", "0"], 0),
        ("Never", [*PUPPET, "--exit", "3"], 3),
        ("Never", ["/nowhere"], 127),
        ("OnFailure", [*PUPPET, "--exit", "0"], 0),
    ],
)
def test_an_adapter_beside_a_job_ends_well_when_no_launcher_will_come_any_more(
    policy: str, command: list[str], code: int
) -> None:
    with pod(command, "--end-with-server=true") as place:
        adapter = place.adapter()
        job = place.launcher(QUIETLY, f"--restart-policy={policy}")
        assert job.wait(WAIT_SECONDS) == code
        assert adapter.process.wait(WAIT_SECONDS) == 0


@pytest.mark.long
def test_a_container_that_is_started_anew_is_not_held_up_by_what_failed_before() -> None:
    with pod([*PUPPET, "--exit", "9"]) as place:
        adapter = place.adapter()
        assert place.launcher().wait(60) == 9
        failed = "the server fails to start (5 times in a row)"
        wait(lambda: failed in adapter.ask("/readyz")[1], lambda: adapter.ask("/readyz")[1])
        began = time.monotonic()
        assert place.launcher().wait(60) == 9
        assert time.monotonic() - began < 30


@pytest.mark.slow
@pytest.mark.parametrize(
    ("policy", "number"), [("Never", signal.SIGKILL), ("OnFailure", signal.SIGTERM)]
)
def test_an_adapter_beside_a_job_ends_when_somebody_has_ended_the_launcher(
    policy: str, number: int
) -> None:
    with pod(PUPPET, "--end-with-server=true", "--drain-delay=0s") as place:
        adapter = place.adapter()
        job = place.launcher(QUIETLY, f"--restart-policy={policy}")
        adapter.wait_ready()
        job.send_signal(number)
        job.wait(WAIT_SECONDS)
        assert adapter.process.wait(WAIT_SECONDS) == 0


@pytest.mark.parametrize("flags", [["--end-with-server=true"], []])
def test_an_adapter_waits_for_the_launcher_of_a_job_that_is_tried_again(flags: list[str]) -> None:
    policy = "OnFailure" if flags else "Never"
    with pod(PUPPET, *flags) as place:
        adapter = place.adapter()
        job = place.launcher(QUIETLY, f"--restart-policy={policy}")
        adapter.wait_ready()
        wait(lambda: adapter.status()["processes"]["running"] == 1)
        os.kill(adapter.logged("the server is there")["pid"], signal.SIGTERM)
        assert job.wait(WAIT_SECONDS) == 143
        place.launcher(QUIETLY)
        adapter.wait_ready()


def _is_zombie(pid: int) -> bool:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
