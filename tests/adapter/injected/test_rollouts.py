"""New Pods take over from old ones, and no client notices."""

import asyncio

import pytest

from tests.adapter.injected import images
from tests.adapter.injected.images import SCRATCH
from tests.adapter.injected.lives import watched
from tests.adapter.injected.load import Load, loaded
from tests.adapter.injected.manifests import (
    FORMS,
    LABELS,
    NAME,
    deployment,
    injected,
    server,
    template,
)
from tests.adapter.processes.ear import in_a_loop
from tests.cluster import borrowed
from tests.cluster.facade import Cluster

pytestmark = pytest.mark.skipif(borrowed.is_wanted(), reason="talks to Services by their addresses")
GRACE = 20
SERVICE = {
    "apiVersion": "v1",
    "kind": "Service",
    "metadata": {"name": NAME},
    "spec": {"selector": LABELS, "ports": [{"port": 80, "targetPort": "mcp"}]},
}


@pytest.mark.parametrize(
    "times",
    [
        pytest.param(1, marks=pytest.mark.slow, id="once"),
        pytest.param(5, marks=pytest.mark.long, id="five times"),
    ],
)
@pytest.mark.parametrize("form", FORMS)
@in_a_loop
async def test_no_call_is_lost_while_a_deployment_rolls_out(
    cluster: Cluster, form: str, times: int
) -> None:
    images.load(cluster, SCRATCH)
    made = template(server(SCRATCH), terminationGracePeriodSeconds=GRACE)
    cluster.apply(injected(deployment(made, 2), FORMS[form]))
    cluster.apply(SERVICE)
    address = await asyncio.to_thread(served, cluster)
    with watched(cluster) as lives:
        async with loaded(Load(address)) as count:
            await asyncio.sleep(1)
            for _ in range(times):
                await asyncio.to_thread(roll_out, cluster)
            await asyncio.sleep(1)
    print(dict(count.answered), f"slowest {count.slowest:.2f}s, end {lives.longest_end():.1f}s")
    assert count.failed == []
    assert count.answered["legacy"] > 20 * times
    assert lives.longest_end() < GRACE
    assert lives.killed() == []


def served(cluster: Cluster) -> str:
    """Return the address of the Service once its Pods are ready."""
    cluster.wait_rollout(NAME)
    found: str = cluster.get("service", NAME)["spec"]["clusterIP"]
    return found


def roll_out(cluster: Cluster) -> None:
    """Replace every Pod."""
    cluster.kubectl("rollout", "restart", f"deployment/{NAME}")
    cluster.wait_rollout(NAME)
