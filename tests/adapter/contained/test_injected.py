"""Pods as injection makes them, on a real node: they serve, and Jobs end as their servers do."""

from dataclasses import replace
from typing import Any

import pytest

from adapter.injection.config import Config
from adapter.injection.workloads import changed
from tests.adapter.contained import images
from tests.adapter.contained.pods import LEVEL, NAME, served
from tests.adapter.injection.pods import CONFIG, injected, named, pod, server
from tests.cluster import borrowed
from tests.cluster.facade import Cluster, Object

pytestmark = pytest.mark.skipif(borrowed.is_wanted(), reason="talks to Pods by their addresses")

HERE = replace(CONFIG, image="kmcp.test/adapter:1", pull_policy="Never")
BOTH = pytest.mark.parametrize(
    "config", [HERE, replace(HERE, native=False)], ids=["native", "plain"]
)
LOCKED: dict[str, Any] = {
    "runAsNonRoot": True,
    "runAsUser": 1001,
    "allowPrivilegeEscalation": False,
    "readOnlyRootFilesystem": True,
    "capabilities": {"drop": ["ALL"]},
    "seccompProfile": {"type": "RuntimeDefault"},
}
CARRIED = {"name": "server", "mountPath": "/server"}


def prepare(cluster: Cluster) -> None:
    """Load the images, and let the namespace take only what is restricted."""
    for archive in (images.adapter(), images.carrier(), "alpine:3.22"):
        cluster.load(archive)
    cluster.kubectl("label", "namespace", cluster.namespace, LEVEL)


def container(*command: str) -> Object:
    """Return a server as a user writes it."""
    return server(image="alpine:3.22", command=[*command], securityContext=LOCKED)


def carrier() -> Object:
    """Return what brings the server into the Pod, as no image of it is to be built."""
    return {
        "name": "carrier",
        "image": "kmcp.test/witness:1",
        "args": ["install", "/server"],
        "volumeMounts": [CARRIED],
        "securityContext": LOCKED,
    }


@BOTH
@pytest.mark.parametrize(
    "spec",
    [{}, {"securityContext": {"runAsUser": 70_000, "fsGroup": 2_000}}],
    ids=["a usual Pod", "a Pod with another group"],
)
def test_an_annotated_pod_serves_and_drains(cluster: Cluster, config: Config, spec: Object) -> None:
    prepare(cluster)
    witness = container("/server/witness-musl", "two words", "$(HOSTNAME)")
    witness["volumeMounts"] = [CARRIED]
    volumes: list[Object] = [{"name": "server", "emptyDir": {}}]
    made = pod(witness, initContainers=[carrier()], volumes=volumes, **spec)
    made["metadata"]["name"] = NAME
    cluster.apply(injected(made, config))
    place = served(cluster)
    assert place.begun().call("about").text
    assert place.status()["launcher"]["connected"]
    cluster.kubectl("delete", "pod", NAME, "--wait=false")
    cluster.wait_gone("pod", NAME, 30)


@BOTH
@pytest.mark.parametrize(("code", "condition"), [(0, "Complete"), (7, "Failed")])
def test_a_job_ends_as_its_server_does(
    cluster: Cluster, config: Config, code: int, condition: str
) -> None:
    prepare(cluster)
    template = pod(container("sh", "-c", f"exit {code}"), restartPolicy="Never")
    job: Object = {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": "once"},
        "spec": {
            "backoffLimit": 0,
            "template": {"metadata": template["metadata"], "spec": template["spec"]},
        },
    }
    del job["spec"]["template"]["metadata"]["name"]
    cluster.apply(changed(job, lambda one: injected(one, config)))
    cluster.wait_condition("job", "once", condition)
    (ended,) = cluster.find("pod")
    statuses = {one["name"]: one for one in ended["status"]["containerStatuses"]}
    assert statuses["server"]["state"]["terminated"]["exitCode"] == code
    assert named(ended, "server")["command"][-1] == f"exit {code}"
