"""A server that crashes is told to the kubelet and to the clients, and nobody is left waiting."""

import time

import pytest

from tests.adapter.client import Client
from tests.adapter.contained.pods import Served as Reached
from tests.adapter.injected import images
from tests.adapter.injected.images import PYTHON
from tests.adapter.injected.manifests import FORMS, deployment, injected, server, template
from tests.adapter.injected.reached import modern_call, pods, rolled_out
from tests.cluster import borrowed
from tests.cluster.facade import Cluster, Object

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(borrowed.is_wanted(), reason="talks to Pods by their addresses"),
]
BOTH = pytest.mark.parametrize("form", FORMS)
LOOP_SECONDS = 600.0
"""The kubelet shows a loop only when it looks at the Pod between two tries, which it does once in a
minute or more: with a native sidecar this was after six minutes."""
AT_ONCE = 15.0
"""Half of the seconds that a server may take to start, for which nobody is to wait in vain."""


def last_words(pod: Object) -> tuple[int, str] | None:
    """Return how the server's container ended the last time, None when it never has."""
    statuses = pod["status"].get("containerStatuses", [])
    for one in statuses:
        for state in (one["state"], one["lastState"]):
            if one["name"] == "server" and "terminated" in state:
                return state["terminated"]["exitCode"], state["terminated"]["message"].strip()
    return None


def crashed(cluster: Cluster) -> Object:
    """Return the Pod of a Deployment once its server's container has ended."""
    cluster.kubectl("wait", "--for=create", "pod", "--selector=app=served", "--timeout=120s")
    name = pods(cluster)[0]["metadata"]["name"]
    return cluster.wait("pod", name, lambda pod: last_words(pod) is not None, "crashed", 240)


def waits(pod: Object) -> str:
    """Return why the server's container is not running, empty when it is."""
    statuses = pod["status"].get("containerStatuses", [])
    found = [one["state"].get("waiting", {}) for one in statuses if one["name"] == "server"]
    return str(found[0].get("reason", "")) if found else ""


def crashing(cluster: Cluster) -> Object:
    """Return the Pod of a Deployment once the kubelet says that it crashes again and again."""
    cluster.kubectl("wait", "--for=create", "pod", "--selector=app=served", "--timeout=120s")
    name = pods(cluster)[0]["metadata"]["name"]
    return cluster.wait(
        "pod", name, lambda pod: waits(pod) == "CrashLoopBackOff", "in a crash loop", LOOP_SECONDS
    )


@BOTH
def test_a_crash_loop_shows_the_last_words_of_the_server_and_an_error_to_its_clients(
    cluster: Cluster, form: str
) -> None:
    images.load(cluster, PYTHON)
    crashes = server(PYTHON, command=[*PYTHON.command, "--exit", "9", "no database at db:5432"])
    cluster.apply(injected(deployment(template(crashes)), FORMS[form]))
    pod = crashed(cluster)
    assert last_words(pod) == (9, "no database at db:5432")
    hears_of_it_at_once(Reached(cluster, pod["status"]["podIP"]))


@pytest.mark.long
@BOTH
def test_a_server_that_cannot_start_is_called_a_crash_loop(cluster: Cluster, form: str) -> None:
    images.load(cluster, PYTHON)
    crashes = server(PYTHON, command=[*PYTHON.command, "--exit", "9", "no database at db:5432"])
    cluster.apply(injected(deployment(template(crashes)), FORMS[form]))
    assert last_words(crashing(cluster)) == (9, "no database at db:5432")


@BOTH
def test_clients_of_a_server_that_served_and_then_crashes_for_ever_are_told_as_well(
    cluster: Cluster, form: str
) -> None:
    images.load(cluster, PYTHON)
    # serves only as long as the file is not there, which its first client has it write
    words = "test ! -e /state/broken || exec python /server/puppet.py --exit 5 broken; "
    words += "exec python /server/puppet.py"
    breaks = server(
        PYTHON,
        command=["sh", "-c", words],
        volumeMounts=[{"name": "state", "mountPath": "/state"}],
    )
    made = template(breaks, volumes=[{"name": "state", "emptyDir": {}}])
    cluster.apply(injected(deployment(made), FORMS[form]))
    pod = rolled_out(cluster)
    client = pod.begun()
    name = pods(cluster)[0]["metadata"]["name"]
    cluster.exec(name, "touch", "/state/broken", container="server")
    assert "exited with code 1" in modern_call(pod, "leave", code=1)
    assert client.call("leave", code=1).json["error"]["message"] == (
        "the server exited with code 1"
    )
    crashed(cluster)
    hears_of_it_at_once(pod)


def hears_of_it_at_once(pod: Reached) -> None:
    """Check that clients of both eras hear an error with a reason instead of waiting."""
    began = time.monotonic()
    assert "the server fails to start" in modern_call(pod, "echo", text="anybody?")
    assert "the server" in Client(pod).initialize().json["error"]["message"]
    assert time.monotonic() - began < AT_ONCE
