"""A server whose Pods cannot begin says why, soon after the cluster knows, and recovers by itself.

What is missing: an image, a node, an object that is referred to, room in a quota.
"""

import pytest

from tests.cluster import borrowed
from tests.reconciler.node import images
from tests.reconciler.node.stage import (
    READY,
    Stage,
    lacks,
    ready,
    waits,
)
from tests.reconciler.site import condition

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(borrowed.is_wanted(), reason="needs images under any name"),
]
NONE = "Deployment not ready: 0/1 replicas available"
MOUNTING = waits("PodInitializing", "ContainerCreating")


def fails(stage: Stage, sentence: str, replicas: int = 1) -> None:
    """Check what is said of a server of which no Pod is there, wherever it is said."""
    told = f"{NONE}: {sentence}"
    assert ready(stage.server("tool")) == ("False", "NotAvailable", told)
    stage.shows("tool", "False", "NotAvailable", replicas)
    stage.event("tool", "NotAvailable", told)


def recovers(stage: Stage) -> None:
    """Check that a server becomes ready, and nothing of the trouble is left."""
    assert ready(stage.ready("tool")) == READY
    assert condition(stage.server("tool"), "ResolvedRefs")["status"] == "True"
    stage.shows("tool", "True", "DeploymentReady")


def test_an_image_that_does_not_exist(stage: Stage) -> None:
    stage.create("tool", image=images.LATER, cmd=images.LATER_COMMAND)
    told = stage.promptly("tool", waits("ErrImagePull"), "ImagePullBackOff")
    message = ready(told)[2]
    assert message.startswith(f"{NONE}: ImagePullBackOff: container mcp-server: ")
    assert images.LATER in message
    fails(stage, message.removeprefix(f"{NONE}: "))
    stage.cluster.load(images.later())
    recovers(stage)


def test_a_node_that_nobody_has(stage: Stage) -> None:
    stage.create("tool", nodeSelector={"disk": "fast"})
    stage.promptly("tool", lacks("PodScheduled"), "Unschedulable")
    why = "0/1 nodes are available: 1 node(s) didn't match Pod's node affinity/selector"
    fails(stage, f"Unschedulable: {why}")
    stage.patch("tool", nodeSelector=None)
    recovers(stage)


def test_a_secret_that_is_not_there(stage: Stage) -> None:
    stage.create("tool", secretRefs=[{"name": "credentials"}])
    stage.promptly("tool", MOUNTING, "SecretNotFound")
    sentence = "spec.deployment.secretRefs[0]: there is no Secret credentials"
    resolved = condition(stage.server("tool"), "ResolvedRefs")
    assert (resolved["reason"], resolved["message"]) == ("SecretNotFound", sentence)
    fails(stage, f"SecretNotFound: {sentence}")
    stage.cluster.kubectl("create", "secret", "generic", "credentials", "--from-literal=A=1")
    recovers(stage)


def test_a_config_map_that_is_not_there(stage: Stage) -> None:
    stage.create("tool", configMapRefs=[{"name": "settings"}])
    stage.promptly("tool", MOUNTING, "ConfigMapNotFound")
    sentence = "spec.deployment.configMapRefs[0]: there is no ConfigMap settings"
    fails(stage, f"ConfigMapNotFound: {sentence}")
    stage.cluster.kubectl("create", "configmap", "settings", "--from-literal=A=1")
    recovers(stage)


def test_a_key_that_is_not_in_a_secret(stage: Stage) -> None:
    stage.cluster.kubectl("create", "secret", "generic", "tls", "--from-literal=tls.crt=1")
    item = {"key": "ca.crt", "path": "ca.crt"}
    volume = {"name": "tls", "secret": {"secretName": "tls", "items": [item]}}
    mount = {"name": "tls", "mountPath": "/etc/tls"}
    stage.create("tool", volumes=[volume], volumeMounts=[mount])
    stage.promptly("tool", MOUNTING, "SecretKeyNotFound")
    where = "spec.deployment.volumes[0].secret.items[0]"
    fails(stage, f"SecretKeyNotFound: {where}: there is no key ca.crt in Secret tls")
    patch = '{"stringData": {"ca.crt": "1"}}'
    stage.cluster.kubectl("patch", "secret", "tls", f"--patch={patch}")
    recovers(stage)


def test_an_account_that_is_not_there(stage: Stage) -> None:
    stage.create("tool", serviceAccountName="nobody")
    stage.promptly("tool", stage.is_refused, "FailedCreate")
    account = f"{stage.cluster.namespace}/nobody"
    why = f'error looking up service account {account}: serviceaccount "nobody" not found'
    fails(stage, f"FailedCreate: {why}", replicas=0)
    resolved = condition(stage.server("tool"), "ResolvedRefs")
    assert resolved["reason"] == "ServiceAccountNotFound"
    stage.cluster.kubectl("create", "serviceaccount", "nobody")
    recovers(stage)


def test_a_claim_that_is_not_there(stage: Stage) -> None:
    volume = {"name": "data", "persistentVolumeClaim": {"claimName": "data"}}
    mount = {"name": "data", "mountPath": "/data"}
    stage.create("tool", volumes=[volume], volumeMounts=[mount])
    stage.promptly("tool", lacks("PodScheduled"), "Unschedulable")
    why = '0/1 nodes are available: persistentvolumeclaim "data" not found'
    fails(stage, f"Unschedulable: {why}")
    resolved = condition(stage.server("tool"), "ResolvedRefs")
    assert resolved["reason"] == "PersistentVolumeClaimNotFound"
    stage.volume("data")
    recovers(stage)


def test_a_quota_without_room(stage: Stage) -> None:
    stage.cluster.kubectl("create", "quota", "small", "--hard=pods=0")
    stage.create("tool")
    stage.promptly("tool", stage.is_refused, "FailedCreate")
    why = "exceeded quota: small, requested: pods=1, used: pods=0, limited: pods=0"
    fails(stage, f"FailedCreate: {why}", replicas=0)
    stage.cluster.kubectl("delete", "quota", "small")
    recovers(stage)
