"""Wherever a Pod without an adapter runs, the same Pod runs with one."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from adapter.injection.config import Config
from kinds.reading import Fields
from tests.adapter.injected import images
from tests.adapter.injected.images import PYTHON
from tests.adapter.injected.manifests import FORMS, LOCKED, deployment, injected, server, template
from tests.adapter.injected.reached import answers_in_both_eras, rolled_out
from tests.cluster import borrowed
from tests.cluster.facade import Cluster

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(borrowed.is_wanted(), reason="talks to Pods by their addresses"),
]
LEVEL = "pod-security.kubernetes.io/enforce=restricted"
ASSIGNED = 1_000_650_000
"""A user that no image knows, of the kind that OpenShift gives to namespaces."""
AMOUNTS = {
    "requests.cpu": "2",
    "requests.memory": "2Gi",
    "limits.cpu": "8",
    "limits.memory": "4Gi",
}
QUOTA = {
    "apiVersion": "v1",
    "kind": "ResourceQuota",
    "metadata": {"name": "all"},
    "spec": {"hard": {**AMOUNTS, "pods": "4"}},
}
RANGE = {
    "apiVersion": "v1",
    "kind": "LimitRange",
    "metadata": {"name": "each"},
    "spec": {
        "limits": [
            {
                "type": "Container",
                "default": {"cpu": "1", "memory": "256Mi"},
                "defaultRequest": {"cpu": "50m", "memory": "32Mi"},
                "max": {"cpu": "2", "memory": "512Mi"},
                "min": {"cpu": "10m", "memory": "16Mi"},
            }
        ]
    },
}
Change = Callable[[Fields], Fields]


def as_it_is(workload: Fields) -> Fields:
    return workload


def with_users_assigned(workload: Fields) -> Fields:
    """Return what OpenShift makes of it: a user for every container that names none."""
    spec = workload["spec"]["template"]["spec"]
    for container in [*spec.get("initContainers", []), *spec["containers"]]:
        container.setdefault("securityContext", {}).setdefault("runAsUser", ASSIGNED)
    spec["securityContext"] = {"fsGroup": ASSIGNED}
    return workload


@dataclass(frozen=True)
class Surroundings:
    """What is special about where a Pod runs."""

    level: str = ""
    objects: tuple[Fields, ...] = ()
    container: Fields = field(default_factory=dict[str, Any])
    spec: Fields = field(default_factory=dict[str, Any])
    user: int | None = 65532
    change: Change = as_it_is


SURROUNDINGS = {
    "restricted": Surroundings(LEVEL, container={"securityContext": LOCKED}),
    "quota": Surroundings(objects=(QUOTA, RANGE)),
    "Pod-level resources": Surroundings(
        spec={
            "resources": {
                "requests": {"cpu": "100m", "memory": "128Mi"},
                "limits": {"cpu": "1", "memory": "512Mi"},
            }
        }
    ),
    "assigned users": Surroundings(
        LEVEL,
        container={"securityContext": LOCKED},
        user=None,
        change=with_users_assigned,
    ),
    "a user for the Pod": Surroundings(
        spec={"securityContext": {"runAsUser": ASSIGNED, "runAsNonRoot": True, "fsGroup": 7}},
        user=None,
    ),
    "no token": Surroundings(spec={"automountServiceAccountToken": False}),
    "one process namespace": Surroundings(spec={"shareProcessNamespace": True}),
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", SURROUNDINGS)
def test_a_server_is_served_in_every_surroundings(cluster: Cluster, name: str, form: str) -> None:
    around = SURROUNDINGS[name]
    images.load(cluster, PYTHON)
    if around.level:
        cluster.kubectl("label", "namespace", cluster.namespace, around.level)
    for one in around.objects:
        cluster.apply(one)
    config: Config = replace(FORMS[form], user=around.user)
    made = template(server(PYTHON, **around.container), **around.spec)
    cluster.apply(around.change(injected(deployment(made), config)))
    answers_in_both_eras(rolled_out(cluster), PYTHON)
