"""What the metadata of Pods tells: who asks for what, who has it, and whose Pods they are."""

from collections.abc import Mapping
from typing import Any

import msgspec

from adapter.injection.annotations import EXPOSE
from adapter.injection.choices import CONFLICT_CHOICE
from cluster.owners import OwnerReference
from kinds import names

YES = "true"
REVISION_LABEL = "controller-revision-hash"
"""What Kubernetes writes on Pods of StatefulSets and DaemonSets: from which template they are."""


class Labels(msgspec.Struct, frozen=True):
    """The labels that matter."""

    inject: str | None = msgspec.field(default=None, name=names.INJECT)
    expose: str | None = msgspec.field(default=None, name=EXPOSE)
    revision: str = msgspec.field(default="", name=REVISION_LABEL)


class Annotations(msgspec.Struct, frozen=True):
    """The annotations that matter."""

    inject: str | None = msgspec.field(default=None, name=names.INJECT)
    container: str | None = msgspec.field(default=None, name=names.CONTAINER_CHOICE)
    command: str | None = msgspec.field(default=None, name=names.COMMAND_CHOICE)
    injected: str | None = msgspec.field(default=None, name=names.INJECTED)
    expose: str | None = msgspec.field(default=None, name=EXPOSE)
    on_conflict: str | None = msgspec.field(default=None, name=CONFLICT_CHOICE)


class Sighting(msgspec.Struct, frozen=True, rename="camel"):
    """One Pod."""

    name: str = ""
    namespace: str = ""
    uid: str = ""
    labels: Labels = Labels()
    annotations: Annotations = Annotations()
    owner_references: list[OwnerReference] | None = None
    deletion_timestamp: str | None = None

    @property
    def is_injected(self) -> bool:
        """Say whether it has its adapter."""
        return self.annotations.injected is not None

    @property
    def speaks_of_expose(self) -> bool:
        """Say whether it names the key, whatever it says."""
        return (self.labels.expose or self.annotations.expose) is not None

    @property
    def template(self) -> str:
        """Return what tells the Pods of one template from those of another."""
        return "/".join([*(one.uid for one in self._controllers()), self.labels.revision])

    def owned(self) -> Mapping[str, Any]:
        """Return what `cluster.owners` reads."""
        return {"metadata": {"ownerReferences": list(self._controllers())}}

    def _controllers(self) -> list[OwnerReference]:
        return [one for one in self.owner_references or () if one.controller]


class Listed(msgspec.Struct, frozen=True):
    """A Pod of which nothing but the metadata is read."""

    metadata: Sighting = Sighting()
