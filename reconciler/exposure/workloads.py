"""Which workloads may have a Service made for them, and what that takes."""

from collections.abc import Mapping
from dataclasses import dataclass

from cluster.objects import Reference
from cluster.resources import REPLICA_SETS, Resource
from kinds import names
from kinds.reading import Fields, items, text
from reconciler.shelf import Name
from reconciler.shelves import DEPLOYMENTS

APPS = "apps/v1"
KINDS: Mapping[str, Resource] = {
    "Deployment": DEPLOYMENTS,
    "StatefulSet": Resource("apps", "v1", "statefulsets"),
    "DaemonSet": Resource("apps", "v1", "daemonsets"),
    "ReplicaSet": REPLICA_SETS,
}
"""Jobs are none of them: they end."""
EXPOSES = f"{names.DOMAIN}/exposes"
"""Label of a Service that was made for a workload: which kind of one."""
RIGHTS = (
    {
        "apiGroups": ["apps"],
        "resources": ["deployments", "statefulsets", "daemonsets", "replicasets"],
        "verbs": ["get"],
    },
    {"apiGroups": [""], "resources": ["pods"], "verbs": ["get", "list", "watch"]},
    {
        "apiGroups": [""],
        "resources": ["services"],
        "verbs": ["get", "list", "watch", "create", "patch", "delete"],
    },
)
"""The rules of RBAC that this needs wherever there are workloads."""


@dataclass(frozen=True, order=True)
class Workload:
    """Which workload is meant."""

    namespace: str
    name: str
    kind: str

    @property
    def where(self) -> Name:
        """Return the namespace and the name."""
        return self.namespace, self.name

    def __str__(self) -> str:
        """Return it as people write it."""
        return f"{self.namespace}/{self.kind.lower()}/{self.name}"


def named(owner: Reference | None) -> Workload | None:
    """Return the workload that an owner is; None when it is of another kind."""
    if owner is None or owner.api_version != APPS or owner.kind not in KINDS:
        return None
    return Workload(owner.namespace, owner.name, owner.kind)


def controller(live: Fields) -> Fields:
    """Return the reference to what made an object; an empty one when a user did."""
    for _, one in items(live, "metadata", "ownerReferences"):
        if one.get("controller") is True:
            return one
    return {}


def reference(workload: Fields) -> Reference:
    """Return what Events name."""
    return Reference(
        text(workload, "apiVersion"),
        text(workload, "kind"),
        text(workload, "metadata", "name"),
        text(workload, "metadata", "namespace"),
        text(workload, "metadata", "uid"),
    )
