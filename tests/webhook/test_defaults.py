"""Defaults as users meet them: what is stored, and that nothing ever seems to differ."""

import json
from typing import Any

import pytest

from kinds.reading import is_map
from tests.cluster.facade import Cluster

STDIO: dict[str, Any] = {"deployment": {"image": "example/server:1", "cmd": "/server"}}
HTTP: dict[str, Any] = {
    "httpTransport": {},
    "deployment": {"image": "example/server:1", "port": 8080},
}


def manifest(name: str, spec: dict[str, Any]) -> dict[str, Any]:
    return {
        "apiVersion": "kagent.dev/v1alpha1",
        "kind": "MCPServer",
        "metadata": {"name": name},
        "spec": spec,
    }


def stored(cluster: Cluster, name: str) -> dict[str, Any]:
    found: dict[str, Any] = cluster.get("mcpserver", name)["spec"]
    return found


def server_side(cluster: Cluster, document: dict[str, Any]) -> str:
    words = ["apply", "--server-side", "--filename=-"]
    return cluster.kubectl(*words, stdin=json.dumps(document))


def changed(spec: dict[str, Any], part: str, **values: object) -> dict[str, Any]:
    return {**spec, part: {**spec.get(part, {}), **values}}


def test_the_port_is_stored_and_applying_again_changes_nothing(checked: Cluster) -> None:
    assert "created" in checked.apply(manifest("web", STDIO))
    assert stored(checked, "web")["deployment"]["port"] == 3000
    assert "unchanged" in checked.apply(manifest("web", STDIO))


@pytest.mark.parametrize("spec", [STDIO, HTTP], ids=["stdio", "http"])
def test_nothing_ever_differs_from_what_was_applied(checked: Cluster, spec: dict[str, Any]) -> None:
    document = manifest("web", spec)
    dry = json.loads(
        checked.kubectl(
            "apply", "--dry-run=server", "--output=json", "--filename=-", stdin=json.dumps(document)
        )
    )
    assert checked.find("mcpservers") == []
    checked.apply(document)
    assert stored(checked, "web") == dry["spec"]
    checked.kubectl("diff", "--filename=-", stdin=json.dumps(document))  # exits 1 on any difference
    before = checked.get("mcpserver", "web")["metadata"]["resourceVersion"]
    checked.apply(document)
    assert checked.get("mcpserver", "web")["metadata"]["resourceVersion"] == before


@pytest.mark.parametrize("spec", [STDIO, HTTP], ids=["stdio", "http"])
def test_applying_on_the_server_stores_the_same(checked: Cluster, spec: dict[str, Any]) -> None:
    checked.apply(manifest("client", spec))
    server_side(checked, manifest("server", spec))
    server_side(checked, manifest("server", spec))
    assert stored(checked, "server") == stored(checked, "client")
    assert checked.get("mcpserver", "server")["metadata"]["generation"] == 1


EDITS = [
    pytest.param(HTTP, changed(HTTP, "deployment", port=9090), id="port"),
    pytest.param(STDIO, changed(STDIO, "deployment", port=9090), id="stdio port"),
    pytest.param(
        {"deployment": {"cmd": "npx", "args": ["-y", "tool"]}},
        {"deployment": {"cmd": "uvx", "args": ["tool"]}},
        id="runner",
    ),
    pytest.param(
        {"deployment": {"cmd": "npx", "args": ["-y", "tool"]}},
        {"deployment": {"cmd": "/server", "args": ["-y"], "image": "example/server:1"}},
        id="runner to image",
    ),
    pytest.param(STDIO, HTTP, id="stdio to http"),
    pytest.param(HTTP, STDIO, id="http to stdio"),
    pytest.param(
        {**STDIO, "transportType": "stdio"},
        {"transportType": "http", "deployment": {"image": "example/server:1", "port": 8080}},
        id="transport said",
    ),
    pytest.param(HTTP, changed(HTTP, "httpTransport", targetPort=7000), id="target port"),
    pytest.param(changed(HTTP, "httpTransport", targetPort=7000), HTTP, id="target port dropped"),
    pytest.param(
        changed(HTTP, "httpTransport", targetPort=8080),
        changed(changed(HTTP, "httpTransport", targetPort=8080), "deployment", port=9090),
        id="target port of one's own",
    ),
    pytest.param(changed(STDIO, "deployment", port=4000), STDIO, id="port dropped"),
]


def merge_patch(before: Any, after: Any) -> Any:  # noqa: ANN401 - JSON
    """Return the merge patch that leads from one manifest to the other."""
    if not is_map(before) or not is_map(after):
        return after
    gone: dict[str, Any] = dict.fromkeys(before.keys() - after.keys())
    kept = {key: merge_patch(before.get(key), value) for key, value in after.items()}
    return gone | kept


@pytest.mark.parametrize(("before", "after"), EDITS)
def test_after_an_edit_by_apply_the_object_is_as_if_new(
    checked: Cluster, before: dict[str, Any], after: dict[str, Any]
) -> None:
    checked.apply(manifest("edited", before))
    checked.apply(manifest("edited", after))
    checked.apply(manifest("fresh", after))
    assert stored(checked, "edited") == stored(checked, "fresh")


@pytest.mark.parametrize(("before", "after"), EDITS)
def test_after_an_edit_on_the_server_the_object_is_as_if_new(
    checked: Cluster, before: dict[str, Any], after: dict[str, Any]
) -> None:
    server_side(checked, manifest("edited", before))
    server_side(checked, manifest("edited", after))
    server_side(checked, manifest("fresh", after))
    assert stored(checked, "edited") == stored(checked, "fresh")


@pytest.mark.parametrize(("before", "after"), EDITS)
def test_after_a_merge_patch_the_object_is_as_if_new(
    checked: Cluster, before: dict[str, Any], after: dict[str, Any]
) -> None:
    checked.kubectl("create", "--filename=-", stdin=json.dumps(manifest("edited", before)))
    patch = json.dumps({"spec": merge_patch(before, after)})
    checked.kubectl("patch", "mcpserver", "edited", "--type=merge", f"--patch={patch}")
    checked.kubectl("create", "--filename=-", stdin=json.dumps(manifest("fresh", after)))
    assert stored(checked, "edited") == stored(checked, "fresh")


def test_an_explicit_value_that_equals_the_default_stays_when_its_reason_goes(
    checked: Cluster,
) -> None:
    checked.apply(manifest("web", HTTP))
    said = changed(HTTP, "httpTransport", targetPort=8080)
    checked.apply(manifest("web", said))
    checked.apply(manifest("web", changed(said, "deployment", port=9090)))
    assert stored(checked, "web")["httpTransport"]["targetPort"] == 8080


def test_a_replaced_object_is_stored_as_it_was_written(checked: Cluster) -> None:
    checked.kubectl("create", "--filename=-", stdin=json.dumps(manifest("web", HTTP)))
    said = changed(changed(HTTP, "httpTransport", targetPort=8080), "deployment", port=80)
    checked.kubectl("replace", "--filename=-", stdin=json.dumps(manifest("web", said)))
    assert stored(checked, "web")["httpTransport"] == {"targetPort": 8080}
    assert stored(checked, "web")["deployment"]["port"] == 80


def test_scaling_touches_nothing_else(checked: Cluster) -> None:
    checked.apply(manifest("web", STDIO))
    before = stored(checked, "web")
    checked.kubectl("scale", "mcpserver", "web", "--replicas=3")
    assert stored(checked, "web") == changed(before, "deployment", replicas=3)
    assert "configured" not in checked.apply(manifest("web", STDIO))
