"""What an operator fears: a node that goes, and a webhook that is gone while Pods ask for it."""

import json
from collections.abc import Iterator

import pytest

from cluster.connection import Body
from cluster.errors import ClusterError
from tests.charts.installed import HOME, chosen
from tests.charts.site import WEBHOOK_PODS, Site, make_home, site
from tests.charts.stream import creating, gated_pod, server
from tests.cluster import session
from tests.cluster.facade import KubectlError
from tests.images import product

pytestmark = [pytest.mark.node, pytest.mark.long]

WEBHOOK = "deployment/kmcp-webhook"
STRICT = "--set=webhook.failurePolicy.pods=Fail"
AWAY = ("--ignore-daemonsets", "--delete-emptydir-data", "--force", "--timeout=180s")
SOME_ROUNDS = 12


@pytest.fixture(scope="module")
def place() -> Iterator[Site]:
    """Install kmcp on two nodes, in the strictest way: Pods that ask wait for the webhook."""
    with session.own("node", "--nodes=2") as rig:
        make_home(rig)
        for image in (product.controller(), product.adapter()):
            rig.load(image)
        there = site(rig)
        there.helm.upgrade("kmcp-crds")
        there.helm.upgrade("kmcp", *chosen(), STRICT)
        yield there


def test_nothing_fails_while_each_node_is_emptied_in_turn(place: Site) -> None:
    nodes = {pod["spec"]["nodeName"] for pod in place.home.find("pods", WEBHOOK_PODS)}
    assert nodes == {"node1", "node2"}
    with place.rig.namespace("drained") as users, creating(users) as stream:
        for node in sorted(nodes):
            stream.wait_rounds(SOME_ROUNDS)
            place.home.kubectl("drain", node, *AWAY)
            place.home.wait_rollout("kmcp-webhook")
            place.home.kubectl("uncordon", node)
    assert stream.failures == []


def test_a_webhook_that_is_gone_keeps_nobody_from_mending_it(place: Site) -> None:
    with place.rig.namespace("stuck") as users:
        users.apply(server("before", port=3000))
        scale(place, 0)
        refused = problem(place, users.namespace, asks=True)
        assert "failed calling webhook" in refused
        for namespace in ("kube-system", HOME):
            assert problem(place, namespace, asks=True) == ""
        assert problem(place, users.namespace, asks=False) == ""
        with pytest.raises(KubectlError, match="failed calling webhook"):
            users.apply(server("during", port=3000))
        users.kubectl("annotate", "crd", "mcpservers.kagent.dev", "kmcp.test/edited=yes")
        users.kubectl("delete", "mcpserver", "before")
        scale(place, 2)
        assert problem(place, users.namespace, asks=True) == ""


def test_kmcp_can_be_removed_while_its_webhook_is_gone(place: Site) -> None:
    with place.rig.namespace("removed") as users:
        scale(place, 0)
        place.helm("uninstall", "kmcp", "--wait")
        assert problem(place, users.namespace, asks=True) == ""
        users.apply(server("after", port=3000))


def scale(place: Site, replicas: int) -> None:
    """Have this many Pods of the webhook; none left over, and all of them ready."""
    place.home.kubectl("scale", WEBHOOK, f"--replicas={replicas}")
    place.home.wait_rollout("kmcp-webhook")
    if replicas == 0:
        place.home.kubectl("wait", "--for=delete", "pod", f"--selector={WEBHOOK_PODS}")


def problem(place: Site, namespace: str, *, asks: bool) -> str:
    """Return why a Pod cannot be created; empty when it can."""
    pod = gated_pod("tried")
    if not asks:
        del pod["metadata"]["labels"]
    path = f"/api/v1/namespaces/{namespace}/pods"
    try:
        place.rig.api.request("POST", path, {"dryRun": "All"}, Body(json.dumps(pod).encode()))
    except ClusterError as error:
        return str(error)
    return ""
