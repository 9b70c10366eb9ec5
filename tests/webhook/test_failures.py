"""What a user sees, and what still works, when the webhook cannot answer as it should."""

import socket
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from datetime import timedelta
from threading import Thread
from typing import Any

import pytest

from certs.authority import Subject, authority, leaf
from cluster.connection import Body
from tests.cluster.facade import Cluster, KubectlError
from tests.cluster.session import Session
from tests.webhook.configured import register
from tests.webhook.program import Identity, reserved_port, running

DAY = timedelta(days=1)
SELECTED = {"kmcp.dev/admission-failures": "on"}
SERVER: dict[str, Any] = {
    "apiVersion": "kagent.dev/v1alpha1",
    "kind": "MCPServer",
    "metadata": {"name": "web"},
    "spec": {"deployment": {"image": "example/server:1", "cmd": "/server"}},
}


@pytest.fixture
def watched(kinds_session: Session, request: pytest.FixtureRequest) -> Iterator[Cluster]:
    """Lend a namespace for which a broken webhook may be registered."""
    with kinds_session.namespace(request.node.originalname) as cluster:
        cluster.kubectl("label", "namespace", cluster.namespace, "kmcp.dev/admission-failures=on")
        yield cluster


@contextmanager
def registered(cluster: Cluster, port: int, bundle: bytes, **changes: Any) -> Generator[None]:  # noqa: ANN401 - JSON
    url = f"https://127.0.0.1:{port}"
    name = cluster.namespace
    with register(cluster.api, name, url, bundle, SELECTED, **changes):
        yield


@contextmanager
def silent() -> Generator[int]:
    """Yield the port of a server that accepts and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        held: list[socket.socket] = []

        def accept() -> None:
            while True:
                try:
                    held.append(listener.accept()[0])
                except OSError:
                    return

        Thread(target=accept, daemon=True).start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)
        for one in held:
            one.close()


def refusal(cluster: Cluster) -> str:
    with pytest.raises(KubectlError) as raised:
        cluster.apply(SERVER)
    return str(raised.value)


def bundle() -> bytes:
    return authority("webhook", DAY).certificate


def test_a_dead_webhook_is_named_and_nothing_is_stored(watched: Cluster) -> None:
    with reserved_port() as port, registered(watched, port, bundle()):
        said = refusal(watched)
    assert 'failed calling webhook "defaults.mcpservers.kmcp.dev"' in said
    assert "connection refused" in said
    assert watched.find("mcpservers") == []


def test_a_slow_webhook_costs_no_more_than_its_timeout(watched: Cluster) -> None:
    with silent() as port, registered(watched, port, bundle(), timeoutSeconds=1):
        said = refusal(watched)
    assert 'failed calling webhook "defaults.mcpservers.kmcp.dev"' in said
    assert "deadline exceeded" in said or "timeout" in said


def test_a_certificate_of_somebody_else_is_named(watched: Cluster, identity: Identity) -> None:
    with (
        running(*identity.flags) as program,
        registered(watched, program.port, bundle()),
    ):
        said = refusal(watched)
    assert "certificate signed by unknown authority" in said


def test_a_certificate_for_another_name_is_named(watched: Cluster, identity: Identity) -> None:
    subject = Subject("webhook", hosts=["kmcp-webhook.kmcp-system.svc"])
    identity.write(leaf(identity.root, subject, DAY))
    with (
        running(*identity.flags) as program,
        registered(watched, program.port, identity.root.certificate),
    ):
        said = refusal(watched)
    assert "doesn't contain any IP SANs" in said


def test_without_an_answer_objects_can_still_go_and_status_be_written(watched: Cluster) -> None:
    held = {**SERVER, "metadata": {"name": "web", "finalizers": ["example.com/hold"]}}
    watched.apply(held)
    with reserved_port() as port, registered(watched, port, bundle()):
        path = f"/apis/kagent.dev/v1alpha1/namespaces/{watched.namespace}/mcpservers/web"
        merge = "application/merge-patch+json"
        watched.api.request(
            "PATCH", f"{path}/status", body=Body(b'{"status": {"replicas": 1}}', merge)
        )
        watched.kubectl("delete", "mcpserver", "web", "--wait=false")
        watched.api.request("PATCH", path, body=Body(b'{"metadata": {"finalizers": null}}', merge))
        watched.wait_gone("mcpserver", "web")


def test_other_kinds_and_namespaces_do_not_notice(watched: Cluster, kinds_session: Session) -> None:
    with reserved_port() as port, registered(watched, port, bundle()):
        watched.kubectl("create", "configmap", "settings", "--from-literal=a=b")
        with kinds_session.namespace("elsewhere") as elsewhere:
            elsewhere.apply(SERVER)
