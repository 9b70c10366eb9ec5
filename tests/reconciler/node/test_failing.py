"""A server that fails while it runs says why, soon after the cluster knows, and recovers by itself.

The words are its own wherever it had any.
"""

import pytest

from tests.cluster import borrowed
from tests.reconciler.node.images import SERVER
from tests.reconciler.node.stage import (
    COMMAND,
    READY,
    Stage,
    ended,
    lacks,
    never,
    ready,
)
from tests.reconciler.site import condition

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(borrowed.is_wanted(), reason="needs images under any name"),
]
NONE = "Deployment not ready: 0/1 replicas available"
BROKEN = ["--exit", "3", "there is no KEY"]
FREEZE = """
import os, pathlib, signal
for one in pathlib.Path("/proc").glob("[0-9]*"):
    if b"/app/mcp-server" in (one / "cmdline").read_bytes().split(b"\\0")[:2]:
        os.kill(int(one.name), signal.SIGSTOP)
"""


def test_a_server_that_crashes_again_and_again(stage: Stage) -> None:
    stage.create("tool", args=BROKEN)
    stage.told("tool", f"{NONE}: ServerFailed: the server exited with code 3: there is no KEY")
    stage.promptly("tool", ended(3), "ended with code 3")
    stage.told("tool", "CrashLoopBackOff")
    message = f"{NONE}: CrashLoopBackOff: container mcp-server ended with code 3: there is no KEY"
    assert ready(stage.server("tool")) == ("False", "NotAvailable", message)
    stage.shows("tool", "False", "NotAvailable")
    stage.event("tool", "NotAvailable", message)
    stage.patch("tool", args=None)
    assert ready(stage.ready("tool")) == READY


def test_a_program_that_is_no_mcp_server(stage: Stage) -> None:
    deployment = {"image": SERVER, "cmd": "sleep", "args": ["1000"]}
    spec = {"transportType": "stdio", "timeout": "2s", "deployment": deployment}
    stage.spec("tool", spec)
    told = stage.told("tool", "HandshakeFailed")
    why = "the server did not answer initialize within 2s"
    assert ready(told) == ("False", "NotAvailable", f"{NONE}: HandshakeFailed: {why}")
    stage.shows("tool", "False", "NotAvailable")
    stage.patch("tool", cmd=COMMAND, args=None)
    assert ready(stage.ready("tool")) == READY


def test_a_command_that_is_not_in_the_image(stage: Stage) -> None:
    stage.create("tool", cmd="/app/nothing")
    told = stage.told("tool", "ServerFailed")
    why = "cannot start /app/nothing: No such file or directory"
    assert ready(told) == ("False", "NotAvailable", f"{NONE}: ServerFailed: {why}")
    stage.patch("tool", cmd=COMMAND)
    assert ready(stage.ready("tool")) == READY


def test_a_server_that_stops_answering(stage: Stage) -> None:
    deployment = {"image": SERVER, "cmd": COMMAND}
    spec = {"transportType": "stdio", "timeout": "12s", "deployment": deployment}
    stage.spec("tool", spec)
    stage.ready("tool")
    (pod,) = stage.pods("tool")
    stage.cluster.exec(pod["metadata"]["name"], "python", "-c", FREEZE, container="mcp-server")
    told = stage.promptly("tool", lacks("Ready"), "Unresponsive")
    assert ready(told) == (
        "False",
        "NotAvailable",
        f"{NONE}: Unresponsive: the server answers nothing, not even a ping",
    )
    stage.shows("tool", "False", "NotAvailable")
    assert ready(stage.ready("tool")) == READY  # the adapter has ended it and begun another
    assert [one["metadata"]["uid"] for one in stage.pods("tool")] == [pod["metadata"]["uid"]]


def test_an_http_server_that_listens_somewhere_else(stage: Stage) -> None:
    spec = {
        "transportType": "http",
        "httpTransport": {"targetPort": 9999},
        "deployment": {"image": SERVER, "port": 3000},
    }
    stage.spec("tool", spec)
    told = stage.promptly("tool", never, "nothing answers")
    why = "starting: nothing answers at port 9999 of container mcp-server"
    assert ready(told) == ("False", "NotAvailable", f"{NONE}: {why}")
    patch = '{"spec": {"httpTransport": {"targetPort": 8080}}}'
    stage.cluster.kubectl("patch", "mcpserver", "tool", "--type=merge", f"--patch={patch}")
    stage.ready("tool")
    assert stage.call("tool", "where") == "8080/mcp"


def test_a_new_version_that_does_not_start_beside_the_earlier_one(stage: Stage) -> None:
    stage.create("tool")
    stage.ready("tool")
    before = stage.pods("tool")
    stage.patch("tool", args=BROKEN)
    told = stage.told("tool", "there is no KEY")
    status, reason, message = ready(told)
    assert (status, reason) == ("False", "RolloutFailed")
    assert message == (
        "the new version does not start, the earlier one goes on: "
        "ServerFailed: the server exited with code 3: there is no KEY"
    )
    programmed = condition(told, "Programmed")
    assert (programmed["status"], programmed["reason"]) == ("True", "Programmed")
    stage.shows("tool", "False", "RolloutFailed", 2)
    assert stage.call("tool", "echo", text="still here") == "still here"
    stage.patch("tool", args=None)
    stage.ready("tool")
    uids = {one["metadata"]["uid"] for one in before}
    assert {one["metadata"]["uid"] for one in stage.pods("tool")} == uids


def test_no_replicas(stage: Stage) -> None:
    stage.create("tool", replicas=0)
    told = stage.told("tool", "stopped")
    stopped = ("False", "Stopped", "MCPServer is stopped: it is to have 0 replicas")
    assert ready(told) == stopped
    stage.shows("tool", "False", "Stopped", 0)
    stage.cluster.kubectl("scale", "mcpserver", "tool", "--replicas=1")
    stage.ready("tool")
    stage.shows("tool", "True", "DeploymentReady")


def test_a_pod_that_somebody_deletes(stage: Stage) -> None:
    stage.create("tool")
    stage.ready("tool")
    (before,) = stage.pods("tool")
    stage.cluster.kubectl("delete", "pod", before["metadata"]["name"], "--wait=false")
    stage.promptly("tool", lacks("Ready"), NONE, "starting")
    assert ready(stage.ready("tool")) == READY
    (after,) = stage.pods("tool")
    assert after["metadata"]["uid"] != before["metadata"]["uid"]
