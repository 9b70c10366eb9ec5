"""Whether native sidecars run everywhere, as a real API server tells of Nodes that pretend."""

import json
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from threading import Barrier, Thread

import pytest

from cluster.client import Client
from cluster.decoding import Broken
from cluster.nodes import RIGHTS, Info, Node, Nodes, Status, Support, judged
from cluster.objects import Metadata
from tests.adapter.program import WAIT_SECONDS, wait
from tests.cluster import simulation
from tests.cluster.facade import Cluster
from tests.cluster.session import own
from tests.door.accounts import granted
from tests.door.scripted import Answer, Reset, Silence, Time, scripted

EVERYWHERE = "the API server and every Linux node's kubelet are 1.29 or newer"
NEW = {"metadata": {"name": "new"}, "status": {"nodeInfo": {"kubeletVersion": "v1.31.0"}}}
OLD = {"metadata": {"name": "old"}, "status": {"nodeInfo": {"kubeletVersion": "v1.28.9"}}}
SERVER = Answer(body={"gitVersion": "v1.36.3"})


def node(name: str, version: str, system: str = "linux") -> Node:
    info = Info(kubelet_version=version, operating_system=system)
    return Node(Metadata(name=name), Status(info))


def nodes(*listed: object) -> Answer:
    return Answer(body={"metadata": {}, "items": listed})


@pytest.mark.parametrize(
    ("version", "found", "native", "said"),
    [
        pytest.param("v1.29.0", [node("a", "v1.29.0")], True, EVERYWHERE, id="both of 1.29"),
        pytest.param(
            "v1.33.1-eks-5d4a308",
            [node("a", "v1.30.2+k3s1"), node("b", "v1.29.15-gke.100")],
            True,
            EVERYWHERE,
            id="versions as vendors write them",
        ),
        pytest.param(
            "v1.29.0",
            [node("a", "v1.29.0"), node("b", "v1.28.15")],
            False,
            "the kubelet of node b is v1.28.15, and native sidecars need 1.29",
            id="one kubelet of 1.28, where it must be switched on",
        ),
        pytest.param(
            "v1.29.0",
            [node("a", "v1.27.0"), node("b", "v1.28.0"), node("c", "v1.9.1")],
            False,
            "the kubelet of node a is v1.27.0, and native sidecars need 1.29 (2 more are like it)",
            id="several old ones",
        ),
        pytest.param(
            "v1.28.5",
            [node("a", "v1.29.0")],
            False,
            "the API server is v1.28.5, and native sidecars need 1.29",
            id="API server of 1.28",
        ),
        pytest.param(
            "v1.30.0",
            [node("a", "v1.30.0"), node("b", "v1.27.0", "windows")],
            True,
            EVERYWHERE,
            id="Windows does not count",
        ),
        pytest.param(
            "v1.30.0",
            [node("a", "v1.30.0"), node("b", "")],
            True,
            EVERYWHERE,
            id="a Node whose kubelet has not come yet does not count",
        ),
        pytest.param(
            "v1.30.0",
            [node("a", "v1.30.0"), node("b", "virtual")],
            False,
            "the kubelet of node b is virtual, and native sidecars need 1.29",
            id="a version that is none",
        ),
        pytest.param("v1.30.0", [], None, "there is no Linux node yet", id="no node"),
    ],
)
def test_every_kubelet_and_the_api_server_decide(
    version: str, found: list[Node], native: bool | None, said: str
) -> None:
    assert judged(version, found) == Support(native, said)


def test_a_node_that_cannot_be_read_leaves_it_unknown() -> None:
    broken = Broken(Metadata(name="b"), "Expected `str`")
    said = "node b is unreadable: Expected `str`"
    assert judged("v1.30.0", [node("a", "v1.30.0")], [broken]) == Support(None, said)


@contextmanager
def simulated(cluster: Cluster, number: int, version: str) -> Generator[None]:
    """Have a Node whose kubelet is of *version*."""
    pretended = simulation.node(number)
    pretended["status"]["nodeInfo"] = {"kubeletVersion": version, "operatingSystem": "linux"}
    client = Client(cluster.api)
    cluster.kubectl("create", "--filename=-", stdin=json.dumps(pretended))
    name = pretended["metadata"]["name"]
    said = f"/api/v1/nodes/{name}"
    wait(lambda: version.encode() in client.connection.request("GET", said))
    try:
        yield
    finally:
        cluster.kubectl("delete", "node", name, "--wait=false")


def test_the_nodes_of_a_real_cluster_are_asked_again_when_the_answer_is_old(
    control_plane: Cluster,
) -> None:
    time = Time()
    asked = Nodes(Client(control_plane.api), 60.0, time.clock)
    with simulated(control_plane, 1, "v1.34.1"):
        assert asked.native_sidecars() == Support(True, EVERYWHERE)
        with simulated(control_plane, 2, "v1.28.4"):
            time.now += 59.0
            assert asked.native_sidecars().native
            time.now += 2.0
            wait(lambda: asked.native_sidecars().native is False)
            said = "the kubelet of node simulated-2 is v1.28.4, and native sidecars need 1.29"
            assert asked.native_sidecars().reason == said
        time.now += 61.0
        wait(lambda: bool(asked.native_sidecars().native))


@pytest.mark.slow
@pytest.mark.control_plane
def test_nodes_with_simulated_kubelets_count_by_the_versions_they_report() -> None:
    with (
        own("control-plane", "--simulated-nodes=1") as session,
        session.namespace("nodes") as cluster,
    ):
        client = Client(session.api)
        alone = Nodes(client).native_sidecars()  # kwok reports a version of its own making
        assert alone.native is False
        assert alone.reason.startswith("the kubelet of node simulated-1 is kwok-")
        cluster.kubectl("delete", "node", "simulated-1")
        with simulated(cluster, 2, "v1.36.0"):
            assert Nodes(client).native_sidecars() == Support(True, EVERYWHERE)
            with simulated(cluster, 3, "v1.28.0"):
                assert Nodes(client).native_sidecars().native is False


def test_listing_nodes_is_all_that_must_be_granted(control_plane: Cluster, tmp_path: Path) -> None:
    with (
        simulated(control_plane, 1, "v1.34.1"),
        granted(control_plane, tmp_path, RIGHTS) as client,
    ):
        assert Nodes(client).native_sidecars() == Support(True, EVERYWHERE)


def test_without_rights_it_is_unknown_and_says_why(control_plane: Cluster, tmp_path: Path) -> None:
    with granted(control_plane, tmp_path) as client:
        found = Nodes(client).native_sidecars()
    assert found.native is None
    assert found.reason.startswith("nobody may tell us which kubelets there are: ")
    assert 'cannot list resource "nodes"' in found.reason


@pytest.mark.parametrize(
    "failure", [Answer(500), Reset(), Answer(503)], ids=["500", "reset", "503"]
)
def test_an_interruption_leaves_the_last_answer_standing(tmp_path: Path, failure: Answer) -> None:
    time = Time()
    with scripted(tmp_path, [SERVER, nodes(NEW), failure, SERVER, nodes(OLD)]) as script:
        asked = Nodes(Client(script.api), 60.0, time.clock)
        assert asked.native_sidecars().native
        time.now += 61.0
        assert asked.native_sidecars().native
        wait(lambda: len(script.asked) == 3)
        assert asked.native_sidecars() == Support(True, EVERYWHERE)

        def is_known() -> bool:
            time.now += 11.0
            return asked.native_sidecars().native is False

        wait(is_known)


def test_rights_that_are_taken_away_leave_nothing_known(tmp_path: Path) -> None:
    time = Time()
    with scripted(tmp_path, [SERVER, nodes(NEW), SERVER, Answer(403)]) as script:
        asked = Nodes(Client(script.api), 60.0, time.clock)
        assert asked.native_sidecars().native
        time.now += 61.0
        wait(lambda: asked.native_sidecars().native is None)


def test_a_cluster_that_never_answered_leaves_it_unknown_until_it_does(tmp_path: Path) -> None:
    time = Time()
    broken = Answer(body=b"<html>")
    with scripted(tmp_path, [broken, SERVER, nodes(NEW)]) as script:
        asked = Nodes(Client(script.api), 60.0, time.clock)
        assert asked.native_sidecars().native is None
        assert asked.native_sidecars().reason.startswith("the cluster does not tell which kubelets")
        assert len(script.asked) == 1
        time.now += 11.0
        wait(lambda: asked.native_sidecars().native is True)


def test_only_the_first_caller_ever_waits(tmp_path: Path) -> None:
    time = Time()
    with scripted(tmp_path, [SERVER, nodes(NEW), Silence()]) as script:
        asked = Nodes(Client(script.api), 60.0, time.clock)
        found: list[Support] = []
        barrier = Barrier(8)

        def ask() -> None:
            barrier.wait(WAIT_SECONDS)
            found.append(asked.native_sidecars())

        threads = [Thread(target=ask) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(WAIT_SECONDS)
        assert found == [Support(True, EVERYWHERE)] * 8
        assert len(script.asked) == 2
        time.now += 61.0
        assert [asked.native_sidecars().native for _ in range(100)] == [True] * 100
        wait(lambda: len(script.asked) == 3)


def test_an_answer_that_hangs_is_waited_for_shortly(tmp_path: Path) -> None:
    with scripted(tmp_path, [Silence()]) as script:
        found = Nodes(Client(script.api)).native_sidecars()
    assert found.native is None
    assert "timed out" in found.reason
