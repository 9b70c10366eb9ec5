"""Somebody's own cluster is used only when that is meant and nothing there is at risk."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest

from tests.cluster.borrowed import check, confirm, is_wanted, loader, objections
from tests.cluster.errors import RigError
from tests.cluster.facade import Cluster
from tests.cluster.session import Session

HERE = Path(__file__).parent
MCPSERVER = {"apiVersion": "kagent.dev/v1alpha1", "kind": "MCPServer"}

NONE: Mapping[str, dict[str, str]] = MappingProxyType({})


def definition(
    group: str = "kagent.dev", metadata: Mapping[str, dict[str, str]] = NONE
) -> dict[str, Any]:
    return {"metadata": {"name": f"mcpservers.{group}", **metadata}, "spec": {"group": group}}


def namespaces(session: Session) -> set[str]:
    items = json.loads(session.api.request("GET", "/api/v1/namespaces"))["items"]
    return {item["metadata"]["name"] for item in items}


def run_pytest(test: str, environment: Mapping[str, str]) -> str:
    """Return what a test run of its own prints."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", test]
    done = subprocess.run(
        command,
        cwd=HERE.parents[1],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout


def server(name: str) -> dict[str, Any]:
    return {"metadata": {"name": name, "namespace": "tools"}}


NAME = "mcpservers.kagent.dev"
OURS = {"labels": {"app.kubernetes.io/managed-by": "kmcp"}}
HELM = {"annotations": {"meta.helm.sh/release-name": "kmcp-crds"}}


@pytest.mark.parametrize(
    ("definitions", "servers", "said"),
    [
        pytest.param([], [], [], id="an empty cluster"),
        pytest.param([definition("other.dev")], [], [], id="somebody's other definitions"),
        pytest.param(
            [definition(metadata=OURS)], [], [], id="our definition, left by an earlier run"
        ),
        pytest.param(
            [definition(metadata=HELM)],
            [],
            [f"{NAME} belongs to the Helm release kmcp-crds: the tests would replace it"],
            id="installed by Helm",
        ),
        pytest.param(
            [definition()],
            [],
            [f"{NAME} belongs to somebody else: the tests would replace it"],
            id="installed by hand",
        ),
        pytest.param(
            [definition(metadata=OURS)],
            [server("files"), server("web")],
            ["2 MCPServers exist (tools/files, …): the tests could change them"],
            id="servers in use",
        ),
    ],
)
def test_objections_name_what_the_tests_could_harm(
    definitions: list[dict[str, Any]], servers: list[dict[str, Any]], said: list[str]
) -> None:
    assert objections(definitions, servers) == said


def test_the_name_of_the_context_confirms() -> None:
    confirm("kind-dev", {"CLUSTER_CONTEXT": "kind-dev"})


@pytest.mark.parametrize(
    ("environment", "said"),
    [
        pytest.param({}, "nobody confirmed it", id="no confirmation"),
        pytest.param({"CLUSTER_CONTEXT": "prod"}, "CLUSTER_CONTEXT is prod", id="another name"),
    ],
)
def test_without_the_right_name_nothing_runs(environment: dict[str, str], said: str) -> None:
    with pytest.raises(RigError, match=f"{said}: repeat with CLUSTER_CONTEXT=kind-dev"):
        confirm("kind-dev", environment)


def test_a_throw_away_cluster_is_the_default() -> None:
    assert not is_wanted({})
    assert is_wanted({"CLUSTER": "current"})


def test_an_unknown_choice_is_refused_by_name() -> None:
    with pytest.raises(RigError, match="CLUSTER=curent: choose own"):
        is_wanted({"CLUSTER": "curent"})


def test_without_a_way_to_load_images_the_error_shows_one() -> None:
    with pytest.raises(RigError, match=r"CLUSTER_LOAD='kind load image-archive \{archive\}'"):
        loader({})("kmcp.test/probe:1")


def test_a_cluster_with_mcpservers_is_refused(control_plane: Cluster) -> None:
    check(control_plane.api)
    control_plane.apply(HERE / "mcpservers.yaml")
    try:
        control_plane.wait_condition("crd", NAME, "Established")
        control_plane.apply({**MCPSERVER, "metadata": {"name": "in-use"}})
        with pytest.raises(RigError, match=r"1 MCPServers exist \(.*/in-use, …\)"):
            check(control_plane.api)
    finally:
        control_plane.kubectl("delete", "crd", NAME)


def test_the_tests_run_on_a_borrowed_cluster_and_leave_it_as_it_was(
    cluster_session: Session,
) -> None:
    test = "tests/cluster/test_node.py::test_exec_and_logs_work"
    borrowing = {
        "KUBECONFIG": str(cluster_session.kubeconfig),
        "CLUSTER": "current",
        "CLUSTER_CONTEXT": cluster_session.context,
        "CLUSTER_LOAD": "true {archive}",
    }
    cluster_session.load("alpine:3.22")
    before = namespaces(cluster_session)
    assert "1 passed" in run_pytest(test, borrowing)
    assert namespaces(cluster_session) <= before
    assert "repeat with CLUSTER_CONTEXT=kmcp" in run_pytest(
        test, {**borrowing, "CLUSTER_CONTEXT": "another"}
    )
