"""Reviews that no API server would send: manifests with parts torn out, swapped and blown up."""

import json
import random
from collections.abc import Iterator
from copy import deepcopy
from typing import Any

from kinds.reading import is_list, is_map
from tests.webhook import workloads
from tests.webhook.reviews import MCPSERVER, SPEC, server

MADE = 1_000_000
ODD: tuple[Any, ...] = (
    None,
    True,
    0,
    -1,
    2**31,
    2**63,
    -(2**63) - 1,
    10**400,
    1e308,
    0.5,
    "",
    " ",
    "\x00",
    "\ud800".encode("utf-16", "surrogatepass").decode("utf-16", "replace"),
    "ä" * 70,
    "x" * 5000,
    "." * 3000,
    "../..",
    "1e99999999",
    "9" * 31,
    "true",
    "-5s",
    "$(reboot)",
    [],
    [[]],
    [None],
    {},
    {"": None},
    {"name": {"name": {}}},
    {"f:spec": {}},
    {"a/b/c": "d", "x.y[0]": [1]},
)
"""What stands where something else is expected."""

KEYS = ("spec", "metadata", "name", "deployment", "managedFields", "annotations", "", "a.b", "ü")


def bodies(seed: int, kind: str = "MCPServer") -> Iterator[bytes]:
    """Yield bodies without end, the same ones for the same seed."""
    chance = random.Random(seed)
    while True:
        review = _review(chance) if kind == "MCPServer" else _review_of_pods(chance, kind)
        for _ in range(chance.randrange(6)):
            if review:
                _spoil(_part(review, chance), chance)
        body = json.dumps(review).encode()
        yield _torn(body, chance) if chance.random() < 0.2 else body


def _review(chance: random.Random) -> dict[str, Any]:
    managed: dict[str, Any] = {
        "managedFields": [{"fieldsV1": {"f:spec": {"f:deployment": {"f:image": {}}}}}]
    }
    old = server(_rich(), **managed)
    new = server(_rich(), **managed)
    return {
        "apiVersion": "admission.k8s.io/v1",
        "kind": "AdmissionReview",
        "request": {
            "uid": str(chance.randrange(MADE)),
            "kind": dict(MCPSERVER),
            "operation": chance.choice(["CREATE", "UPDATE", "UPDATE", "DELETE"]),
            "name": "web",
            "namespace": "shop",
            "userInfo": {"username": "ada", "groups": ["a"], "extra": {"b": ["c"]}},
            "object": new,
            "oldObject": chance.choice([None, old]),
            "dryRun": chance.choice([None, True, False]),
        },
    }


def _review_of_pods(chance: random.Random, kind: str) -> dict[str, Any]:
    side = {"name": "side", "image": "side:1", "restartPolicy": "Always"}
    mine = workloads.server(
        ports=[{"containerPort": 9000, "protocol": "TCP"}],
        volumeMounts=[{"name": "data", "mountPath": "/data"}],
        lifecycle={"preStop": {"sleep": {"seconds": 1}}},
    )
    spec: dict[str, Any] = {"initContainers": [side], "volumes": [{"name": "data", "emptyDir": {}}]}
    choices = {
        "inject": "true",
        "container": "server",
        "config": '{"drainDelay": "5s"}',
        "adapter-resources": '{"limits": {"cpu": "2"}}',
        "injected": chance.choice(["", "{}", '{"container": "server", "words": 1}']),
    }
    made = workloads.annotated(workloads.pod(mine, **spec), **choices)
    if kind != "Pod":
        template = {"metadata": made["metadata"], "spec": made["spec"]}
        made = {**workloads.workload(kind, mine), "spec": {"template": template}}
    review: dict[str, Any] = json.loads(workloads.body(made, uid=str(chance.randrange(MADE))))
    return review


def _rich() -> dict[str, Any]:
    """Return a spec where every rule has something to look at."""
    container = {
        "name": "side",
        "image": "example/side:1",
        "ports": [{"containerPort": 9000}],
        "volumeMounts": [{"name": "data", "mountPath": "/data", "subPath": "a"}],
        "resources": {"limits": {"cpu": "1"}, "requests": {"cpu": "500m"}},
        "securityContext": {"capabilities": {"add": ["CHOWN"]}},
    }
    deployment = {
        **SPEC["deployment"],
        "port": 3000,
        "args": ["--verbose"],
        "env": {"LOG_LEVEL": "debug"},
        "secretRefs": [{"name": "keys"}],
        "volumes": [{"name": "data", "persistentVolumeClaim": {"claimName": "disk"}}],
        "volumeMounts": [{"name": "data", "mountPath": "/data"}],
        "sidecars": [container],
        "tolerations": [{"key": "a", "operator": "Exists"}],
        "labels": {"a": "b"},
        "resources": {"limits": {"memory": "1Gi"}, "requests": {"memory": "128Mi"}},
        "podSecurityContext": {"runAsNonRoot": True, "runAsUser": 1000},
    }
    adapter = {"sessions": {"maximum": 5}, "allowedHosts": ["a.example"]}
    return {"deployment": deployment, "timeout": "30s", "stdioTransport": {}, "adapter": adapter}


def _spoil(document: Any, chance: random.Random) -> None:  # noqa: ANN401 - JSON
    """Change one place somewhere inside."""
    parent, key = _place(document, chance)
    match chance.randrange(4):
        case 0:
            parent[key] = deepcopy(chance.choice(ODD))
        case 1:
            parent.pop(key)
        case 2 if is_map(parent):
            parent[chance.choice(KEYS)] = deepcopy(chance.choice(ODD))
        case _:
            parent[key] = _nested(chance.randrange(1, 300), deepcopy(chance.choice(ODD)))


def _part(review: dict[str, Any], chance: random.Random) -> dict[str, Any]:
    """Return where to look for a place: mostly the spec, now and then the envelope."""
    node = review
    for key in ("request", chance.choice(["object", "object", "oldObject"]), "spec", "deployment"):
        inner = node.get(key)
        if not is_map(inner) or not inner or chance.random() < 0.08:
            break
        node = inner
    return node or review


def _place(document: Any, chance: random.Random) -> tuple[Any, Any]:  # noqa: ANN401 - JSON
    """Return a map or list somewhere inside, and one of its keys."""
    node, found = document, (document, next(iter(document)))
    while (is_map(node) or is_list(node)) and node:
        keys: list[Any] = list(node) if is_map(node) else list(range(len(node)))
        key = chance.choice(keys)
        found = (node, key)
        if chance.random() < 0.2:
            break
        node = node[key]
    return found


def _nested(depth: int, value: object) -> object:
    for _ in range(depth):
        value = [value]
    return value


def _torn(body: bytes, chance: random.Random) -> bytes:
    """Return the bytes cut off, or with some of them changed."""
    if chance.random() < 0.3:
        return body[: chance.randrange(len(body))]
    spoiled = bytearray(body)
    for _ in range(chance.randrange(1, 5)):
        spoiled[chance.randrange(len(spoiled))] = chance.randrange(256)
    return bytes(spoiled)
