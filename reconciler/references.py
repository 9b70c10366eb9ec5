"""What an MCPServer refers to: what must be there, and what its Pods are made anew for."""

from collections.abc import Iterator
from dataclasses import dataclass

from kinds import references as kinds_references
from kinds.reading import Fields, fields, items, text, within
from kinds.references import Reference
from reconciler.observed import Key

CONTENT_SOURCES = [
    one for one in kinds_references.VOLUME_SOURCES if one[-1] in ("Secret", "ConfigMap")
]
DEPLOYMENT = ("spec", "deployment")


def required(server: Fields) -> list[Reference]:
    """Return what ResolvedRefs looks for, with the field that names each."""
    projected = [
        Reference(where, holder.kind, holder.name)
        for where, source, holder in _sources(server)
        if ".projected." in where and holder.name and source.get("optional") is not True
    ]
    return [*kinds_references.references(server), *projected]


def rolling(server: Fields) -> dict[Key, frozenset[str]]:
    """Return the Secrets and ConfigMaps whose content the Pods see, so that they roll with it.

    With each are the keys that have to be in it, or else no Pod starts.
    """
    needed: dict[Key, set[str]] = {key: set() for key in _seen(server) if key.name}
    for one in taken(server):
        needed[one.holder].add(one.key)
    found = sorted(needed, key=lambda key: (key.kind, key.name))
    return {key: frozenset(needed[key]) for key in found}


@dataclass(frozen=True)
class Taken:
    """A key that a volume takes out of a Secret or a ConfigMap."""

    field: str
    holder: Key
    key: str


def taken(server: Fields) -> list[Taken]:
    """Return the keys that have to be there, in the order of the manifest."""
    found = [
        Taken(f"{where}.items[{position}]", holder, text(item, "key"))
        for where, source, holder in _sources(server)
        for position, item in items(source, "items")
        if source.get("optional") is not True
    ]
    return [one for one in found if one.key and one.holder.name]


def _sources(server: Fields) -> Iterator[tuple[str, Fields, Key]]:
    """Yield each place of a volume where a Secret or a ConfigMap is named."""
    for position, volume in items(server, *DEPLOYMENT, "volumes"):
        where = f"spec.deployment.volumes[{position}]"
        for name, member, kind in CONTENT_SOURCES:
            source = fields(within(volume, name))
            yield f"{where}.{name}", source, Key(kind, text(source, member))
        for number, projected in items(volume, "projected", "sources"):
            for name, _, kind in CONTENT_SOURCES:
                source = fields(within(projected, name))
                place = f"{where}.projected.sources[{number}].{name}"
                yield place, source, Key(kind, text(source, "name"))


def _seen(server: Fields) -> Iterator[Key]:
    for _, one in items(server, *DEPLOYMENT, "secretRefs"):
        yield Key("Secret", text(one, "name"))
    for _, one in items(server, *DEPLOYMENT, "configMapRefs"):
        yield Key("ConfigMap", text(one, "name"))
    for _, _, holder in _sources(server):
        yield holder
    for _, sidecar in items(server, *DEPLOYMENT, "sidecars"):
        yield from _read(sidecar)


def _read(container: Fields) -> Iterator[Key]:
    for _, one in items(container, "envFrom"):
        yield Key("Secret", text(one, "secretRef", "name"))
        yield Key("ConfigMap", text(one, "configMapRef", "name"))
    for _, one in items(container, "env"):
        yield Key("Secret", text(one, "valueFrom", "secretKeyRef", "name"))
        yield Key("ConfigMap", text(one, "valueFrom", "configMapKeyRef", "name"))
