"""What upstream kmcp made for a server becomes ours, or goes, whether lists show it or not."""

from typing import Any

import pytest

from cluster.client import Client
from cluster.resources import CONFIG_MAPS
from kinds.reading import Fields, texts
from tests.reconciler import upstream
from tests.reconciler.applying import RESOURCES
from tests.reconciler.site import Site

pytestmark = [pytest.mark.control_plane, pytest.mark.slow]

KINDS = {**RESOURCES, "ConfigMap": CONFIG_MAPS}


def left(site: Site, name: str, **deployment: Any) -> None:  # noqa: ANN401 - JSON
    """Make a server and all that upstream kmcp makes for it."""
    site.create(name, **deployment)
    client = Client(site.cluster.api)
    for made in upstream.objects(site.cluster.get("mcpserver", name)):
        resource = KINDS[made["kind"]]
        client.create(resource, site.namespace, made, dict[str, Any], manager=upstream.MANAGER)


def test_a_server_of_upstream_kmcp_is_taken_over(site: Site) -> None:
    left(site, "tool")
    left(site, "mine", serviceAccountName="default")
    with site.running() as reconciler:
        reconciler.wait_ready()
        for name in ("tool", "mine"):
            site.wait_true(name, "Programmed")
            site.cluster.wait_gone("configmap", name)
            site.wait_for("deployment", name, _is_ours, "ours")
            site.wait_for("service", name, _is_ours, "ours")
        site.wait_for("serviceaccount", "tool", _is_ours, "ours")
        site.cluster.wait_gone("serviceaccount", "mine")


def test_a_config_map_of_somebody_elses_stays(site: Site) -> None:
    site.cluster.kubectl("create", "configmap", "tool", "--from-literal=level=info")
    with site.running() as reconciler:
        reconciler.wait_ready()
        site.create("tool")
        site.wait_true("tool", "Ready")
        assert site.cluster.get("configmap", "tool")["data"] == {"level": "info"}


def _is_ours(found: Fields) -> bool:
    labels = texts(found, "metadata", "labels")
    return labels.get("app.kubernetes.io/managed-by") == "kmcp"
