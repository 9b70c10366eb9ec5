"""What an MCPServer refers to: what must be there, and what its Pods are made anew for."""

from collections.abc import Iterator

from kinds import references as kinds_references
from kinds.reading import Fields, fields, items, text, within
from kinds.references import Reference
from reconciler.observed import Key

CONTENTS = ("Secret", "ConfigMap")
DEPLOYMENT = ("spec", "deployment")


def required(server: Fields) -> list[Reference]:
    """Return what ResolvedRefs looks for, with the field that names each."""
    return kinds_references.references(server)


def rolling(server: Fields) -> list[Key]:
    """Return the Secrets and ConfigMaps whose content the Pods see, so that they roll with it."""
    found = {key for key in _seen(server) if key.name}
    return sorted(found, key=lambda key: (key.kind, key.name))


def _seen(server: Fields) -> Iterator[Key]:
    for _, one in items(server, *DEPLOYMENT, "secretRefs"):
        yield Key("Secret", text(one, "name"))
    for _, one in items(server, *DEPLOYMENT, "configMapRefs"):
        yield Key("ConfigMap", text(one, "name"))
    for _, volume in items(server, *DEPLOYMENT, "volumes"):
        yield from _mounted(volume)
        for _, source in items(volume, "projected", "sources"):
            yield Key("Secret", text(source, "secret", "name"))
            yield Key("ConfigMap", text(source, "configMap", "name"))
    for _, sidecar in items(server, *DEPLOYMENT, "sidecars"):
        yield from _read(sidecar)


def _mounted(volume: Fields) -> Iterator[Key]:
    for source, member, kind in kinds_references.VOLUME_SOURCES:
        if kind in CONTENTS:
            yield Key(kind, text(fields(within(volume, source)), member))


def _read(container: Fields) -> Iterator[Key]:
    for _, one in items(container, "envFrom"):
        yield Key("Secret", text(one, "secretRef", "name"))
        yield Key("ConfigMap", text(one, "configMapRef", "name"))
    for _, one in items(container, "env"):
        yield Key("Secret", text(one, "valueFrom", "secretKeyRef", "name"))
        yield Key("ConfigMap", text(one, "valueFrom", "configMapKeyRef", "name"))
