"""What has to be gathered about one MCPServer before anything is decided about it.

Objects are JSON as the API server gives it, metadata.managedFields included. What could not be
read is not the same as what is not there: where that matters there is a word for it.
"""

from collections.abc import Mapping
from enum import Enum

from msgspec import Struct

from kinds.reading import Fields


class Presence(Enum):
    """Whether something that a server refers to is there."""

    FOUND = "found"
    MISSING = "missing"
    UNKNOWN = "unknown"
    """Nobody could look: no right to, or no answer."""


class Referred(Struct, frozen=True):
    """A Secret, ConfigMap, ServiceAccount or PersistentVolumeClaim in the server's namespace."""

    presence: Presence
    digest: str = ""
    """Keyed digest (HMAC) of its content: only for what `references.rolling` names, and FOUND."""
    lacks: frozenset[str] = frozenset()
    """Which of the keys that `references.rolling` names are not in it."""


class Key(Struct, frozen=True):
    """An object in the server's namespace."""

    kind: str
    name: str


class Answer(Struct, frozen=True):
    """What the adapter of a Pod said of itself at :admin/status. Nobody vouches for it."""

    ready: bool = False
    reason: str = ""
    """Why it is not ready, such as "waiting for launcher"."""
    failures: tuple[str, ...] = ()
    """The newest starts of the server that failed, oldest first: how each ended, its stderr."""


class Observed(Struct, frozen=True, kw_only=True):
    """The world around one MCPServer, at one moment."""

    service_account: Fields | None = None
    service: Fields | None = None
    deployment: Fields | None = None
    network_policy: Fields | None = None
    config_map: Fields | None = None
    """These five are the objects of the server's own name and namespace, whoever made them; None
    when there is none. Of the ConfigMap only the metadata is needed."""
    replica_sets: tuple[Fields, ...] = ()
    """Those whose controller is the Deployment, by uid."""
    pods: tuple[Fields, ...] = ()
    """Those whose controller is one of these ReplicaSets, by uid, those that end included."""
    autoscaled: bool = False
    """Whether a HorizontalPodAutoscaler (spec.scaleTargetRef) or a ScaledObject of KEDA
    targets the Deployment of this name."""
    references: Mapping[Key, Referred] = {}
    """What `references.required` and `references.rolling` name. What is not in it is UNKNOWN."""
    answers: Mapping[str, Answer] = {}
    """By name of the Pod: what the adapters of the Pods that `causes.worth_asking` names said."""


class Failure(Struct, frozen=True):
    """One thing that could not be brought about."""

    kind: str
    """Of the object: Deployment, Service, ServiceAccount, NetworkPolicy."""
    message: str
    reason: str = ""
    """NameConflict where the object is somebody else's; empty makes it DeploymentFailed etc."""


class Outcome(Struct, frozen=True, kw_only=True):
    """What a pass did, as far as the status tells of it."""

    problems: tuple[str, ...] = ()
    """Mistakes in the manifest; with one, nothing was applied."""
    failures: tuple[Failure, ...] = ()
    held_back: bool = False
    """Whether the Pods stay as an earlier kmcp made them until it is their turn."""
