"""Somebody's own cluster is used only when that is meant and nothing there is at risk."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import pytest

from tests.cluster.borrowed import confirm, is_wanted, loader, objections
from tests.cluster.errors import RigError

NONE: Mapping[str, dict[str, str]] = MappingProxyType({})


def definition(
    group: str = "kagent.dev", metadata: Mapping[str, dict[str, str]] = NONE
) -> dict[str, Any]:
    return {"metadata": {"name": f"mcpservers.{group}", **metadata}, "spec": {"group": group}}


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
