"""The kinds of object that we read and write, and the paths where the API server keeps them."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote

from cluster.errors import Invalid

LEADS_ELSEWHERE = ("", ".", "..")


@dataclass(frozen=True)
class Resource:
    """One kind of object, as the API server names it in its paths; the core group is empty."""

    group: str
    version: str
    plural: str

    @property
    def api_version(self) -> str:
        """Return what manifests call its group and version."""
        return f"{self.group}/{self.version}" if self.group else self.version

    @property
    def is_confidential(self) -> bool:
        """Say whether its objects must not be quoted in an error."""
        return self.group == "" and self.plural == "secrets"

    def path(
        self,
        namespace: str | None = None,
        name: str | None = None,
        subresource: str | None = None,
    ) -> str:
        """Return where the objects are, or the object called *name*, or a part of it.

        None means all namespaces, or a kind that has none. A word that would lead elsewhere is
        Invalid: an empty namespace would mean every namespace.
        """
        if subresource is not None and name is None:
            raise Invalid(f"{self.plural}/{subresource} is a part of one object, but none is named")
        words = ["apis", self.group] if self.group else ["api"]
        words.append(self.version)
        words += [] if namespace is None else ["namespaces", namespace]
        words.append(self.plural)
        words += [word for word in (name, subresource) if word is not None]
        return "".join(f"/{_segment(word)}" for word in words)


def group_version(api_version: str) -> tuple[str, str]:
    """Return the group and the version that a manifest's apiVersion stands for."""
    group, _, version = api_version.rpartition("/")
    return group, version


def plural(path: str) -> str:
    """Return what kind of object a path leads to, with the part that is meant, if any."""
    _, root, *words = path.split("/")
    rest = words[1:] if root == "api" else words[2:]  # behind the version
    if rest[:1] == ["namespaces"] and len(rest) > 2:
        rest = rest[2:]
    return "/".join(rest[::2])


def _segment(word: str) -> str:
    if word in LEADS_ELSEWHERE:
        raise Invalid(f"{word!r} cannot be a part of a path")
    return quote(word, safe="")


SECRETS = Resource("", "v1", "secrets")
CONFIG_MAPS = Resource("", "v1", "configmaps")
SERVICE_ACCOUNTS = Resource("", "v1", "serviceaccounts")
NAMESPACES = Resource("", "v1", "namespaces")
PERSISTENT_VOLUME_CLAIMS = Resource("", "v1", "persistentvolumeclaims")
LEASES = Resource("coordination.k8s.io", "v1", "leases")
NODES = Resource("", "v1", "nodes")
REPLICA_SETS = Resource("apps", "v1", "replicasets")
JOBS = Resource("batch", "v1", "jobs")
EVENTS = Resource("events.k8s.io", "v1", "events")
MCPSERVERS = Resource("kagent.dev", "v1alpha1", "mcpservers")
MUTATING_WEBHOOKS = Resource("admissionregistration.k8s.io", "v1", "mutatingwebhookconfigurations")
VALIDATING_WEBHOOKS = Resource(
    "admissionregistration.k8s.io", "v1", "validatingwebhookconfigurations"
)
PODS = Resource("", "v1", "pods")
SUBJECT_ACCESS_REVIEWS = Resource("authorization.k8s.io", "v1", "subjectaccessreviews")

REFERRED: Mapping[str, Resource] = {
    "Secret": SECRETS,
    "ConfigMap": CONFIG_MAPS,
    "ServiceAccount": SERVICE_ACCOUNTS,
    "PersistentVolumeClaim": PERSISTENT_VOLUME_CLAIMS,
}
"""What Pods, and so MCPServers, refer to, by kind."""
