"""The door to the Kubernetes API, tried on a real API server."""

import json
from pathlib import Path

import pytest

from certs.authority import Subject, authority, leaf
from cluster.connection import Body, connect, current_context
from cluster.errors import (
    Conflict,
    Forbidden,
    Invalid,
    Misconfigured,
    NotFound,
    Unauthorized,
    Unreachable,
)
from tests.cluster.facade import Cluster
from tests.cluster.pki import LIFETIME, save, write_kubeconfig
from tests.door.accounts import rewritten


def config_map(name: str, **data: object) -> Body:
    document = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": data}
    return Body(json.dumps(document).encode())


def path(cluster: Cluster) -> str:
    return f"/api/v1/namespaces/{cluster.namespace}/configmaps"


def foreign(folder: Path, server: str) -> Path:
    """Return a kubeconfig that trusts an authority which *server* has nothing to do with."""
    root = authority("somebody else", LIFETIME)
    save(folder, "ca", root)
    save(folder, "me", leaf(root, Subject("me"), LIFETIME))
    return write_kubeconfig(folder, "me", server)


def test_what_was_posted_can_be_read_again(control_plane: Cluster) -> None:
    control_plane.api.request("POST", path(control_plane), body=config_map("settings", a="1"))
    answer = control_plane.api.request("GET", f"{path(control_plane)}/settings")
    assert json.loads(answer)["data"] == {"a": "1"}


def test_a_query_reaches_the_api_server(control_plane: Cluster) -> None:
    dry_run = {"dryRun": "All"}
    control_plane.api.request("POST", path(control_plane), dry_run, config_map("settings"))
    with pytest.raises(NotFound):
        control_plane.api.request("GET", f"{path(control_plane)}/settings")


def test_a_patch_says_how_it_is_to_be_read(control_plane: Cluster) -> None:
    control_plane.api.request("POST", path(control_plane), body=config_map("settings", a="1"))
    patch = Body(b'{"data": {"b": "2"}}', "application/merge-patch+json")
    answer = control_plane.api.request("PATCH", f"{path(control_plane)}/settings", body=patch)
    assert json.loads(answer)["data"] == {"a": "1", "b": "2"}


def test_what_is_there_already_is_a_conflict(control_plane: Cluster) -> None:
    control_plane.api.request("POST", path(control_plane), body=config_map("settings"))
    with pytest.raises(Conflict, match='configmaps "settings" already exists'):
        control_plane.api.request("POST", path(control_plane), body=config_map("settings"))


def test_a_broken_object_is_invalid_in_the_api_servers_words(control_plane: Cluster) -> None:
    with pytest.raises(Invalid, match=r"metadata\.name: Invalid value"):
        control_plane.api.request("POST", path(control_plane), body=config_map("Not A Name"))


def test_an_unknown_token_is_unauthorized_and_stays_secret(
    control_plane: Cluster, tmp_path: Path
) -> None:
    api = connect(rewritten(control_plane, tmp_path, token="hunter2-hunter2"))
    with pytest.raises(Unauthorized) as raised:
        api.request("GET", path(control_plane))
    api.close()
    assert "hunter2" not in str(raised.value)


def test_an_account_without_rights_is_forbidden(control_plane: Cluster, tmp_path: Path) -> None:
    token = control_plane.kubectl("create", "token", "default").strip()
    api = connect(rewritten(control_plane, tmp_path, token=token))
    with pytest.raises(Forbidden, match='cannot list resource "configmaps"'):
        api.request("GET", path(control_plane))
    api.close()


def test_a_server_that_is_not_there_is_unreachable(tmp_path: Path) -> None:
    api = connect(foreign(tmp_path, "https://127.0.0.1:1"))
    with pytest.raises(Unreachable, match=r"GET /readyz at https://127\.0\.0\.1:1"):
        api.request("GET", "/readyz")
    api.close()


def test_a_server_with_a_foreign_certificate_is_unreachable(
    control_plane: Cluster, tmp_path: Path
) -> None:
    api = connect(foreign(tmp_path, control_plane.api.server))
    with pytest.raises(Unreachable, match="certificate"):
        api.request("GET", "/readyz")
    api.close()


@pytest.mark.parametrize(
    ("content", "context"),
    [
        pytest.param(None, None, id="no file"),
        pytest.param("{", None, id="not YAML"),
        pytest.param("contexts: []", None, id="nothing in it"),
        pytest.param("[]", None, id="a list"),
        pytest.param("", None, id="empty"),
        pytest.param('{"current-context": "a", "contexts": []}', "b", id="no such context"),
    ],
)
def test_a_kubeconfig_that_cannot_be_used_is_named(
    tmp_path: Path, content: str | None, context: str | None
) -> None:
    file = tmp_path / "kubeconfig"
    if content is not None:
        file.write_text(content)
    with pytest.raises(Misconfigured, match=str(file)):
        connect(file, context)


def test_the_current_context_is_the_one_that_kubectl_would_use(tmp_path: Path) -> None:
    assert current_context(foreign(tmp_path, "https://127.0.0.1:1")) == "kmcp"


def test_the_current_context_of_no_file_is_asked_for_by_name(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match=str(tmp_path / "kubeconfig")):
        current_context(tmp_path / "kubeconfig")
