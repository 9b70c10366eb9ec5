"""Pods while nobody answers for us: they start, unless an administrator wants them to wait."""

import json
from collections.abc import Generator, Iterator
from contextlib import contextmanager

import pytest

from cluster.connection import Body
from tests.cluster.facade import Cluster, KubectlError
from tests.cluster.session import Session
from tests.webhook.configured import GROUP, PLURALS
from tests.webhook.program import reserved_port, wait
from tests.webhook.workloads import OWN_NAMESPACE, Object, pod, workload
from webhook.configurations import configurations
from webhook.entries import Scope


@pytest.fixture
def alone(kinds_session: Session, request: pytest.FixtureRequest) -> Iterator[Cluster]:
    """Lend a namespace for which nobody answers."""
    with kinds_session.namespace(request.node.originalname) as cluster:
        yield cluster


@contextmanager
def unanswered(cluster: Cluster, policy: str) -> Generator[None]:
    """Have the API server ask about this namespace where nobody listens."""
    with reserved_port() as port, asked_at(port, cluster, policy):
        yield


@contextmanager
def asked_at(port: int, cluster: Cluster, policy: str) -> Generator[None]:
    client = {"url": f"https://127.0.0.1:{port}"}
    scope = Scope(own_namespace=OWN_NAMESPACE, failure_policy=policy)
    written = configurations(f"down-{cluster.namespace}", client, scope)
    for document in written:
        del document["webhooks"][0]
        for webhook in document["webhooks"]:
            here = {"matchLabels": {"kubernetes.io/metadata.name": cluster.namespace}}
            webhook["namespaceSelector"] |= here
    paths = [f"{GROUP}/{PLURALS[document['kind']]}" for document in written]
    for path, document in zip(paths, written, strict=True):
        cluster.api.request("POST", path, body=Body(json.dumps(document).encode()))
    try:
        yield
    finally:
        for path, document in zip(paths, written, strict=True):
            cluster.api.request("DELETE", f"{path}/{document['metadata']['name']}")


def said(cluster: Cluster, made: Object) -> str:
    """Return what kubectl says when this is created, or why it is not."""
    try:
        return cluster.kubectl("create", "--filename=-", stdin=json.dumps(made))
    except KubectlError as error:
        return str(error)


def test_pods_and_workloads_start_without_us(alone: Cluster) -> None:
    with unanswered(alone, "Ignore"):
        assert said(alone, pod()) == "pod/served created\n"
        assert said(alone, workload("Deployment")) == "deployment.apps/web created\n"
        wait(lambda: alone.find("pods", "app=web"), lambda: alone.explain("deployment", "web"))


def test_pods_that_ask_wait_for_us_where_the_administrator_wants_it(alone: Cluster) -> None:
    with unanswered(alone, "Fail"):
        tries = (said(alone, pod(name=f"try-{number}")) for number in range(1000))
        wait(lambda: "failed calling webhook" in next(tries), lambda: str(alone.find("pods")))
        silent = {**pod(), "metadata": {"name": "silent"}}
        assert said(alone, silent) == "pod/silent created\n"
        assert said(alone, workload("Deployment")) == "deployment.apps/web created\n"
