"""Clusters of every IP family: the adapter answers on whatever address its Pod has."""

from collections.abc import Iterator

import pytest

from tests.adapter.contained.pods import Served as Reached
from tests.adapter.injected import images
from tests.adapter.injected.images import SCRATCH
from tests.adapter.injected.manifests import FORMS, deployment, injected, server, template
from tests.adapter.injected.reached import answers_in_both_eras, pods, rolled_out
from tests.cluster import session
from tests.cluster.session import Session

pytestmark = [pytest.mark.long, pytest.mark.node]
FAMILIES = {"ipv6": [True], "dual": [False, True]}
"""What the addresses of a Pod are, in their order: whether IPv6."""


@pytest.fixture(scope="module", params=FAMILIES)
def family(request: pytest.FixtureRequest) -> Iterator[tuple[str, Session]]:
    """Bring up a cluster of a family."""
    name: str = request.param
    with session.own("node", f"--ip-family={name}") as running:
        yield name, running


@pytest.mark.parametrize("form", FORMS)
def test_a_server_is_served_at_every_address_of_its_pod(
    family: tuple[str, Session], form: str
) -> None:
    name, running = family
    with running.namespace(f"injected-{name}-{form}") as cluster:
        images.load(cluster, SCRATCH)
        cluster.apply(injected(deployment(template(server(SCRATCH))), FORMS[form]))
        rolled_out(cluster)
        (pod,) = pods(cluster)
        hosts = [one["ip"] for one in pod["status"]["podIPs"]]
        assert [":" in host for host in hosts] == FAMILIES[name]
        for host in hosts:
            answers_in_both_eras(Reached(cluster, host), SCRATCH)
