"""The volumes of a server's Pod, and where the server sees them: the user's, and what follows."""

import posixpath
from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import sha256

from kinds import names
from kinds.reading import Fields, items, text
from reconciler.manifests.runner import HOME, HOME_VOLUME, is_runner

DEPLOYMENT = ("spec", "deployment")
SECRETS_FOLDER, CONFIG_MAPS_FOLDER, CONFIG_FOLDER = "/secrets", "/configmaps", "/config"
LONGEST_NAME = 63


@dataclass
class Plan:
    """What is added for a server, one thing after the other."""

    volumes: list[Fields]
    mounts: list[Fields]
    renamed: dict[str, str] = field(default_factory=dict[str, str])
    """What users may call a volume, and what it is called."""

    def add(self, wish: str, source: Fields) -> str:
        """Add a volume and return its name."""
        name = volume_name(wish, {text(one, "name") for one in self.volumes})
        self.volumes.append({"name": name, **source})
        return name

    def mount(self, name: str, path: str, *, writable: bool = False) -> None:
        """Have the server see a volume, unless a mount of the user's is in the way."""
        if not any(overlap(path, text(one, "mountPath")) for one in self.mounts):
            read_only = {} if writable else {"readOnly": True}
            self.mounts.append({"name": name, "mountPath": path, **read_only})


def plan(server: Fields) -> Plan:
    """Return all volumes of the Pod and all mounts of the server, but for the adapter's."""
    made = Plan(
        [dict(one) for _, one in items(server, *DEPLOYMENT, "volumes")],
        [dict(one) for _, one in items(server, *DEPLOYMENT, "volumeMounts")],
    )
    for name in _listed(server, "secretRefs"):
        volume = made.add(f"secret-{name}", {"secret": {"secretName": name}})
        made.mount(volume, f"{SECRETS_FOLDER}/{name}")
    _plan_config_maps(made, _listed(server, "configMapRefs"))
    if _is_mentioned(server, names.ADAPTER_CONFIG_VOLUME, made.volumes):
        made.add(names.ADAPTER_CONFIG_VOLUME, {"emptyDir": {}})
    if is_runner(server):
        made.mount(made.add(HOME_VOLUME, {"emptyDir": {}}), HOME, writable=True)
    made.mounts = renamed(made.mounts, made.renamed)
    return made


def _plan_config_maps(made: Plan, listed: list[str]) -> None:
    taken = {text(one, "name") for one in made.volumes}
    for name in listed:
        wish = f"{names.CONFIG_MAP_VOLUME_PREFIX}{name}"
        volume = made.add(wish, {"configMap": {"name": name}})
        if wish not in taken:
            made.renamed[wish] = volume
        made.mount(volume, f"{CONFIG_MAPS_FOLDER}/{name}")
        if len(listed) == 1:
            made.mount(volume, CONFIG_FOLDER)


def renamed(mounts: list[Fields], given: dict[str, str]) -> list[Fields]:
    """Return the mounts with the names that the volumes really have."""
    return [{**one, "name": given.get(text(one, "name"), one.get("name"))} for one in mounts]


def volume_name(wish: str, taken: set[str]) -> str:
    """Return a name that a volume may have, the same for the same wish."""
    plain = wish.replace(".", "-")
    if plain == wish and len(wish) <= LONGEST_NAME and wish not in taken:
        return wish
    return f"{plain[:54].rstrip('-')}-{sha256(wish.encode()).hexdigest()[:8]}"


def overlap(one: str, other: str) -> bool:
    """Say whether a folder is the other one, or lies in it, or the other in it."""
    first, second = (posixpath.normpath("/" + path.lstrip("/")) + "/" for path in (one, other))
    return first.startswith(second) or second.startswith(first)


def _listed(server: Fields, key: str) -> list[str]:
    """Return the names in a list of references, each once."""
    return list(dict.fromkeys(text(one, "name") for _, one in items(server, *DEPLOYMENT, key)))


def _is_mentioned(server: Fields, name: str, volumes: list[Fields]) -> bool:
    """Say whether somebody mounts a volume that nobody has brought along."""
    if any(one.get("name") == name for one in volumes):
        return False
    return any(one.get("name") == name for one in _mounts(server))


def _mounts(server: Fields) -> Iterator[Fields]:
    for _, mount in items(server, *DEPLOYMENT, "volumeMounts"):
        yield mount
    for _, sidecar in items(server, *DEPLOYMENT, "sidecars"):
        for _, mount in items(sidecar, "volumeMounts"):
            yield mount
