"""The command line: help, words that are wrong, and how it ends."""

import subprocess
import sys

import pytest

from kmcp.catalogue import COMMANDS
from kmcp.trouble import Code
from tests.kmcp.started import kmcp

pytestmark = pytest.mark.slow

HEAVY = ("kubernetes", "pydantic", "yaml", "msgspec", "urllib3")
LOADED = "import sys; from kmcp.program import run; run(['--help']); print(*sys.modules)"


def test_help_names_every_command_and_loads_nothing_heavy() -> None:
    done = subprocess.run(
        [sys.executable, "-c", LOADED], capture_output=True, text=True, check=True
    )
    *shown, loaded = done.stdout.splitlines()
    for name, sentence in COMMANDS.items():
        assert any(line.split(None, 1) == [name, sentence] for line in shown)
    assert not set(HEAVY) & set(loaded.split())


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_has_help_of_its_own(name: str) -> None:
    done = kmcp(name, "--help")
    assert (done.code, done.err) == (Code.DONE, "")
    assert COMMANDS[name] in " ".join(done.out.split())


@pytest.mark.parametrize(
    ("words", "told"),
    [
        pytest.param(["valdate"], "do you mean validate?", id="a typing error"),
        pytest.param(["xyzzy"], "see `kmcp --help`", id="nothing like it"),
        pytest.param(["validate"], "--file", id="a flag is missing"),
        pytest.param(["list", "--nope"], "--nope", id="an unknown flag"),
        pytest.param(["get"], "NAME", id="a word is missing"),
        pytest.param(["list", "-o", "xml"], "xml", id="an unknown format"),
    ],
)
def test_wrong_words_get_one_line(words: list[str], told: str) -> None:
    done = kmcp(*words)
    assert done.code == Code.USAGE
    assert told in done.err
    assert len(done.err.splitlines()) == 1
    assert done.out == ""


@pytest.mark.parametrize("words", [["list"], ["get", "tool"], ["delete", "tool"]])
def test_without_a_cluster_it_says_how_to_name_one(words: list[str]) -> None:
    done = kmcp(*words)
    assert done.code == Code.CLUSTER
    assert "--kubeconfig" in done.err
    assert len(done.err.splitlines()) == 1


def test_a_reader_may_stop_reading() -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "kmcp", "completion", "bash"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as running:
        assert running.stdout is not None
        assert running.stderr is not None
        running.stdout.close()
        assert running.stderr.read() == b""
    assert running.returncode == Code.DONE


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_knows_every_command(shell: str) -> None:
    assert " ".join(COMMANDS) in kmcp("completion", shell).out


def test_bash_completes_commands() -> None:
    ask = "COMP_WORDS=(kmcp va); COMP_CWORD=1; _kmcp; echo ${COMPREPLY[@]}"
    script = f"{kmcp('completion', 'bash').out}\n{ask}"
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["validate"]
