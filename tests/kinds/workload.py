"""The least Deployment that carries every part of an MCPServer which a Pod has too.

It is no plan of what kmcp makes: only a way to ask the API server about those parts.
"""

from kinds import names, reading
from kinds.reading import Fields, fields
from tests.kinds.corpus import Object

POD = ("imagePullSecrets", "tolerations", "affinity", "nodeSelector")
CONTAINER = ("image", "imagePullPolicy", "args", "volumeMounts", "resources", "securityContext")


def deployment(server: Fields) -> Object:
    """Return the Deployment of a server whose defaults are filled in."""
    source = fields(server["spec"]["deployment"])
    name = server["metadata"]["name"]
    labels = dict.fromkeys(names.SELECTOR_LABELS, name)
    template: Object = {
        "metadata": {
            "labels": {**fields(source.get("labels")), **labels},
            "annotations": source.get("annotations"),
        },
        "spec": {
            **_taken(source, POD),
            "serviceAccountName": source.get("serviceAccountName") or name,
            "securityContext": source.get("podSecurityContext"),
            "containers": [_server(source), *(source.get("sidecars") or [])],
            "volumes": _volumes(source),
        },
    }
    spec = {"replicas": source["replicas"], "selector": {"matchLabels": labels}}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name},
        "spec": {**spec, "template": template},
    }


def _server(source: Fields) -> Object:
    variables = reading.texts(source, "env")
    return {
        "name": names.SERVER_CONTAINER,
        **_taken(source, CONTAINER),
        "command": [source["cmd"]] if source.get("cmd") else None,
        "env": [{"name": name, "value": value} for name, value in variables.items()],
        "envFrom": [{"secretRef": one} for _, one in reading.items(source, "secretRefs")],
    }


def _volumes(source: Fields) -> list[Object]:
    """Return the volumes, with those that upstream adds and mounts may name."""
    own = list(source.get("volumes") or [])
    wanted = {names.ADAPTER_CONFIG_VOLUME: "config"}
    for _, one in reading.items(source, "configMapRefs"):
        wanted[names.CONFIG_MAP_VOLUME_PREFIX + one["name"]] = one["name"]
    taken = {volume["name"] for volume in own}
    return own + [
        {"name": name.replace(".", "-"), "configMap": {"name": target}}
        for name, target in wanted.items()
        if name not in taken
    ]


def _taken(source: Fields, keys: tuple[str, ...]) -> Object:
    return {key: source[key] for key in keys if source.get(key) is not None}
