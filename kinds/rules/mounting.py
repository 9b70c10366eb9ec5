"""Rules about volumes and mounts, of the server and of its sidecars."""

import posixpath
from collections.abc import Iterator
from functools import lru_cache

from kinds import names, reading
from kinds.problems import Problem, forbidden, missing, wrong
from kinds.reading import Fields, is_map, text
from kinds.rules.rule import Cel, Rule

DEPLOYMENT = "spec.deployment"
VOLUMES = f"{DEPLOYMENT}.volumes"
OURS = f"{names.SOCKET_FOLDER} belongs to kmcp: mount it elsewhere"
ROOT = "nothing can be mounted over /: name a folder below it"
TWO_SUB_PATHS = "subPath and subPathExpr exclude each other: remove one"
SUB_PATHS = {"subPath", "subPathExpr"}
SUB_PATH = "must lead down from the volume: no / in front and no .."
NEEDED = (
    ("secret", "secretName"),
    ("configMap", "name"),
    ("persistentVolumeClaim", "claimName"),
    ("hostPath", "path"),
    ("nfs", "path"),
    ("nfs", "server"),
    ("csi", "driver"),
)
"""Sources that mean nothing without this member, though the schema cannot say so."""
SPOKEN = {
    "secret": "Secret",
    "configMap": "ConfigMap",
    "persistentVolumeClaim": "PersistentVolumeClaim",
    "hostPath": "folder of the node",
    "nfs": "NFS export",
    "csi": "driver of the volume",
}


def volume_names_are_free(server: Fields) -> Iterator[Problem]:
    """One name is taken by the volume where adapter and launcher meet."""
    for position, volume in reading.items(server, *VOLUMES.split(".")):
        if volume.get("name") == names.SOCKET_VOLUME:
            sentence = "this name is kmcp's own: take another"
            yield forbidden(f"{VOLUMES}[{position}].name", sentence)


def volumes_have_one_source(server: Fields) -> Iterator[Problem]:
    """None at all means an emptyDir, as in a Pod; several mean nothing."""
    for position, volume in reading.items(server, *VOLUMES.split(".")):
        sources = [key for key, value in volume.items() if key != "name" and value is not None]
        if len(sources) > 1:
            listed = ", ".join(sorted(sources))
            yield forbidden(
                f"{VOLUMES}[{position}]", f"a volume has one source: keep one of {listed}"
            )


def sources_are_named(server: Fields) -> Iterator[Problem]:
    """A Secret or ConfigMap without a name is none."""
    for position, volume in reading.items(server, *VOLUMES.split(".")):
        for source, member in NEEDED:
            if is_map(volume.get(source)) and volume[source].get(member) in (None, ""):
                path = f"{VOLUMES}[{position}].{source}.{member}"
                yield missing(path, f"name the {SPOKEN.get(source, source)} to be mounted")


def mounts_name_a_volume(server: Fields) -> Iterator[Problem]:
    """A mount without its volume makes a Pod that the API server refuses."""
    known = {text(volume, "name") for _, volume in reading.items(server, *VOLUMES.split("."))}
    known |= {names.ADAPTER_CONFIG_VOLUME}
    for _, reference in reading.items(server, "spec", "deployment", "configMapRefs"):
        known.add(names.CONFIG_MAP_VOLUME_PREFIX + text(reference, "name"))
    for path, mount in _mounts(server):
        name = text(mount, "name")
        if name and name not in known and name != names.SOCKET_VOLUME:
            yield wrong(f"{path}.name", name, "no volume has this name: add it to volumes")


def mounts_leave_our_folder_alone(server: Fields) -> Iterator[Problem]:
    """Whoever mounts there could stand between adapter and server."""
    for path, mount in _mounts(server):
        place = text(mount, "mountPath")
        if not place:
            continue
        plain = _plain(place)
        if plain == "/":
            yield wrong(f"{path}.mountPath", place, ROOT)
        elif plain == names.SOCKET_FOLDER or plain.startswith(f"{names.SOCKET_FOLDER}/"):
            yield wrong(f"{path}.mountPath", place, OURS)
        if mount.get("name") == names.SOCKET_VOLUME:
            yield forbidden(f"{path}.name", "this volume is kmcp's own: mount another")


@lru_cache(maxsize=1024)
def _plain(place: str) -> str:
    """Return the folder however it is spelled; /var/run is a link to /run in nearly every image."""
    plain = posixpath.normpath("/" + place.lstrip("/"))
    return plain.removeprefix("/var") if plain.startswith("/var/run/") else plain


def sub_paths_lead_down(server: Fields) -> Iterator[Problem]:
    """The API server refuses a way out of the volume."""
    for path, mount in _mounts(server):
        for member in SUB_PATHS & mount.keys():
            below = text(mount, member)
            if below.startswith("/") or ".." in below.split("/"):
                yield wrong(f"{path}.{member}", below, SUB_PATH)
        if mount.get("subPath") and mount.get("subPathExpr"):
            yield forbidden(f"{path}.subPathExpr", TWO_SUB_PATHS)


def sidecar_names_are_free(server: Fields) -> Iterator[Problem]:
    """Two names of a server's Pod are taken."""
    for position, sidecar in reading.items(server, "spec", "deployment", "sidecars"):
        if sidecar.get("name") in names.RESERVED_CONTAINERS:
            path = f"{DEPLOYMENT}.sidecars[{position}].name"
            yield forbidden(path, f"{sidecar['name']} is kmcp's own container: take another name")


def _mounts(server: Fields) -> Iterator[tuple[str, Fields]]:
    for position, mount in reading.items(server, "spec", "deployment", "volumeMounts"):
        yield f"{DEPLOYMENT}.volumeMounts[{position}]", mount
    for number, sidecar in reading.items(server, "spec", "deployment", "sidecars"):
        for position, mount in reading.items(sidecar, "volumeMounts"):
            yield f"{DEPLOYMENT}.sidecars[{number}].volumeMounts[{position}]", mount


RULES = (
    Rule(
        volume_names_are_free,
        (
            Cel(
                f"{VOLUMES}[]",
                f"self.name != '{names.SOCKET_VOLUME}'",
                f"the name {names.SOCKET_VOLUME} is kmcp's own: take another",
            ),
        ),
    ),
    Rule(volumes_have_one_source),
    Rule(sources_are_named),
    Rule(
        mounts_name_a_volume,
        (
            Cel(
                DEPLOYMENT,
                "!has(self.volumeMounts) || self.volumeMounts.all(mount, "
                f"mount.name in ['{names.ADAPTER_CONFIG_VOLUME}', '{names.SOCKET_VOLUME}'] || "
                "has(self.volumes) && self.volumes.exists(one, one.name == mount.name) || "
                f"mount.name.startsWith('{names.CONFIG_MAP_VOLUME_PREFIX}') && "
                "has(self.configMapRefs))",
                "volumeMounts: a mount names a volume that is not in volumes",
            ),
        ),
    ),
    Rule(
        mounts_leave_our_folder_alone,
        (
            Cel(
                f"{DEPLOYMENT}.volumeMounts[]",
                f"!(self.mountPath + '/').startsWith('{names.SOCKET_FOLDER}/') && "
                f"!(self.mountPath + '/').startsWith('/var{names.SOCKET_FOLDER}/')",
                OURS,
            ),
            Cel(
                f"{DEPLOYMENT}.volumeMounts[]",
                f"self.name != '{names.SOCKET_VOLUME}'",
                f"the volume {names.SOCKET_VOLUME} is kmcp's own: mount another",
            ),
            Cel(f"{DEPLOYMENT}.volumeMounts[]", "self.mountPath != '/'", ROOT),
        ),
    ),
    Rule(
        sub_paths_lead_down,
        (
            Cel(
                f"{DEPLOYMENT}.volumeMounts[]",
                "!has(self.subPath) || !self.subPath.startsWith('/') && "
                "!('/' + self.subPath + '/').contains('/../')",
                SUB_PATH,
            ),
            Cel(
                f"{DEPLOYMENT}.volumeMounts[]",
                "!(has(self.subPath) && self.subPath != '' && "
                "has(self.subPathExpr) && self.subPathExpr != '')",
                TWO_SUB_PATHS,
            ),
        ),
    ),
    Rule(
        sidecar_names_are_free,
        (
            Cel(
                f"{DEPLOYMENT}.sidecars[]",
                f"!(self.name in ['{names.SERVER_CONTAINER}', '{names.ADAPTER_CONTAINER}'])",
                "mcp-server and kmcp-adapter are kmcp's own containers: take another name",
            ),
        ),
    ),
)
