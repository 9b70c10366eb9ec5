"""The command line, at a server that really runs."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from kmcp.trouble import Code
from tests.kmcp.started import Ended, kmcp
from tests.reconciler.node.stage import Stage
from tests.reconciler.node.test_failing import BROKEN

pytestmark = pytest.mark.slow

Ask = Callable[..., Ended]


@pytest.fixture
def ask(stage: Stage, tmp_path: Path) -> Ask:
    """Return what asks kmcp about the stage."""
    config = tmp_path / "kubeconfig"
    config.write_text(stage.cluster.kubectl("config", "view", "--raw"))

    def asked(command: str, *words: str) -> Ended:
        return kmcp(command, f"--kubeconfig={config}", "-n", stage.cluster.namespace, *words)

    return asked


def test_a_server_is_looked_at_called_and_heard(stage: Stage, ask: Ask) -> None:
    stage.create("tool")
    stage.ready("tool")
    (row,) = ask("list").out.splitlines()[1:]
    assert row.split()[:3] == ["tool", "yes", "1"]
    assert "Ready:        True, DeploymentReady" in ask("get", "tool").out
    tools = [one["name"] for one in json.loads(ask("tools", "tool", "-o", "json").out)]
    assert "echo" in tools
    assert ask("call", "tool", "echo", "--arg", "text=from afar").out == "from afar\n"
    heard = ask("logs", "tool", "--adapter")
    assert (heard.code, heard.err) == (Code.DONE, "")
    assert '"message":"listening"' in heard.out.replace(": ", ":")
    assert len(ask("logs", "tool", "--adapter", "--tail", "1").out.splitlines()) == 1


def test_a_server_that_cannot_start_says_why(stage: Stage, ask: Ask) -> None:
    stage.create("broken", args=BROKEN)
    stage.told("broken", "there is no KEY")
    done = ask("get", "broken")
    assert done.code == Code.FAILED
    assert "there is no KEY" in done.out
    assert "there is no KEY" in ask("logs", "broken").out
    missing = ask("logs", "broken", "-c", "nobody")
    assert missing.code == Code.MISSING
    assert "mcp-server" in missing.err
    assert ask("logs", "nothing").code == Code.MISSING
