"""What an installation of kmcp says about every adapter that it puts into a Pod."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from kinds import names
from kinds.reading import Fields


def usual_resources() -> Fields:
    """Return what an adapter gets when nobody says otherwise; quotas ask for all four."""
    return {
        "requests": {"cpu": "50m", "memory": "64Mi"},
        "limits": {"cpu": "1", "memory": "256Mi"},
    }


@dataclass(frozen=True, kw_only=True)
class Config:
    """The installation's choices, already resolved: nothing here is looked up."""

    image: str
    """The image of adapter and launcher, best with a digest."""
    version: str
    """Of kmcp, so that Pods of an older one can be told."""
    own_namespace: str
    """Where kmcp itself runs; Pods there are never changed."""
    pull_policy: str = "IfNotPresent"
    pull_secrets: tuple[str, ...] = ()
    """Names of Secrets that the Pod's namespace must have."""
    resources: Fields = field(default_factory=usual_resources)
    native: bool = True
    """Whether every node that may run the Pod knows native sidecars."""
    excluded_namespaces: tuple[str, ...] = ()
    port: int = names.MCP_PORT
    admin_port: int = names.ADMIN_PORT
    path: str = names.MCP_PATH
    user: int | None = 65532
    """Who the adapter runs as; None where the cluster assigns users, as OpenShift does."""
    cluster_domain: str = "cluster.local"

    def excludes(self, namespace: str) -> bool:
        """Say whether Pods of a namespace are never changed."""
        others = (*names.SYSTEM_NAMESPACES, *self.excluded_namespaces)
        return namespace == self.own_namespace or namespace in others


@dataclass(frozen=True)
class Namespace:
    """Where a Pod is to run, and what the label of that namespace says about injection."""

    name: str
    inject: str | None = None
    """The value of the label; None when there is none, or when nobody has looked."""


def namespace(name: str, labels: Mapping[str, str] | None = None) -> Namespace:
    """Return a namespace of which the labels may be known."""
    return Namespace(name, (labels or {}).get(names.INJECT))
