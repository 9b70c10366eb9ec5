"""Objects that are older than the rules: they stay editable elsewhere, and they can go."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from cluster.connection import Body
from tests.cluster import session
from tests.cluster.facade import Cluster, KubectlError
from tests.cluster.places import HERE
from tests.kinds import asking
from tests.webhook.configured import register
from tests.webhook.program import Identity, running

SELECTED = {"kmcp.dev/ratcheting-test": "on"}
LOOSE = HERE / "mcpservers.yaml"
"""A definition that accepts anything, as upstream's nearly does."""
FINE: dict[str, Any] = {"image": "example/server:1", "cmd": "/server"}
STORED: dict[str, Any] = {
    "fine": {"transportType": "stdio", "deployment": FINE},
    "bad-port": {"transportType": "stdio", "deployment": {**FINE, "port": 70000}},
    "bad-timeout": {"transportType": "stdio", "timeout": "soon", "deployment": FINE},
    "no-transport": {"deployment": {"image": "example/server:1"}},
    "both-blocks": {"stdioTransport": {}, "httpTransport": {}, "deployment": FINE},
    "dotted.name": {"transportType": "stdio", "deployment": FINE},
    "bad-image": {"transportType": "stdio", "deployment": {**FINE, "image": "No Image"}},
    "bad-mounts": {
        "transportType": "stdio",
        "deployment": {**FINE, "volumeMounts": [{"name": "a", "mountPath": "/run/kmcp"}]},
    },
}
MERGE = "application/merge-patch+json"


@pytest.fixture(scope="module")
def old(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """Lend a namespace whose servers were stored before there was any rule."""
    identity = Identity(tmp_path_factory.mktemp("webhook"))
    identity.write()
    with session.own("control-plane") as rig, rig.namespace("old") as cluster:
        cluster.apply(LOOSE)
        cluster.wait_condition("customresourcedefinition", "mcpservers.kagent.dev", "Established")
        for name, spec in STORED.items():
            metadata = {"name": name, "finalizers": ["example.com/hold"]}
            document = {"kind": "MCPServer", "metadata": metadata, "spec": spec}
            cluster.apply({"apiVersion": "kagent.dev/v1alpha1", **document})
        asking.install(cluster)
        cluster.kubectl("label", "namespace", cluster.namespace, "kmcp.dev/ratcheting-test=on")
        flags = [*identity.flags, f"--kubeconfig={rig.kubeconfig}"]
        with running(*flags) as program:
            url = f"https://127.0.0.1:{program.port}"
            with register(cluster.api, "kmcp-old", url, identity.root.certificate, SELECTED):
                yield cluster


def patch(cluster: Cluster, name: str, changes: dict[str, Any]) -> dict[str, Any]:
    words = ["patch", "mcpserver", name, "--type=merge", f"--patch={json.dumps(changes)}"]
    found: dict[str, Any] = json.loads(cluster.kubectl(*words, "--output=json"))
    return found


@pytest.mark.parametrize("name", STORED)
def test_labels_can_be_changed_and_the_spec_is_left_alone(old: Cluster, name: str) -> None:
    changed = patch(old, name, {"metadata": {"labels": {"team": "a"}}})
    assert changed["spec"]["deployment"] == {"replicas": 1, **STORED[name]["deployment"]}
    assert changed["metadata"]["labels"] == {"team": "a"}


@pytest.mark.parametrize("name", ["bad-port", "bad-timeout", "dotted.name"])
def test_another_part_of_the_spec_can_be_changed(old: Cluster, name: str) -> None:
    changed = patch(old, name, {"spec": {"deployment": {"args": ["--verbose"]}}})
    assert changed["spec"]["deployment"]["args"] == ["--verbose"]


def test_scaling_and_arguments_do_not_wait_for_an_old_mistake(old: Cluster) -> None:
    old.kubectl("scale", "mcpserver", "no-transport", "--replicas=2")
    changed = patch(old, "no-transport", {"spec": {"deployment": {"args": ["--verbose"]}}})
    assert changed["spec"]["deployment"]["args"] == ["--verbose"]
    assert changed["spec"]["deployment"]["replicas"] == 2


def test_a_new_mistake_is_refused_and_the_old_one_not_mentioned(old: Cluster) -> None:
    with pytest.raises(KubectlError) as raised:
        patch(old, "bad-timeout", {"spec": {"deployment": {"port": 0}}})
    assert "spec.deployment.port" in str(raised.value)
    assert "spec.timeout" not in str(raised.value)


def test_an_old_mistake_can_be_mended(old: Cluster) -> None:
    mended = patch(old, "no-transport", {"spec": {"deployment": {"cmd": "/server"}}})
    assert mended["spec"]["deployment"]["cmd"] == "/server"
    assert mended["spec"]["deployment"]["port"] == 3000


def test_one_bad_object_does_not_hide_the_others(old: Cluster) -> None:
    assert {one["metadata"]["name"] for one in old.find("mcpservers")} >= set(STORED)


def test_whatever_is_wrong_with_them_they_can_lose_their_finalizers_and_go(old: Cluster) -> None:
    for name in STORED:
        old.kubectl("delete", "mcpserver", name, "--wait=false")
        path = f"/apis/kagent.dev/v1alpha1/namespaces/{old.namespace}/mcpservers/{name}"
        old.api.request("PATCH", path, body=Body(b'{"metadata": {"finalizers": null}}', MERGE))
    assert old.find("mcpservers") == []
