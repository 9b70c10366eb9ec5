"""The edges of the rules; what users read of common mistakes stands in wrong.txt."""

import pytest

from kinds.rules.catalogue import RULES, problems
from tests.kinds.corpus import Object, said, server, spec

AGENT = {"name": "agent", "image": "registry.example.com/agent:1"}
EMPTY: Object = {}
EDGES: dict[str, tuple[Object, list[str]]] = {
    "a UDP port beside the adapter's": (
        server(sidecars=[{**AGENT, "ports": [{"containerPort": 3000, "protocol": "UDP"}]}]),
        [],
    ),
    "a protocol that was left empty means TCP": (
        server(sidecars=[{**AGENT, "ports": [{"containerPort": 3000, "protocol": ""}]}]),
        ["spec.deployment.sidecars[0].ports[0].containerPort"],
    ),
    "a sidecar on the port of the adapter, which the user moved": (
        server(port=4000, sidecars=[{**AGENT, "ports": [{"containerPort": 4000}]}]),
        ["spec.deployment.sidecars[0].ports[0].containerPort"],
    ),
    "a sidecar on 3000 after the adapter has moved": (
        server(port=4000, sidecars=[{**AGENT, "ports": [{"containerPort": 3000}]}]),
        [],
    ),
    "the Service's port of an http server is free in the Pod": (
        spec(
            transportType="http",
            httpTransport={"targetPort": 8080},
            deployment={
                "image": "a:1",
                "port": 3901,
                "sidecars": [{**AGENT, "ports": [{"containerPort": 3901}]}],
            },
        ),
        [],
    ),
    "a request as large as its limit, spelled otherwise": (
        server(resources={"requests": {"cpu": "1500m"}, "limits": {"cpu": 1.0, "memory": "1Gi"}}),
        [],
    ),
    "a request without a limit": (server(resources={"requests": {"cpu": 64}}), []),
    "a path may hold spaces": (server(cmd="/opt/my tools/run"), []),
    "a word before a tab may not": (server(cmd="run\t-v"), ["spec.deployment.cmd"]),
    "the selector's own value": (server(labels={"app.kubernetes.io/name": "tool"}), []),
    "an account and an empty name": (server(serviceAccount={}, serviceAccountName=""), []),
    "a mount beside our folder": (
        server(
            volumes=[{"name": "a", "emptyDir": EMPTY}],
            volumeMounts=[{"name": "a", "mountPath": "/run/kmcp-data"}],
        ),
        [],
    ),
    "a mount above our folder": (
        server(
            volumes=[{"name": "a", "emptyDir": EMPTY}],
            volumeMounts=[{"name": "a", "mountPath": "/run"}],
        ),
        [],
    ),
    "our folder without a slash in front": (
        server(
            volumes=[{"name": "a", "emptyDir": EMPTY}],
            volumeMounts=[{"name": "a", "mountPath": "run//kmcp/./x"}],
        ),
        ["spec.deployment.volumeMounts[0].mountPath"],
    ),
    "dots in a name below a volume": (
        server(
            volumes=[{"name": "a", "emptyDir": EMPTY}],
            volumeMounts=[{"name": "a", "mountPath": "/a", "subPath": "..data/x..y"}],
        ),
        [],
    ),
    "a user who is no user": (server(securityContext={"runAsUser": False}), ["…runAsUser"]),
    "the adapter is no root, whatever the Pod says": (
        server(
            podSecurityContext={"runAsUser": 0},
            initContainer={"securityContext": {"runAsNonRoot": True}},
        ),
        [],
    ),
    "root in the Pod, which only the sidecar escapes": (
        server(
            podSecurityContext={"runAsUser": 0, "runAsNonRoot": True},
            sidecars=[{**AGENT, "securityContext": {"runAsUser": 1}}],
        ),
        ["spec.deployment.podSecurityContext.runAsUser"],
    ),
    "a timeout that is just short enough": (spec(**server()["spec"] | {"timeout": "2562047h"}), []),
    "a name that generates 63 letters": (
        {"metadata": {"generateName": "x" * 62 + "-"}, "spec": server()["spec"]},
        [],
    ),
    "a name that is not there": ({"spec": server()["spec"]}, []),
    "replicas left to somebody else": (
        {"metadata": {"annotations": {"kmcp.dev/replicas": "external"}}, "spec": server()["spec"]},
        [],
    ),
    "no annotations at all": (
        {"metadata": {"annotations": None}, "spec": server()["spec"]},
        [],
    ),
    "an unknown resource of a domain": (server(resources={"limits": {"nvidia.com/gpu": 1}}), []),
    "a resource of a domain in capitals": (
        server(resources={"limits": {"Nvidia.com/gpu": 1}}),
        ["spec.deployment.resources.limits[Nvidia.com/gpu]"],
    ),
    "nulls, as templates leave them": (
        spec(
            stdioTransport=None,
            httpTransport=None,
            timeout=None,
            deployment={
                "image": "a:1",
                "cmd": "a",
                "args": None,
                "env": {"EMPTY": None},
                "resources": {"limits": None, "requests": {"cpu": None}},
                "volumes": [{"name": "a", "emptyDir": None, "secret": None}],
            },
        ),
        [],
    ),
}


@pytest.mark.parametrize(("manifest", "fields"), EDGES.values(), ids=EDGES)
def test_a_rule_ends_where_it_should(manifest: Object, fields: list[str]) -> None:
    found = [line.partition(": ")[0] for line in said(manifest)]
    assert len(found) == len(fields)
    assert all(one.endswith(end.removeprefix("…")) for one, end in zip(found, fields, strict=True))


def test_every_mistake_is_found_at_once_in_the_order_of_the_fields() -> None:
    manifest = server(image="A", port=0, args=[*["ok"] * 10, 1], replicas=-1)
    manifest["spec"]["timeout"] = "soon"
    fields = [line.partition(": ")[0] for line in said(manifest)]
    assert fields == [
        "spec.deployment.args[10]",
        "spec.deployment.image",
        "spec.deployment.port",
        "spec.deployment.replicas",
        "spec.timeout",
    ]


def test_what_is_below_a_part_of_a_wrong_type_is_not_judged() -> None:
    assert said(spec(deployment="tool")) == [
        'spec.deployment: Invalid value: "tool": must be a map of fields'
    ]


def test_long_values_are_cut() -> None:
    (line,) = said(server(image="A" * 500))
    assert line == (
        f'spec.deployment.image: Invalid value: "{"A" * 79}…: write it like registry/name:tag, '
        "in lower case"
    )


def test_a_rule_goes_by_the_name_of_its_function() -> None:
    assert len({rule.name for rule in RULES}) == len(RULES)
    assert RULES[0].name == "name_fits_a_service"


@pytest.mark.parametrize("manifest", [{}, {"spec": None}])
def test_a_server_without_a_spec_is_one_mistake(manifest: Object) -> None:
    assert [one.field for one in problems(manifest)] == ["spec"]
