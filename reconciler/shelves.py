"""The kinds of object that are looked at all the time, and how each is kept in little space."""

import logging
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from cluster.decoding import TOO_DEEP, Broken, metadata_of
from cluster.resources import MCPSERVERS, PODS, REPLICA_SETS, SERVICE_ACCOUNTS, Resource
from kinds import names
from kinds.reading import Fields
from reconciler.shelf import Name, Seen, Shelf

log = logging.getLogger(__name__)

DEPLOYMENTS = Resource("apps", "v1", "deployments")
SERVICES = Resource("", "v1", "services")
AUTOSCALERS = Resource("autoscaling", "v2", "horizontalpodautoscalers")
NETWORK_POLICIES = Resource("networking.k8s.io", "v1", "networkpolicies")

MANAGED_BY = "app.kubernetes.io/managed-by"
OUR_NAME = "kmcp"
OURS = f"{MANAGED_BY}={OUR_NAME}"
"""The label of all that we make; what lacks it is looked at by name."""
MOST_TOLD = 1000
FASTEST = 1
"""The level of compression: a third of the size for a tenth of a millisecond."""


class Meta(msgspec.Struct, frozen=True, rename="camel"):
    """What of an object's metadata tells whose it is, and whether it is news."""

    name: str = ""
    namespace: str = ""
    uid: str = ""
    resource_version: str = ""
    labels: dict[str, str] | None = None


class _Named(msgspec.Struct, frozen=True):
    metadata: Meta = Meta()


class _Target(msgspec.Struct, frozen=True, rename="camel"):
    kind: str = ""
    name: str = ""


class _AutoscalerSpec(msgspec.Struct, frozen=True, rename="camel"):
    scale_target_ref: _Target = _Target()


class _Autoscaler(msgspec.Struct, frozen=True):
    spec: _AutoscalerSpec = _AutoscalerSpec()


@dataclass(frozen=True)
class Kind:
    """One kind, which of its objects we want, to whom they matter, what of them is kept."""

    resource: Resource
    owner: Callable[[bytes | msgspec.Raw, Meta], Name | None]
    shrink: Callable[[Fields], None]
    selector: str = OURS


def _same_name(raw: bytes | msgspec.Raw, metadata: Meta) -> Name | None:
    del raw
    return metadata.namespace, metadata.name


def _labelled(raw: bytes | msgspec.Raw, metadata: Meta) -> Name | None:
    del raw
    instance = (metadata.labels or {}).get(names.INSTANCE_LABEL)
    return (metadata.namespace, instance) if instance else None


def _target(raw: bytes | msgspec.Raw, metadata: Meta) -> Name | None:
    try:
        target = msgspec.json.decode(raw, type=_Autoscaler).spec.scale_target_ref
    except msgspec.DecodeError:
        return None
    return (metadata.namespace, target.name) if target.kind == "Deployment" else None


def _whole(fields: Fields) -> None:
    """Keep everything: what we compare with what we want."""


def _conditions_of_sets(fields: Fields) -> None:
    _without_managers(fields)
    fields.get("spec", {}).pop("template", None)


KEPT_OF_SPECS = ("nodeName", "containers", "initContainers", "terminationGracePeriodSeconds")
KEPT_OF_CONTAINERS = ("name", "image", "restartPolicy", "ports", "resources", "volumeMounts")


def _state_of_pods(fields: Fields) -> None:
    """Keep what says how a Pod is: its environment is none of our business."""
    _without_managers(fields)
    spec: dict[str, Any] = fields.get("spec") or {}
    volumes: list[dict[str, Any]] = spec.get("volumes") or []
    kept = {key: value for key, value in spec.items() if key in KEPT_OF_SPECS}
    for group in ("containers", "initContainers"):
        listed: list[dict[str, Any]] = kept.get(group) or []
        kept[group] = [
            {key: value for key, value in one.items() if key in KEPT_OF_CONTAINERS}
            for one in listed
        ]
    fields["spec"] = {**kept, "volumes": [one for one in volumes if "configMap" in one]}


def _without_managers(fields: Fields) -> None:
    fields.get("metadata", {}).pop("managedFields", None)


def _nothing(fields: Fields) -> None:
    fields.clear()


KINDS: Mapping[str, Kind] = {
    "MCPServer": Kind(MCPSERVERS, _same_name, _without_managers, selector=""),
    "Deployment": Kind(DEPLOYMENTS, _same_name, _whole),
    "Service": Kind(SERVICES, _same_name, _whole),
    "ServiceAccount": Kind(SERVICE_ACCOUNTS, _same_name, _whole),
    "NetworkPolicy": Kind(NETWORK_POLICIES, _same_name, _whole),
    "ReplicaSet": Kind(REPLICA_SETS, _labelled, _conditions_of_sets),
    "Pod": Kind(PODS, _labelled, _state_of_pods),
    "HorizontalPodAutoscaler": Kind(AUTOSCALERS, _target, _nothing, selector=""),
}
RIGHTS = (
    {"apiGroups": ["kagent.dev"], "resources": ["mcpservers"], "verbs": ["get", "list", "watch"]},
    {"apiGroups": ["apps"], "resources": ["replicasets"], "verbs": ["list", "watch"]},
    {"apiGroups": [""], "resources": ["pods"], "verbs": ["list", "watch"]},
    {
        "apiGroups": ["autoscaling"],
        "resources": ["horizontalpodautoscalers"],
        "verbs": ["list", "watch"],
    },
)
"""The rules of RBAC for what is only looked at, wherever there are servers."""


class Shelves:
    """A shelf for each kind; what is on them is packed."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self._shelves: dict[str, Shelf[bytes]] = {kind: Shelf() for kind in KINDS}
        self._told = dict[str, str]()
        """The versions of objects that were said to be unreadable."""

    def __getitem__(self, kind: str) -> Shelf[bytes]:
        """Return the shelf of a kind."""
        return self._shelves[kind]

    def servers(self) -> list[Name]:
        """Return every MCPServer."""
        return self._shelves["MCPServer"].keys()

    def fields(self, kind: str, name: Name) -> Fields | None:
        """Return an object as JSON."""
        seen = self._shelves[kind].get(name)
        return None if seen is None else _unpacked(seen.content, kind)

    def owned(self, kind: str, owner: Name) -> tuple[Fields, ...]:
        """Return all that matters to a server, in the order of their names."""
        found = sorted(self._shelves[kind].owned(owner), key=lambda seen: seen.name)
        return tuple(_unpacked(seen.content, kind) for seen in found)

    def listed(
        self, kind: str, scope: str | None, raws: tuple[msgspec.Raw, ...], version: str
    ) -> set[Name]:
        """Take note of a whole list, and return to which servers something of it is news."""
        shelf = self._shelves[kind]
        found = [one for raw in raws if (one := self._seen(kind, raw)) is not None]
        return shelf.replace(scope, found, _number(version))

    def put(self, kind: str, raw: msgspec.Raw | bytes) -> set[Name]:
        """Take note of one object."""
        seen = self._seen(kind, raw)
        return set() if seen is None else self._shelves[kind].put(seen)

    def drop(self, kind: str, name: Name, version: str) -> set[Name]:
        """Take note that an object is gone."""
        return self._shelves[kind].drop(name, _number(version))

    def absent(self, kind: str, name: Name) -> None:
        """Take note that an object was asked for and is not there."""
        known = self._shelves[kind].get(name)
        if known is not None:
            self._shelves[kind].drop(name, known.version)

    def _seen(self, kind: str, raw: msgspec.Raw | bytes) -> Seen[bytes] | None:
        try:
            return self._understood(kind, raw)
        except msgspec.DecodeError:
            return None  # an object without a name is nobody's
        except RecursionError:
            metadata = metadata_of(msgspec.Raw(bytes(raw)))
            self.unreadable(kind, Broken(metadata, TOO_DEEP))
            return None

    def unreadable(self, kind: str, broken: Broken) -> None:
        """Say that nothing can be known of an object; once for each version of it."""
        metadata = broken.metadata
        told = f"{kind}/{metadata.namespace}/{metadata.name}"
        if self._told.get(told) != metadata.resource_version:
            extra = {"object": told, "reason": broken.problem}
            log.warning("an object is unreadable", extra=extra)
        if len(self._told) >= MOST_TOLD:
            self._told.clear()
        self._told[told] = metadata.resource_version

    def _understood(self, kind: str, raw: msgspec.Raw | bytes) -> Seen[bytes]:
        metadata = msgspec.json.decode(raw, type=_Named).metadata
        known = self._shelves[kind].get((metadata.namespace, metadata.name))
        version = _number(metadata.resource_version)
        if known is not None and known.version == version:
            return known
        how = KINDS[kind]
        return Seen(
            metadata.namespace,
            metadata.name,
            metadata.uid,
            version,
            how.owner(raw, metadata),
            _packed(raw, how),
        )


def _packed(raw: msgspec.Raw | bytes, how: Kind) -> bytes:
    if how.shrink is _whole:
        return zlib.compress(bytes(raw), FASTEST)
    fields: Fields = msgspec.json.decode(raw)
    how.shrink(fields)
    return zlib.compress(msgspec.json.encode(fields), FASTEST)


def _unpacked(content: bytes, kind: str) -> Fields:
    """Return the object; items of a list do not say what they are, so that is added."""
    found: Fields = msgspec.json.decode(zlib.decompress(content))
    return {**found, "apiVersion": KINDS[kind].resource.api_version, "kind": kind}


def _number(version: str) -> int:
    return int(version) if version.isdecimal() else 0
