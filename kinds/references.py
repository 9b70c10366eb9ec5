"""The other objects that an MCPServer needs: Secrets, ConfigMaps, accounts, claims."""

from collections.abc import Iterator
from dataclasses import dataclass

from kinds import reading
from kinds.reading import Fields, fields, text, within

DEPLOYMENT = "spec.deployment"
VOLUME_SOURCES = (
    ("secret", "secretName", "Secret"),
    ("configMap", "name", "ConfigMap"),
    ("persistentVolumeClaim", "claimName", "PersistentVolumeClaim"),
)


@dataclass(frozen=True)
class Reference:
    """One object in the same namespace, and the field that names it."""

    field: str
    kind: str
    name: str


def references(server: Fields) -> list[Reference]:
    """Return what has to be there before the Pods can start, in the order of the manifest."""
    found = [*_listed(server), *_mounted(server)]
    account = text(server, "spec", "deployment", "serviceAccountName")
    if account:
        path = f"{DEPLOYMENT}.serviceAccountName"
        found.append(Reference(path, "ServiceAccount", account))
    return [one for one in found if one.name]


def _listed(server: Fields) -> Iterator[Reference]:
    lists = {
        "secretRefs": "Secret",
        "configMapRefs": "ConfigMap",
        "imagePullSecrets": "Secret",
    }
    for key, kind in lists.items():
        for position, reference in reading.items(server, "spec", "deployment", key):
            yield Reference(f"{DEPLOYMENT}.{key}[{position}]", kind, text(reference, "name"))


def _mounted(server: Fields) -> Iterator[Reference]:
    for position, volume in reading.items(server, "spec", "deployment", "volumes"):
        for source, member, kind in VOLUME_SOURCES:
            found = fields(within(volume, source))
            if found.get("optional") is not True:
                path = f"{DEPLOYMENT}.volumes[{position}].{source}"
                yield Reference(path, kind, text(found, member))
