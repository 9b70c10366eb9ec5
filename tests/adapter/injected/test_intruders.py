"""A server that turns against launcher and adapter harms its own Pod at most, and it is seen."""

import json
import threading

import pytest

from tests.adapter.client import Answer
from tests.adapter.contained.pods import Served as Reached
from tests.adapter.injected import images
from tests.adapter.injected.images import INTRUDER
from tests.adapter.injected.manifests import FORMS, deployment, injected, server, template
from tests.adapter.injected.reached import pods
from tests.adapter.program import wait
from tests.cluster import borrowed
from tests.cluster.facade import Cluster, Object

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(borrowed.is_wanted(), reason="talks to Pods by their addresses"),
]
REFUSED = "another launcher is connected"


def two(cluster: Cluster, form: str) -> tuple[Reached, Reached]:
    """Return two Pods: one whose server turns bad, and another."""
    images.load(cluster, INTRUDER)
    cluster.apply(injected(deployment(template(server(INTRUDER)), 2), FORMS[form]))
    cluster.wait_rollout("served")
    bad, other = (Reached(cluster, one["status"]["podIP"]) for one in pods(cluster))
    return bad, other


def unharmed(pod: Reached) -> None:
    """Check that clients of a Pod are answered, and that nothing in it was started anew."""
    client = pod.begun()
    assert client.call("ping").text == '"pong"'
    assert client.delete() == 200
    for found in pods(pod.cluster):
        status = found["status"]
        both = status["containerStatuses"] + status.get("initContainerStatuses", [])
        assert [one["restartCount"] for one in both] == [0] * len(both)


@pytest.mark.parametrize("form", FORMS)
def test_a_server_can_neither_replace_the_launcher_nor_squat_the_socket(
    cluster: Cluster, form: str
) -> None:
    bad, other = two(cluster, form)
    client = bad.begun()
    replaced, squatted = (json.loads(client.call(tool).text) for tool in ("replace", "squat"))
    assert (sum(replaced.values()), sum(squatted.values())) == (6, 4)
    assert replaced.keys() | squatted.keys() <= {"EROFS", "EPERM", "EACCES", "EADDRINUSE"}
    unharmed(bad)
    unharmed(other)


def test_a_server_that_floods_the_socket_is_counted_and_others_are_answered_meanwhile(
    cluster: Cluster,
) -> None:
    bad, other = two(cluster, "native")
    flooding, calling = bad.begun(), bad.begun()
    answers: list[Answer] = []
    thread = threading.Thread(target=lambda: answers.append(flooding.call("flood")))
    thread.start()
    wait(lambda: bad.status()["launcher"]["refused"] > 10)
    assert calling.call("ping").text == '"pong"'
    thread.join(240)
    assert json.loads(answers[0].text).get("done", 0) > 0
    told = bad.status()["launcher"]
    assert (told["connected"], told["refused"] > 100) == (True, True)
    assert other.status()["launcher"]["refused"] == 0
    (name,) = [one["metadata"]["name"] for one in pods(cluster) if is_at(one, bad)]
    said = cluster.logs(name, "--container=kmcp-adapter").splitlines()
    assert 1 <= sum("launcher refused" in line for line in said) <= 10
    unharmed(bad)
    unharmed(other)


def test_a_server_that_passes_descriptors_to_the_adapter_is_refused(cluster: Cluster) -> None:
    bad, other = two(cluster, "native")
    sent, heard = json.loads(bad.begun().call("deceive").text)
    assert sent in ({"done": 1}, {"EPIPE": 1}, {"ECONNRESET": 1})
    assert REFUSED in heard or "reset" in heard or not heard
    assert bad.status()["launcher"]["refused"] == 1
    unharmed(bad)
    unharmed(other)


def test_a_launcher_that_hands_over_what_are_no_pipes_serves_nobody_and_is_reported(
    cluster: Cluster,
) -> None:
    images.load(cluster, INTRUDER)
    made = injected(deployment(template(server(INTRUDER))))
    (container,) = made["spec"]["template"]["spec"]["containers"]
    container["command"] = ["python", "/server/impostor.py"]
    cluster.apply(made)
    cluster.kubectl("wait", "--for=create", "pod", "--selector=app=served", "--timeout=120s")
    name = pods(cluster)[0]["metadata"]["name"]
    found = cluster.wait("pod", name, lambda pod: "podIP" in pod["status"], "at an address")
    pod = Reached(cluster, found["status"]["podIP"])
    reason = "the pipes of the server did not arrive from the launcher"
    wait(lambda: reason in reported(pod), lambda: reported(pod))
    status, body = pod.admin("/readyz")
    assert (status, reason in body.decode()) == (503, True)


def reported(pod: Reached) -> str:
    """Return the adapter's status, empty while it does not listen yet."""
    try:
        return json.dumps(pod.status())
    except OSError:
        return ""


def is_at(found: Object, pod: Reached) -> bool:
    """Say whether a Pod is the one that is reached."""
    return bool(found["status"]["podIP"] == pod.host)
