"""What a real API server says of injected Pods: it takes them, and adds nothing to the adapter."""

import json
from pathlib import Path

import pytest

from adapter.injection.check import problems
from adapter.injection.config import Config
from kinds import names
from tests.adapter.injection.golden import FORMS, INPUTS, manifest, with_adapters
from tests.adapter.injection.pods import CONFIG, HERE, PLAIN, injected, named, pod, server
from tests.cluster.facade import Cluster

LEVEL = "pod-security.kubernetes.io/enforce=restricted"
BOTH = pytest.mark.parametrize("config", [CONFIG, PLAIN], ids=["native", "plain"])
RESTRICTED = {
    "runAsNonRoot": True,
    "allowPrivilegeEscalation": False,
    "capabilities": {"drop": ["ALL"]},
    "seccompProfile": {"type": "RuntimeDefault"},
}


@pytest.mark.parametrize("path", INPUTS, ids=lambda path: path.stem)
@pytest.mark.parametrize("form", FORMS)
def test_every_injected_manifest_is_taken(control_plane: Cluster, path: Path, form: str) -> None:
    made = json.dumps(with_adapters(manifest(path), FORMS[form]))
    said = control_plane.kubectl(
        "create", "--dry-run=server", "--validate=strict", "--filename=-", stdin=made
    )
    assert "created (server dry run)" in said


@BOTH
def test_an_injected_pod_is_restricted_and_its_adapter_has_no_token(
    control_plane: Cluster, config: Config
) -> None:
    control_plane.kubectl("label", "namespace", control_plane.namespace, LEVEL)
    control_plane.apply(injected(pod(server(securityContext=RESTRICTED)), config))
    stored = control_plane.get("pod", "served")
    tokens = [one["name"] for one in stored["spec"]["volumes"] if one["name"] != "kmcp"]
    assert len(tokens) == 1
    mounted = {one["name"] for one in named(stored, "server")["volumeMounts"]}
    assert mounted == {"kmcp", *tokens}
    for name in {names.ADAPTER_CONTAINER, names.INSTALLER_CONTAINER} & {
        one["name"] for one in stored["spec"]["initContainers"] + stored["spec"]["containers"]
    }:
        assert {one["name"] for one in named(stored, name)["volumeMounts"]} == {"kmcp"}


@BOTH
def test_what_the_api_server_fills_in_needs_no_mending(
    control_plane: Cluster, config: Config
) -> None:
    control_plane.apply(injected(pod(), config))
    stored = control_plane.get("pod", "served")
    stored.pop("status")
    assert injected(stored, config) == stored
    assert problems(stored, HERE, config) == ()


QUOTA = """
apiVersion: v1
kind: ResourceQuota
metadata: {name: quota}
spec:
  hard: {requests.cpu: "1", requests.memory: 1Gi, limits.cpu: "4", limits.memory: 2Gi}
---
apiVersion: v1
kind: LimitRange
metadata: {name: range}
spec:
  limits:
    - type: Container
      max: {cpu: "1", memory: 256Mi}
"""


@BOTH
def test_an_injected_pod_fits_a_quota_and_a_range_of_limits(
    control_plane: Cluster, config: Config
) -> None:
    control_plane.apply(QUOTA)
    control_plane.wait(
        "resourcequota", "quota", lambda one: "used" in one.get("status", {}), "counted"
    )
    limits = {"limits": {"cpu": "100m", "memory": "64Mi"}}
    control_plane.apply(injected(pod(server(resources=limits)), config))
    used = control_plane.get("resourcequota", "quota")["status"]["used"]
    assert used["limits.memory"] == "320Mi"
