"""Commands that look at servers of a real API server."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import yaml

from kinds.names import API_VERSION, KIND
from kmcp.trouble import Code
from tests.cluster.facade import Cluster, Object
from tests.cluster.session import Session
from tests.kmcp.started import Ended, kmcp

pytestmark = pytest.mark.slow

READY = {
    "url": "http://tool.here.svc.cluster.local:3000/mcp",
    "replicas": 2,
    "conditions": [
        {
            "type": "Ready",
            "status": "True",
            "reason": "DeploymentReady",
            "message": "MCPServer deployment is ready",
            "lastTransitionTime": "2026-01-01T00:00:00Z",
        }
    ],
}
Ask = Callable[..., Ended]


@pytest.fixture
def place(kinds_session: Session) -> Iterator[Cluster]:
    """Lend a namespace of an API server that knows MCPServers."""
    with kinds_session.namespace("cli") as lent:
        yield lent


@pytest.fixture
def ask(place: Cluster, tmp_path: Path) -> Ask:
    """Return what asks kmcp about the namespace."""
    config = tmp_path / "kubeconfig"
    config.write_text(place.kubectl("config", "view", "--raw"))

    def asked(*words: str) -> Ended:
        command, *rest = words
        return kmcp(command, f"--kubeconfig={config}", "-n", place.namespace, *rest)

    return asked


def server(name: str) -> Object:
    deployment = {"image": "registry.example.com/tool:1", "cmd": "tool"}
    spec = {"transportType": "stdio", "deployment": deployment}
    return {"apiVersion": API_VERSION, "kind": KIND, "metadata": {"name": name}, "spec": spec}


def make(place: Cluster, name: str, status: Object | None = None) -> None:
    place.apply(server(name))
    if status is not None:
        patch = f"--patch={json.dumps({'status': status})}"
        place.kubectl("patch", "mcpserver", name, "--subresource=status", "--type=merge", patch)


def test_servers_are_listed_with_how_they_are(place: Cluster, ask: Ask) -> None:
    assert "there is no MCP server" in ask("list").out
    make(place, "tool", READY)
    make(place, "young")
    done = ask("list")
    assert done.code == Code.DONE
    head, first, second = done.out.splitlines()
    assert head.split() == ["NAME", "READY", "PODS", "URL", "AGE"]
    assert first.split()[:4] == ["tool", "yes", "2", READY["url"]]
    assert second.startswith("young   not yet looked at   0")


def test_servers_of_all_namespaces_have_theirs_in_front(place: Cluster, ask: Ask) -> None:
    make(place, "tool", READY)
    rows = [line.split() for line in ask("list", "-A").out.splitlines()]
    assert rows[0][0] == "NAMESPACE"
    assert [place.namespace, "tool"] in [row[:2] for row in rows]


@pytest.mark.parametrize(("kind", "read"), [("json", json.loads), ("yaml", yaml.safe_load)])
def test_programs_get_the_objects(
    place: Cluster, ask: Ask, kind: str, read: Callable[[str], Object]
) -> None:
    make(place, "tool", READY)
    assert [one["metadata"]["name"] for one in read(ask("list", "-o", kind).out)["items"]] == [
        "tool"
    ]
    assert read(ask("get", "tool", "-o", kind).out)["status"]["url"] == READY["url"]


def test_one_is_shown_with_its_conditions(place: Cluster, ask: Ask) -> None:
    make(place, "tool", READY)
    done = ask("get", "tool")
    assert done.code == Code.DONE
    assert "URL:    http://tool" in done.out
    assert "Ready:        True, DeploymentReady\n  MCPServer deployment is ready" in done.out


def test_one_that_is_not_ready_is_a_failure(place: Cluster, ask: Ask) -> None:
    make(place, "tool")
    done = ask("status", "tool")
    assert (done.code, done.err) == (Code.FAILED, "kmcp: tool is not ready\n")
    assert "is the manager of kmcp running?" in done.out


def test_a_server_of_another_namespace_is_pointed_at(
    place: Cluster, ask: Ask, kinds_session: Session
) -> None:
    make(place, "lonely")
    with kinds_session.namespace("elsewhere") as other:
        done = ask("get", "lonely", "-n", other.namespace)
        assert done.code == Code.MISSING
        assert f"there is one in {place.namespace}: use -n" in done.err
        assert "--all-namespaces" in ask("get", "nothing").err


def test_servers_are_deleted_and_the_absent_named(place: Cluster, ask: Ask) -> None:
    make(place, "tool")
    done = ask("delete", "tool", "nothing")
    assert done.code == Code.MISSING
    assert "MCPServer tool deleted" in done.out
    assert "there is no MCPServer nothing" in done.err
    place.wait_gone("mcpserver", "tool")
    assert ask("delete", "tool", "--ignore-not-found").code == Code.DONE


def test_a_cluster_without_the_kind_is_told(control_plane: Cluster, tmp_path: Path) -> None:
    config = tmp_path / "kubeconfig"
    config.write_text(control_plane.kubectl("config", "view", "--raw"))
    done = kmcp("list", "-A", f"--kubeconfig={config}")
    assert done.code == Code.MISSING
    assert "install kmcp in this cluster first" in done.err
