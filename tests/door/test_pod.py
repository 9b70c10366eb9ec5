"""A program in a Pod finds the API server, and stays known to it when its token is replaced."""

import base64
import json
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from certs.authority import authority as foreign_authority
from cluster.client import Client
from cluster.connection import Connection, connect, namespace
from cluster.errors import Forbidden, Misconfigured, Unauthorized, Untrusted
from cluster.pod import address
from cluster.resources import NAMESPACES
from cluster.retry import Patience
from tests.cluster.facade import Cluster
from tests.door.scripted import Time


@pytest.fixture
def account(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A Pod's folder for its ServiceAccount, with nothing in it, and no kubeconfig anywhere."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("KUBECONFIG", raising=False)
    monkeypatch.setenv("KUBERNETES_SERVICE_HOST", "127.0.0.1")
    monkeypatch.setenv("KUBERNETES_SERVICE_PORT", "1")
    folder = tmp_path / "serviceaccount"
    folder.mkdir()
    return folder


def fill(account: Path, authority: str, token: str, namespace: str = "home") -> None:
    (account / "ca.crt").write_text(authority)
    (account / "token").write_text(f"{token}\n")
    (account / "namespace").write_text(namespace)


def authority(cluster: Cluster) -> str:
    words = ("config", "view", "--raw", "--flatten", "--output=json")
    document: dict[str, Any] = json.loads(cluster.kubectl(*words))
    coded: str = document["clusters"][0]["cluster"]["certificate-authority-data"]
    return base64.b64decode(coded).decode()


def lead_to(cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    server = urlsplit(cluster.api.server)
    monkeypatch.setenv("KUBERNETES_SERVICE_HOST", str(server.hostname))
    monkeypatch.setenv("KUBERNETES_SERVICE_PORT", str(server.port))


def who_am_i(api: Connection) -> None:
    api.request("GET", "/api/v1/secrets")


def test_a_token_that_is_replaced_is_used_at_once(
    control_plane: Cluster, account: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(account, authority(control_plane), "not-yet-valid")
    lead_to(control_plane, monkeypatch)
    api = connect(account=account)
    with pytest.raises(Unauthorized):
        who_am_i(api)
    (account / "token").write_text(control_plane.kubectl("create", "token", "default"))
    with pytest.raises(Forbidden, match=f"system:serviceaccount:{control_plane.namespace}:default"):
        who_am_i(api)
    api.close()


def test_a_server_that_the_pods_authority_does_not_know_is_not_trusted(
    control_plane: Cluster, account: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(account, foreign_authority("somebody else", timedelta(days=1)).certificate.decode(), "a")
    lead_to(control_plane, monkeypatch)
    api = connect(account=account)
    time = Time()
    with pytest.raises(Untrusted):
        Client(api, Patience(clock=time.clock, sleep=time.sleep)).exists(NAMESPACES, None, "a")
    api.close()
    assert time.slept == []  # the next try would find the same


@pytest.mark.parametrize("missing", ["token", "ca.crt"])
def test_what_the_kubelet_did_not_put_there_is_named(account: Path, missing: str) -> None:
    fill(account, "authority", "token")
    (account / missing).unlink()
    with pytest.raises(Misconfigured, match=str(account / missing)):
        connect(account=account)


def test_an_empty_token_is_named(account: Path) -> None:
    fill(account, "authority", "")
    with pytest.raises(Misconfigured, match="token is empty"):
        connect(account=account)


def test_the_pods_namespace_is_its_own(account: Path) -> None:
    fill(account, "authority", "token", "tools")
    assert namespace(account=account) == "tools"


def kubeconfig(file: Path, context: dict[str, str]) -> Path:
    document = {
        "current-context": "here",
        "clusters": [{"name": "one", "cluster": {"server": "https://127.0.0.1:2"}}],
        "contexts": [
            {"name": "here", "context": {"cluster": "one", "user": "me", **context}},
            {"name": "there", "context": {"cluster": "one", "user": "me", "namespace": "b"}},
        ],
        "users": [{"name": "me", "user": {"token": "none"}}],
    }
    file.parent.mkdir(exist_ok=True)
    file.write_text(json.dumps(document))
    return file


def test_a_kubeconfig_that_is_named_wins_over_the_pod(account: Path, tmp_path: Path) -> None:
    fill(account, "authority", "token")
    named = kubeconfig(tmp_path / "config", {"namespace": "a"})
    assert connect(named, account=account).server == "https://127.0.0.1:2"
    assert connect(account=account).server == "https://127.0.0.1:1"
    assert namespace(named, account=account) == "a"


def test_a_kubeconfig_in_the_usual_place_wins_over_the_pod(account: Path, tmp_path: Path) -> None:
    fill(account, "authority", "token")
    kubeconfig(tmp_path / ".kube" / "config", {"namespace": "a"})
    assert namespace(account=account) == "a"


def test_a_user_without_a_home_is_in_a_pod_all_the_same(
    account: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", "~")  # what leads nowhere, as for a user whom no passwd names
    fill(account, "irrelevant", "irrelevant")
    assert namespace(account=account) == "home"


def test_outside_a_pod_a_kubeconfig_is_asked_for(
    account: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(account, "authority", "token")
    monkeypatch.delenv("KUBERNETES_SERVICE_HOST")
    with pytest.raises(Misconfigured, match="the default kubeconfig"):
        connect(account=account)


@pytest.mark.parametrize(
    ("context", "chosen", "expected"),
    [
        pytest.param({"namespace": "a"}, None, "a", id="of the current context"),
        pytest.param({"namespace": "a"}, "there", "b", id="of a context that is named"),
        pytest.param({}, None, "default", id="of a context that has none"),
    ],
)
def test_the_namespace_is_the_contexts(
    tmp_path: Path, context: dict[str, str], chosen: str | None, expected: str
) -> None:
    assert namespace(kubeconfig(tmp_path / "config", context), chosen) == expected


def test_the_namespace_of_an_unknown_context_is_a_mistake(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="no context nowhere"):
        namespace(kubeconfig(tmp_path / "config", {}), "nowhere")


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("10.0.0.1", "https://10.0.0.1:443"),
        ("fd00::1", "https://[fd00::1]:443"),
        ("kubernetes.default", "https://kubernetes.default:443"),
    ],
)
def test_an_address_of_version_six_gets_brackets(host: str, expected: str) -> None:
    assert address(host, "443") == expected
