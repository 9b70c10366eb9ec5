"""A server in a Pod is served by its adapter, whatever image it comes in."""

import json
import threading

import pytest

from tests.adapter.client import Answer
from tests.adapter.contained import images
from tests.adapter.contained.pods import NAME, applied, container, served
from tests.adapter.contained.witness import AWKWARD, LOADERS, SECRET
from tests.adapter.program import WAIT_SECONDS, wait
from tests.cluster import borrowed
from tests.cluster.facade import Cluster, Object

pytestmark = pytest.mark.skipif(borrowed.is_wanted(), reason="talks to Pods by their addresses")


def loaded(kind: str) -> str:
    return LOADERS[kind].rpartition("/")[2]


@pytest.mark.parametrize(
    ("image", "words", "user", "loader"),
    [
        pytest.param("kmcp.test/probe:1", ["/server/witness"], 70_000, "", id="scratch"),
        pytest.param("distroless", ["/server/witness-glibc"], 65532, loaded("glibc"), id="bare"),
        pytest.param("alpine:3.22", ["/server/witness-musl"], 1001, loaded("musl"), id="musl"),
        pytest.param(
            "debian:trixie-slim", ["/server/witness-glibc"], 65534, loaded("glibc"), id="Debian"
        ),
    ],
)
def test_a_server_is_served_from_any_image_under_the_restricted_level(
    cluster: Cluster, image: str, words: list[str], user: int, loader: str
) -> None:
    archive = images.distroless() if image == "distroless" else image
    applied(cluster, archive, [*words, *AWKWARD], user)
    pod = served(cluster)
    about = json.loads(pod.begun().call("about").text)
    assert about["arguments"] == AWKWARD
    assert (about["uid"], about["parent"], about["readOnly"]) == (user, 1, True)
    assert (about["pipes"], about["loader"]) == (["pipe", "pipe"], loader)
    launcher = pod.status()["launcher"]
    assert launcher == {"connected": True, "descriptors": True, "launcher": "development"} | {
        "refused": 0
    }


def test_a_call_finishes_while_its_pod_is_deleted(cluster: Cluster) -> None:
    applied(cluster, "kmcp.test/probe:1", ["/server/witness"])
    pod = served(cluster)
    client = pod.begun()
    answers: list[Answer] = []
    calling = threading.Thread(target=lambda: answers.append(client.call("wait", seconds=8)))
    calling.start()
    wait(lambda: pod.status()["inFlight"] == 1)
    cluster.kubectl("delete", "pod", NAME, "--wait=false")
    wait(lambda: pod.status()["reason"] == "the adapter is stopping")
    calling.join(WAIT_SECONDS)
    assert [answer.text for answer in answers] == ['"waited"']
    cluster.wait_gone("pod", NAME)


def test_a_server_that_never_starts_is_told_to_the_kubelet(cluster: Cluster) -> None:
    applied(cluster, "alpine:3.22", ["/server/witness-musl", "fail"])

    def has_confessed(pod: Object) -> bool:
        return "terminated" in container(pod).get("lastState", {})

    pod = cluster.wait("pod", NAME, has_confessed, "in a crash loop", 240)
    ended = container(pod)["lastState"]["terminated"]
    assert (ended["exitCode"], ended["message"]) == (9, "cannot log in with ***")
    assert SECRET not in str(pod["status"])


def test_a_killed_launcher_leaves_nothing_behind_and_is_started_again(cluster: Cluster) -> None:
    words = ["sh", "-c", "exec /server/witness-musl"]
    applied(cluster, "alpine:3.22", words, shared=True)
    pod = served(cluster)
    client = pod.begun()
    about = json.loads(client.call("about").text)
    grandchild = int(client.call("tree").text)
    assert about["parent"] != 1
    assert str(grandchild) in processes(cluster)
    answers: list[Answer] = []
    calling = threading.Thread(target=lambda: answers.append(client.call("wait", seconds=60)))
    calling.start()
    wait(lambda: pod.status()["inFlight"] == 1)
    cluster.exec(NAME, "kill", "-9", str(about["parent"]), container="server")
    calling.join(WAIT_SECONDS)
    assert "the launcher is gone" in answers[0].json["error"]["message"]
    cluster.wait("pod", NAME, lambda found: container(found)["restartCount"] == 1, "restarted")
    wait(lambda: pod.admin("/readyz")[0] == 200)
    assert json.loads(pod.begun().call("about").text)["pid"] > 1
    assert not {str(grandchild), str(about["pid"])} & processes(cluster)
    assert pod.server()["lastState"]["terminated"]["exitCode"] == 137


def processes(cluster: Cluster) -> set[str]:
    """Return the numbers of all processes that the server's container sees."""
    return set(cluster.exec(NAME, "ls", "/proc", container="server").split())
