"""Who asks matters: rights are looked up on the real API server, for the user who applies."""

import json
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests.cluster.facade import Cluster, KubectlError
from tests.cluster.session import Session
from tests.webhook.configured import register
from tests.webhook.program import Identity, running

SELECTED = {"kmcp.dev/requester-test": "on"}
SERVER: dict[str, Any] = {
    "apiVersion": "kagent.dev/v1alpha1",
    "kind": "MCPServer",
    "metadata": {"name": "web"},
    "spec": {
        "deployment": {
            "image": "example/server:1",
            "cmd": "/server",
            "secretRefs": [{"name": "keys"}],
            "configMapRefs": [{"name": "settings"}],
        }
    },
}


@pytest.fixture
def place(kinds_session: Session, request: pytest.FixtureRequest) -> Iterator[Cluster]:
    """Lend a namespace where Ada may write MCPServers, and nothing else."""
    with kinds_session.namespace(request.node.originalname) as cluster:
        cluster.kubectl("label", "namespace", cluster.namespace, "kmcp.dev/requester-test=on")
        allow(cluster, "write-servers", "create,get,patch,update", "mcpservers.kagent.dev")
        yield cluster


def allow(cluster: Cluster, name: str, verbs: str, resource: str) -> None:
    """Give Ada a right in the namespace."""
    cluster.kubectl("create", "role", name, f"--verb={verbs}", f"--resource={resource}")
    cluster.kubectl("create", "rolebinding", name, f"--role={name}", "--user=ada")


def heard(cluster: Cluster, *, dry_run: bool = True) -> str:
    """Return the warnings, or the refusal, that Ada hears when she applies a server."""
    words = ["apply", "--as=ada", "--warnings-as-errors", "--filename=-"]
    words += ["--dry-run=server"] if dry_run else []
    try:
        cluster.kubectl(*words, stdin=json.dumps(SERVER))
    except KubectlError as error:
        return str(error)
    return ""


@contextmanager
def watching(place: Cluster, session: Session, identity: Identity, choice: str) -> Generator[None]:
    """Run a webhook for the namespace that treats requesters like this."""
    flags = [*identity.flags, f"--kubeconfig={session.kubeconfig}", f"--requester={choice}"]
    with running(*flags) as program:
        name, url = place.namespace, f"https://127.0.0.1:{program.port}"
        with register(place.api, name, url, identity.root.certificate, SELECTED):
            yield


def test_a_requester_hears_what_concerns_her_rights(
    place: Cluster, kinds_session: Session, identity: Identity
) -> None:
    namespace = place.namespace
    with watching(place, kinds_session, identity, "warn"):
        said = heard(place)
    assert f"you may not create Pods in {namespace}, but this MCPServer will" in said
    assert "exist" not in said


def test_who_may_read_secrets_hears_that_one_is_missing(
    place: Cluster, kinds_session: Session, identity: Identity
) -> None:
    allow(place, "read-secrets", "get", "secrets")
    allow(place, "run-pods", "create", "pods")
    with watching(place, kinds_session, identity, "warn"):
        said = heard(place)
        assert "spec.deployment.secretRefs[0]: Secret keys does not exist yet" in said
        assert "Pods" not in said
        place.kubectl("create", "secret", "generic", "keys")
        assert heard(place) == ""


def test_where_rights_are_enforced_she_is_told_which_one_to_ask_for(
    place: Cluster, kinds_session: Session, identity: Identity
) -> None:
    with watching(place, kinds_session, identity, "deny"):
        said = heard(place, dry_run=False)
    assert "Error from server (Forbidden)" in said
    assert f"you may not create Pods in namespace {place.namespace}" in said
    assert f"kubectl auth can-i create pods --namespace {place.namespace}" in said
    assert place.find("mcpservers") == []
