"""Pods that ask for the adapter and run without it are counted, and told on what owns them."""

from collections.abc import Iterator

import pytest

from kinds.names import INJECT
from tests.cluster.facade import Cluster, Object
from tests.cluster.session import Session
from tests.reconciler.program import wait
from tests.reconciler.site import Site
from tests.reconciler.test_exposition import asked

pytestmark = [pytest.mark.control_plane, pytest.mark.slow]

PLAIN = ("--metrics-bind-address=127.0.0.1:0", "--metrics-secure=false")


@pytest.fixture
def home(simulated: Session) -> Iterator[Cluster]:
    """Lend another namespace for kmcp itself: Pods beside it never get an adapter."""
    with simulated.namespace("home") as namespace:
        yield namespace


def deployment(name: str, **annotations: str) -> Object:
    labels = {"app": name}
    container = {"name": "tool", "image": "registry.example.com/tool:1", "command": ["tool"]}
    template = {
        "metadata": {"labels": labels, "annotations": annotations},
        "spec": {"containers": [container]},
    }
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name},
        "spec": {"selector": {"matchLabels": labels}, "template": template},
    }


def test_pods_from_a_day_without_the_webhook_are_found(site: Site, home: Cluster) -> None:
    site.cluster.apply(deployment("asks", **{INJECT: "true"}))
    site.cluster.apply(deployment("silent"))
    site.cluster.apply(deployment("declines", **{INJECT: "false"}))
    expected = f'kmcp_uninjected_pods{{namespace="{site.namespace}"}} 1.0'
    with site.running("--poll-interval=1s", *PLAIN, site.at_home(home)) as reconciler:
        reconciler.wait_ready()

        def figures() -> str:
            return asked(reconciler.metrics, secure=False)[1]

        wait(lambda: expected in figures(), figures)
        site.wait_event("asks", "AdapterMissing")
        site.cluster.kubectl("delete", "deployment", "asks")
        wait(lambda: "kmcp_uninjected_pods{" not in figures(), figures)
