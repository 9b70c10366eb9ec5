"""The supervisor starts what is due, and loses the end of no program."""

import subprocess
import sys
from pathlib import Path

import msgspec

from tests.cluster.components import Launch
from tests.cluster.places import HERE
from tests.cluster.supervisor import Plan


def supervised(folder: Path, launches: list[Launch]) -> dict[str, str]:
    """Run a supervisor until its last program has ended; return the exit codes that it noted."""
    plan = Plan(folder=str(folder), is_node=False, logs=str(folder), launches=launches)
    (folder / "plan.json").write_bytes(msgspec.json.encode(plan))
    words = [sys.executable, "-m", "tests.cluster.supervisor", str(folder / "plan.json")]
    subprocess.run(words, cwd=HERE.parents[1], check=True)
    return {mark.stem: mark.read_text().strip() for mark in folder.glob("*.ended")}


def test_every_exit_code_is_noted(tmp_path: Path) -> None:
    launches = [Launch(f"ends-{code}", ["sh", "-c", f"exit {code}"]) for code in range(20)]
    assert supervised(tmp_path, launches) == {f"ends-{code}": str(code) for code in range(20)}


def test_a_program_waits_for_the_file_that_it_needs(tmp_path: Path) -> None:
    flag = tmp_path / "flag"
    second = Launch("second", ["test", "-e", str(flag)], after=str(flag))
    first = Launch("first", ["sh", "-c", f"sleep 0.2; touch {flag}"])
    assert supervised(tmp_path, [second, first]) == {"first": "0", "second": "0"}


def test_what_a_program_says_is_in_its_log(tmp_path: Path) -> None:
    supervised(tmp_path, [Launch("talks", ["sh", "-c", "echo out; echo err >&2"])])
    assert (tmp_path / "talks.log").read_text() == "out\nerr\n"
