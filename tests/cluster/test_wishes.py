"""Bad input on the rig's command line gets one line that names the flag."""

import subprocess
import sys

import pytest

from tests.cluster.places import HERE

LONG = "x" * 21


def complaint(*words: str) -> str:
    """Return what the rig prints when it refuses *words*."""
    command = [sys.executable, "-m", "tests.cluster", *words]
    done = subprocess.run(command, cwd=HERE.parents[1], capture_output=True, text=True, check=False)
    assert done.returncode != 0
    return done.stderr.strip()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["up", "--name=A_B"], "error: --name A_B: use at most 20 of a-z, 0-9 and -"),
        (["up", f"--name={LONG}"], f"error: --name {LONG}: use at most 20 of a-z, 0-9 and -"),
        (["up", "--nodes=0"], "error: --nodes 0: choose 1 to 15"),
        (["up", "--nodes=16"], "error: --nodes 16: choose 1 to 15"),
        (
            ["up", "--simulated-nodes=3"],
            "error: --simulated-nodes goes with --kind control-plane",
        ),
        (
            ["up", "--kind=control-plane", "--simulated-nodes=-1"],
            "error: --simulated-nodes -1: choose 0 or more",
        ),
        (
            ["up", "--kind=control-plane", "--nodes=2"],
            "error: --nodes and --ip-family go with --kind node",
        ),
        (["up", "--kind=control-plane", "--owner=4194305"], "error: --owner 4194305: there is no"),
        (["status", "--name=nobody"], "error: there is no cluster called nobody"),
        (["logs", "--name=nobody"], "error: there is no cluster called nobody"),
        (
            ["build", "no/Dockerfile", "-t=x", "--no-load"],
            "error: there is no Dockerfile at no/Dockerfile",
        ),
    ],
)
def test_a_mistake_is_named_in_one_line(words: list[str], said: str) -> None:
    found = complaint(*words)
    assert found.startswith(said)
    assert "\n" not in found


def test_an_unknown_version_names_those_that_there_are() -> None:
    said = complaint("up", "--kind=control-plane", "--kubernetes=1.20")
    assert said.startswith("error: --kubernetes 1.20 is not known: choose one of 1.")
