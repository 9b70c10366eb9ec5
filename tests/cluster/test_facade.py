"""The facade's own promises, on a control plane where nothing runs."""

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.cluster.facade import Cluster, KubectlError, is_rolled_out, is_true
from tests.cluster.programs import MODULES, NEWEST, kubernetes_version
from tests.cluster.session import Session


def test_a_namespace_is_gone_after_the_test_that_used_it(control_plane_session: Session) -> None:
    with control_plane_session.namespace("Short Lived!") as namespace:
        assert namespace.namespace.startswith("short-lived-")
        namespace.kubectl("create", "configmap", "leftover")
    control_plane_session.wait_until_clean()
    listed = json.loads(control_plane_session.api.request("GET", "/api/v1/namespaces"))["items"]
    assert namespace.namespace not in {item["metadata"]["name"] for item in listed}


def test_the_api_server_is_of_the_version_that_is_pinned(control_plane: Cluster) -> None:
    version = json.loads(control_plane.api.request("GET", "/version"))["gitVersion"]
    assert version == kubernetes_version(MODULES / f"kubernetes-{NEWEST}")


def test_what_was_applied_can_be_got_and_found(control_plane: Cluster) -> None:
    metadata = {"name": "settings", "labels": {"app": "x"}}
    control_plane.apply({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata})
    assert control_plane.get("configmap", "settings")["metadata"]["labels"] == {"app": "x"}
    found = control_plane.find("configmaps", "app=x")
    assert [item["metadata"]["name"] for item in found] == ["settings"]


def test_what_kubectl_complains_about_is_the_error(control_plane: Cluster) -> None:
    with pytest.raises(KubectlError, match='"apps/v9"'):
        control_plane.apply({"apiVersion": "apps/v9", "kind": "X", "metadata": {"name": "x"}})


def test_a_deleted_object_is_waited_for(control_plane: Cluster) -> None:
    control_plane.kubectl("create", "configmap", "settings")
    control_plane.kubectl("delete", "configmap", "settings", "--wait=false")
    control_plane.wait_gone("configmap", "settings")
    with pytest.raises(KubectlError, match="not found"):
        control_plane.get("configmap", "settings")


def test_an_object_that_does_not_exist_yet_is_waited_for(control_plane: Cluster) -> None:
    with ThreadPoolExecutor() as pool:
        found = pool.submit(control_plane.wait, "configmap", "late", lambda _: True, "there")
        control_plane.kubectl("create", "configmap", "late")
        assert found.result()["metadata"]["name"] == "late"


def test_an_object_that_never_comes_fails_with_its_name(control_plane: Cluster) -> None:
    with pytest.raises(AssertionError, match="configmap/never not there after 0 s"):
        control_plane.wait("configmap", "never", lambda _: True, "there", seconds=0)


def test_a_condition_counts_only_when_it_is_true() -> None:
    found = {"status": {"conditions": [{"type": "Ready", "status": "False"}]}}
    assert not is_true(found, "Ready")
    assert not is_true({}, "Ready")


@pytest.mark.parametrize(
    ("status", "verdict"),
    [
        pytest.param({}, False, id="not seen yet"),
        pytest.param({"observedGeneration": 2, "replicas": 2}, False, id="none updated"),
        pytest.param(
            {"observedGeneration": 2, "replicas": 3, "updatedReplicas": 2, "availableReplicas": 2},
            False,
            id="an old one is left",
        ),
        pytest.param(
            {"observedGeneration": 1, "replicas": 2, "updatedReplicas": 2, "availableReplicas": 2},
            False,
            id="of the spec before",
        ),
        pytest.param(
            {"observedGeneration": 2, "replicas": 2, "updatedReplicas": 2, "availableReplicas": 2},
            True,
            id="done",
        ),
    ],
)
def test_a_rollout_is_done_when_only_new_replicas_are_left(
    status: dict[str, Any], verdict: bool
) -> None:
    deployment = {"metadata": {"generation": 2}, "spec": {"replicas": 2}, "status": status}
    assert is_rolled_out(deployment) is verdict
