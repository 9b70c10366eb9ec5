"""Events about a Pod land on what the user applied, which the API server's controllers know."""

from pathlib import Path
from typing import Any

import pytest

from cluster.client import Client
from cluster.objects import Reference
from cluster.owners import RIGHTS, Owners
from tests.adapter.program import wait
from tests.cluster.facade import Cluster, Object
from tests.door.accounts import granted
from tests.door.scripted import Answer, Time, scripted

TEMPLATE: Object = {
    "metadata": {"labels": {"app": "web"}},
    "spec": {"restartPolicy": "Always", "containers": [{"name": "web", "image": "web:1"}]},
}
ONCE: Object = {**TEMPLATE, "spec": {**TEMPLATE["spec"], "restartPolicy": "Never"}}
SELECTED = {"selector": {"matchLabels": {"app": "web"}}, "template": TEMPLATE}
JOB = {"template": ONCE}
WORKLOADS: dict[str, tuple[str, Object]] = {
    "Deployment": ("apps/v1", SELECTED),
    "ReplicaSet": ("apps/v1", SELECTED),
    "StatefulSet": ("apps/v1", {**SELECTED, "serviceName": "web"}),
    "Job": ("batch/v1", JOB),
}
REPLICA_SET = {"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "web-1", "uid": "u1"}


def applied(cluster: Cluster, kind: str) -> Reference:
    """Apply a workload called web, and return which object it is."""
    version, spec = WORKLOADS[kind]
    cluster.apply({"apiVersion": version, "kind": kind, "metadata": {"name": "web"}, "spec": spec})
    return reference(cluster, kind, version)


def reference(cluster: Cluster, kind: str, version: str) -> Reference:
    uid = cluster.get(kind, "web")["metadata"]["uid"]
    return Reference(version, kind, "web", cluster.namespace, uid)


def pod_of(cluster: Cluster) -> Object:
    """Return the Pod, as its controller made it."""
    wait(lambda: cluster.find("pods", "app=web"))
    return cluster.find("pods", "app=web")[0]


def owned(**owner: object) -> dict[str, Any]:
    return {"metadata": {"ownerReferences": [{**REPLICA_SET, "controller": True, **owner}]}}


@pytest.mark.parametrize("kind", WORKLOADS)
def test_the_owner_is_what_was_applied(control_plane: Cluster, kind: str) -> None:
    workload = applied(control_plane, kind)
    owners = Owners(Client(control_plane.api))
    assert owners.owner(pod_of(control_plane), control_plane.namespace) == workload


def test_a_job_of_a_cron_job_leads_to_that(control_plane: Cluster) -> None:
    spec = {"schedule": "0 0 1 1 *", "jobTemplate": {"spec": JOB}}
    kind = {"apiVersion": "batch/v1", "kind": "CronJob", "metadata": {"name": "web"}}
    control_plane.apply({**kind, "spec": spec})
    control_plane.kubectl("create", "job", "web-now", "--from=cronjob/web")
    owners = Owners(Client(control_plane.api))
    found = owners.owner(pod_of(control_plane), control_plane.namespace)
    assert found == reference(control_plane, "CronJob", "batch/v1")


def test_it_finds_them_with_the_rights_that_it_names_and_stops_below_without(
    control_plane: Cluster, tmp_path: Path
) -> None:
    workload = applied(control_plane, "Deployment")
    pod, here = pod_of(control_plane), control_plane.namespace
    with granted(control_plane, tmp_path, RIGHTS) as client:
        assert Owners(client).owner(pod, here) == workload
    control_plane.kubectl("delete", "serviceaccount", "somebody")
    with granted(control_plane, tmp_path) as client:
        found = Owners(client).owner(pod, here)
    assert found is not None
    assert (found.kind, found.name) == (
        "ReplicaSet",
        pod["metadata"]["ownerReferences"][0]["name"],
    )


@pytest.mark.parametrize(
    "pod",
    [
        pytest.param({"metadata": {"name": "web"}}, id="a bare Pod"),
        pytest.param({"metadata": {"ownerReferences": None}}, id="null"),
        pytest.param(owned(controller=False), id="an owner that does not control it"),
        pytest.param(owned(name=7), id="a name that is none"),
        pytest.param({"metadata": {"ownerReferences": {}}}, id="no list"),
        pytest.param({}, id="nothing"),
    ],
)
def test_a_pod_without_an_owner_is_nobodys(tmp_path: Path, pod: dict[str, Any]) -> None:
    with scripted(tmp_path, [Answer(500)]) as script:
        assert Owners(Client(script.api)).owner(pod, "a") is None
    assert script.asked == []


def test_other_owners_are_taken_as_they_are(tmp_path: Path) -> None:
    with scripted(tmp_path, [Answer(500)]) as script:
        found = Owners(Client(script.api)).owner(
            owned(apiVersion="argoproj.io/v1alpha1", kind="Rollout"), "a"
        )
    assert found == Reference("argoproj.io/v1alpha1", "Rollout", "web-1", "a", "u1")
    assert script.asked == []


def test_an_owner_is_asked_for_once(tmp_path: Path) -> None:
    time = Time()
    above = {**REPLICA_SET, "kind": "Deployment", "name": "web", "controller": True}
    answer = Answer(body={"metadata": {"uid": "u1", "ownerReferences": [above]}})
    with scripted(tmp_path, [answer]) as script:
        owners = Owners(Client(script.api), time.clock)
        found = {owners.owner(owned(), "a") for _ in range(5)}
        assert [one.name for one in found if one] == ["web"]
        assert script.asked == ["GET /apis/apps/v1/namespaces/a/replicasets/web-1"]
        time.now += 601.0
        owners.owner(owned(), "a")
        assert len(script.asked) == 2


def test_an_owner_that_cannot_be_read_is_left_alone_for_a_while(tmp_path: Path) -> None:
    time = Time()
    with scripted(tmp_path, [Answer(403)]) as script:
        owners = Owners(Client(script.api), time.clock)
        for _ in range(3):
            found = owners.owner(owned(), "a")
            assert found == Reference("apps/v1", "ReplicaSet", "web-1", "a", "u1")
        assert len(script.asked) == 1
        time.now += 31.0
        owners.owner(owned(), "a")
        assert len(script.asked) == 2


def test_a_pod_that_claims_an_owner_of_another_uid_does_not_reach_above_it(tmp_path: Path) -> None:
    above = {**REPLICA_SET, "kind": "Deployment", "name": "web", "controller": True}
    answer = Answer(body={"metadata": {"uid": "u2", "ownerReferences": [above]}})
    with scripted(tmp_path, [answer]) as script:
        found = Owners(Client(script.api)).owner(owned(), "a")
    assert found == Reference("apps/v1", "ReplicaSet", "web-1", "a", "u1")
