"""Clusters with nodes: several nodes, both address families, and nothing left behind."""

from pathlib import Path

import pytest

from tests.cluster import residue
from tests.cluster.addresses import url_host
from tests.cluster.facade import Cluster
from tests.cluster.programs import minors
from tests.cluster.record import existing
from tests.cluster.session import own, rig
from tests.cluster.trial import answers, start_and_kill_the_tool, up

HERE = Path(__file__).parent
CYCLES = 20


def check_that_all_pods_reach_all(cluster: Cluster, nodes: int, families: int) -> None:
    """Let a Pod on every node ask every other by address, and the Service by every address."""
    cluster.load("kmcp.test/probe:1")
    cluster.apply(HERE / "everywhere.yaml")
    cluster.kubectl("rollout", "status", "daemonset/everywhere", "--timeout=180s")
    pods = {pod["metadata"]["name"]: pod for pod in cluster.find("pods", "app=everywhere")}
    service = cluster.get("service", "everywhere")
    assert len(pods) == nodes
    assert len(service["spec"]["clusterIPs"]) == families
    for asking in pods:
        for name, pod in pods.items():
            for entry in pod["status"]["podIPs"]:
                url = f"http://{url_host(entry['ip'])}:8080"
                assert cluster.exec(asking, "/probe", "get", url).strip() == name
        for address in [*service["spec"]["clusterIPs"], "everywhere"]:
            answer = cluster.ask(asking, "/probe", "get", f"http://{url_host(address)}")
            assert answer.strip() in pods


@pytest.mark.node
def test_two_nodes_of_both_families_reach_each_others_pods() -> None:
    with (
        own("node", "--nodes=2", "--ip-family=dual") as session,
        session.namespace("everywhere") as cluster,
    ):
        check_that_all_pods_reach_all(cluster, nodes=2, families=2)


@pytest.mark.node
def test_a_second_cluster_comes_and_goes_without_harm_to_the_first(
    cluster: Cluster, names: list[str]
) -> None:
    second = up(names[0], kind="node")
    assert answers(second)
    check_that_all_pods_reach_all(cluster, nodes=1, families=1)
    rig("down", f"--name={names[0]}")
    pod = cluster.find("pods", "app=everywhere")[0]["metadata"]["name"]
    assert cluster.exec(pod, "/probe", "get", "http://everywhere").strip() == pod


@pytest.mark.node
def test_a_node_leaves_nothing_behind(names: list[str]) -> None:
    up(names[0], "--ip-family=dual", kind="node")
    record = existing(names[0])
    assert set(residue.of(record)) >= {"processes", "routes", "control groups", "files"}
    rig("down", f"--name={names[0]}")
    assert residue.of(record) == {}


@pytest.mark.node
@pytest.mark.parametrize("program", [pytest.param("etcd", marks=pytest.mark.long), "kubelet"])
def test_a_node_whose_tool_was_killed_leaves_nothing_behind(
    names: list[str], program: str, tmp_path: Path
) -> None:
    record = start_and_kill_the_tool(names[0], "node", program, temporary=tmp_path)
    rig("down", f"--name={names[0]}")
    assert residue.of(record) == {}
    assert list(tmp_path.iterdir()) == []


@pytest.mark.node
@pytest.mark.long
def test_many_clusters_with_pods_leave_nothing_behind() -> None:
    before = residue.everywhere()
    for _ in range(CYCLES):
        with own("node") as session, session.namespace("everywhere") as cluster:
            check_that_all_pods_reach_all(cluster, nodes=1, families=1)
    assert residue.left_behind(before, residue.everywhere()) == {}


@pytest.mark.node
@pytest.mark.long
def test_a_node_of_ipv6_alone_works() -> None:
    with (
        own("node", "--nodes=2", "--ip-family=ipv6") as session,
        session.namespace("everywhere") as cluster,
    ):
        check_that_all_pods_reach_all(cluster, nodes=2, families=1)


@pytest.mark.node
@pytest.mark.long
def test_the_oldest_kubernetes_that_we_build_works() -> None:
    oldest = minors()[0]
    with (
        own("node", f"--kubernetes={oldest}") as session,
        session.namespace("everywhere") as cluster,
    ):
        (node,) = cluster.find("nodes")
        assert node["status"]["nodeInfo"]["kubeletVersion"].startswith(f"v{oldest}.")
        check_that_all_pods_reach_all(cluster, nodes=1, families=1)
