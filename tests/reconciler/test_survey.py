"""Pods that ask for the adapter and run without it are counted, and told on what owns them."""

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from kinds.names import ADAPTER_CONTAINER, INJECT
from tests.cluster.facade import Cluster, Object
from tests.cluster.session import Session
from tests.reconciler.program import wait
from tests.reconciler.site import Site
from tests.reconciler.test_exposition import asked
from tests.webhook.configured import LABEL, register
from tests.webhook.program import Identity
from tests.webhook.program import running as webhook
from tests.webhook.telling import about, told
from tests.webhook.workloads import ADAPTER_IMAGE
from webhook.entries import Scope

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
        wait(lambda: expected.replace("1.0", "0.0") in figures(), figures)


@contextmanager
def injecting(session: Session, folder: Path, home: str) -> Generator[None]:
    """Run a webhook that the API server asks about Pods, for as long as the block lasts."""
    identity = Identity(folder)
    identity.write()
    flags = [
        f"--kubeconfig={session.kubeconfig}",
        f"--adapter-image={ADAPTER_IMAGE}",
        f"--namespace={home}",
    ]
    with webhook(*identity.flags, *flags) as program:
        url = f"https://127.0.0.1:{program.port}"
        root = identity.root.certificate
        scope = Scope(own_namespace=home)
        with register(session.api, "kmcp-back", url, root, LABEL, scope):
            yield


def test_a_pod_from_a_day_without_the_webhook_counts_until_it_is_replaced(
    simulated: Session, site: Site, home: Cluster, tmp_path: Path
) -> None:
    figure = f'kmcp_uninjected_pods{{namespace="{site.namespace}"}}'
    flags = ("--poll-interval=1s", *PLAIN, site.at_home(home))
    with site.running(*flags) as reconciler:
        reconciler.wait_ready()

        def figures() -> str:
            return asked(reconciler.metrics, secure=False)[1]

        site.cluster.apply(deployment("web", **{INJECT: "true"}))
        wait(lambda: f"{figure} 1.0" in figures(), figures)
        event = told(site.cluster, "AdapterMissing")
        assert about(event) == ("Warning", "Deployment", "web")
        assert "asks for the adapter and runs without it" in event["message"]
        with injecting(simulated, tmp_path, home.namespace):
            wait(lambda: is_injected(site.cluster), lambda: str(site.cluster.find("pods")))
            wait(lambda: f"{figure} 0.0" in figures(), figures)


def is_injected(cluster: Cluster) -> bool:
    """Delete Pods until there is one with its adapter: webhooks are known after a moment."""
    pods = [one for one in cluster.find("pods") if "deletionTimestamp" not in one["metadata"]]
    if len(pods) != 1:
        return False
    (pod,) = pods
    names = [one["name"] for one in _containers(pod)]
    if ADAPTER_CONTAINER not in names:
        cluster.kubectl("delete", "pod", pod["metadata"]["name"], "--wait=false")
    return ADAPTER_CONTAINER in names


def _containers(pod: Object) -> list[Object]:
    found: list[Object] = [*pod["spec"].get("initContainers", []), *pod["spec"]["containers"]]
    return found
