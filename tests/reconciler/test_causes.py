"""The reason of a failing Pod, found among everything that the cluster says."""

from typing import Any

import pytest

from kinds.reading import Fields
from reconciler.causes import Cause, cause, worth_asking
from reconciler.observed import Answer, Observed
from tests.reconciler.deployments import (
    OLDER,
    adapter,
    container,
    deployment,
    ended,
    pod,
    refused,
    replica_set,
    waiting,
)
from tests.reconciler.worlds import server

LATER = "2026-01-02T04:00:00Z"
SHORT = "0/3 nodes are available: 3 Insufficient memory."
NOT_FOUND = 'failed to resolve reference "example.com/no:1": not found'


def seen(*pods: Fields, **more: Any) -> Observed:  # noqa: ANN401 - parts of Observed
    sets = (replica_set(OLDER, 1), replica_set())
    around: Fields = {"pods": pods, "replica_sets": sets, **more}
    return Observed(**around)


@pytest.mark.parametrize(
    ("containers", "sentence"),
    [
        pytest.param(
            [waiting("ErrImagePull", NOT_FOUND)],
            f"ImagePullBackOff: container mcp-server: {NOT_FOUND}",
            id="an image that does not exist",
        ),
        pytest.param(
            [
                waiting(
                    "ImagePullBackOff",
                    f'Back-off pulling image "example.com/no:1": ErrImagePull: {NOT_FOUND}',
                )
            ],
            f"ImagePullBackOff: container mcp-server: {NOT_FOUND}",
            id="the same between two tries, so that nothing is written",
        ),
        pytest.param(
            [waiting("ErrImagePull", "lookup: read udp 10.0.0.2:43370->10.0.0.53:53: i/o timeout")],
            "ImagePullBackOff: container mcp-server: lookup: read udp 10.0.0.53:53: i/o timeout",
            id="a registry that does not answer, without the port that is another each time",
        ),
        pytest.param(
            [waiting("CreateContainerConfigError", 'secret "credentials" not found')],
            'CreateContainerConfigError: container mcp-server: secret "credentials" not found',
            id="a Secret that is missing",
        ),
        pytest.param(
            [
                adapter(),
                waiting("CrashLoopBackOff", "back-off 40s", restarts=3, last=ended(3, "no KEY")),
            ],
            "CrashLoopBackOff: container mcp-server ended with code 3: no KEY",
            id="a crash loop, between two starts",
        ),
        pytest.param(
            [adapter(), container(restarts=3, running={}, last=ended(3, "no KEY"))],
            "CrashLoopBackOff: container mcp-server ended with code 3: no KEY",
            id="a crash loop, in a start",
        ),
        pytest.param(
            [container(terminated=ended(1, "no KEY"))],
            "Error: container mcp-server ended with code 1: no KEY",
            id="the first crash",
        ),
        pytest.param(
            [container(restarts=1, running={}, last=ended(137, reason="OOMKilled"))],
            "OOMKilled: container mcp-server ended with code 137",
            id="too little memory",
        ),
        pytest.param(
            [container("kmcp-adapter", waiting={"reason": "ErrImageNeverPull", "message": "x"})],
            "ErrImageNeverPull: container kmcp-adapter: x",
            id="the adapter's own image",
        ),
    ],
)
def test_a_container_that_fails_says_why(containers: list[Fields], sentence: str) -> None:
    assert cause(seen(pod(*containers))) == Cause(sentence)


@pytest.mark.parametrize(
    ("told", "message"),
    [
        (SHORT, SHORT),
        (f"{SHORT} preemption: 0/3 nodes are available: 3 No preemption victims.", SHORT[:-1]),
        (f"{SHORT} no new claims to deallocate, preemption: 0/3 nodes are …", SHORT[:-1]),
        ('0/1: claim "data" not found. not found', '0/1: claim "data" not found'),
        ('0/1: claim "data" not found', '0/1: claim "data" not found'),
    ],
)
def test_a_pod_that_no_node_takes_says_why(told: str, message: str) -> None:
    condition = {"type": "PodScheduled", "status": "False", "reason": "Unschedulable"}
    found = cause(seen(pod(conditions=[{**condition, "message": told}], phase="Pending")))
    assert found == Cause(f"Unschedulable: {message}")


def test_a_quota_is_named_without_the_pod_that_it_refused() -> None:
    message = 'pods "tool-7d9f-x2x4z" is forbidden: exceeded quota: small, requested: pods=1'
    found = cause(seen(replica_sets=(refused("FailedCreate", message),)))
    assert found == Cause("FailedCreate: exceeded quota: small, requested: pods=1")


SILENT = "the server did not answer initialize within 30s"
EXITED = "the server exited with code 3"


@pytest.mark.parametrize(
    ("reason", "failures", "sentence"),
    [
        pytest.param(
            SILENT,
            [f"the handshake failed: {SILENT}\nlistening on 8080"],
            f"HandshakeFailed: {SILENT}: listening on 8080",
            id="no handshake, and what it wrote",
        ),
        pytest.param(
            f"the server fails to start (4 times in a row): {EXITED}",
            ["old", f"{EXITED}\nTraceback\nno KEY"],
            f"ServerFailed: {EXITED}: Traceback\nno KEY",
            id="again and again, told in the same words each time",
        ),
        pytest.param(
            "the server fails to start (5 times in a row): the server was ended by signal 15",
            [f"{EXITED}\nno KEY", "the server was ended by signal 15"],
            f"ServerFailed: {EXITED}: no KEY",
            id="the container ended because of one, and took another with it",
        ),
        pytest.param(
            "waiting for the first handshake with the server",
            [f"{EXITED}\nno KEY"],
            f"ServerFailed: {EXITED}: no KEY",
            id="the first start failed, and the second goes on",
        ),
        pytest.param(
            "the server answers nothing, not even a ping, for 9s",
            [f"{EXITED}\nlong ago"],
            "Unresponsive: the server answers nothing, not even a ping",
            id="it has stopped answering, and an older failure has no part in that",
        ),
    ],
)
def test_an_adapter_tells_what_is_wrong_with_its_server(
    reason: str, failures: list[str], sentence: str
) -> None:
    answer = Answer(reason=reason, failures=tuple(failures))
    found = cause(seen(pod(adapter(), container(running={})), answers={"tool-2-a": answer}))
    assert found == Cause(sentence)


def test_of_much_that_a_server_wrote_the_end_is_told() -> None:
    answer = Answer(reason=EXITED, failures=(f"{EXITED}\n{'much ' * 200}no KEY",))
    found = cause(seen(pod(adapter()), answers={"tool-2-a": answer})).sentence
    assert found.startswith(f"ServerFailed: {EXITED}: …much ")
    assert found.endswith("no KEY")
    assert len(found) < 400


def test_a_crash_explains_more_than_an_adapter_that_waits_for_the_launcher() -> None:
    crashed = container(restarts=1, running={}, last=ended(3, "no KEY"))
    answer = Answer(reason="waiting for launcher", failures=("it ended",))
    found = cause(seen(pod(adapter(), crashed), answers={"tool-2-a": answer}))
    assert found.sentence.startswith("CrashLoopBackOff")


def test_a_crash_before_the_last_time_that_it_was_ready_explains_nothing() -> None:
    old = container(restarts=1, running={"startedAt": "2026-01-02T03:10:00Z"}, last=ended(1))
    answer = Answer(reason="the server answers nothing, not even a ping, for 5s")
    found = cause(seen(pod(adapter(), old, since=LATER), answers={"tool-2-a": answer}))
    assert found == Cause("Unresponsive: the server answers nothing, not even a ping")


def test_a_container_that_is_on_its_way_does_not_fail() -> None:
    found = cause(seen(pod(waiting("ContainerCreating"))))
    assert found == Cause("starting: ContainerCreating of mcp-server", fails=False)


def test_an_http_server_that_does_not_listen_says_where() -> None:
    silent = pod(container(running={"startedAt": LATER}))
    silent["spec"] = {"containers": [{"name": "mcp-server", "ports": [{"containerPort": 9999}]}]}
    sentence = "starting: nothing answers at port 9999 of container mcp-server"
    assert cause(seen(silent)) == Cause(sentence, fails=False)


def test_a_roll_out_that_takes_too_long_fails() -> None:
    live = deployment(server())
    reason = {"type": "Progressing", "status": "False", "reason": "ProgressDeadlineExceeded"}
    live["status"]["conditions"] = [reason]
    found = cause(seen(pod(container(running={})), deployment=live))
    assert found == Cause("ProgressDeadlineExceeded")


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(pod(waiting("ErrImagePull"), of=OLDER), id="of an older version"),
        pytest.param(pod(waiting("ErrImagePull"), ready=True), id="that is ready"),
    ],
)
def test_a_pod_does_not_count(other: Fields) -> None:
    assert cause(seen(other)) == Cause("starting", fails=False)


def test_a_pod_that_ends_does_not_count() -> None:
    ending = pod(waiting("ErrImagePull"))
    ending["metadata"]["deletionTimestamp"] = LATER
    assert cause(seen(ending)) == Cause("starting", fails=False)


def test_the_worst_cause_is_told_and_not_that_of_the_first_pod() -> None:
    evicted = pod(name="tool-2-a", phase="Failed", reason="Evicted", message="low on memory")
    stuck = pod(waiting("InvalidImageName", "x"), name="tool-2-b")
    assert cause(seen(evicted, stuck)).sentence.startswith("InvalidImageName")
    assert cause(seen(evicted)) == Cause("Evicted: low on memory")


def test_adapters_are_asked_that_run_and_are_not_ready() -> None:
    asked = pod(adapter(), name="a")
    without_address = pod(adapter(), name="b", podIP="")
    without_adapter = pod(container(running={"startedAt": LATER}), name="c")
    fine = pod(adapter(), name="d", ready=True)
    many = [pod(adapter(), name=f"e-{number}") for number in range(9)]
    found = worth_asking(seen(asked, without_address, without_adapter, fine, *many))
    assert [one["metadata"]["name"] for one in found] == ["a", "e-0", "e-1"]


JUNK: list[Fields] = [
    {},
    {"metadata": None, "status": []},
    {"status": {"containerStatuses": [None, 3, {}]}},
]


@pytest.mark.parametrize("junk", JUNK)
def test_objects_of_an_odd_shape_are_no_traceback(junk: Fields) -> None:
    odd = Observed(pods=(junk,), replica_sets=(junk,), deployment=junk)
    assert cause(odd).fails is False
    assert worth_asking(odd) == []
