"""An API server that asks a real webhook about MCPServers, in namespaces that want it to."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from certs.authority import Subject, authority, leaf
from cluster.connection import Body
from tests.cluster.facade import Cluster
from tests.cluster.session import Session
from tests.webhook.configured import LABEL, register
from tests.webhook.program import Program, certificate_files, program

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Installed:
    """A webhook that an API server asks."""

    session: Session
    program: Program
    authority: bytes


@pytest.fixture(scope="session")
def installed(
    kinds_session: Session, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Installed]:
    """Run a webhook and have the API server ask it."""
    folder: Path = tmp_path_factory.mktemp("webhook")
    root = authority("webhook test", DAY)
    pair = leaf(root, Subject("webhook", hosts=["127.0.0.1"]), DAY)
    words = [*certificate_files(folder, pair, root.certificate)]
    words += [f"--kubeconfig={kinds_session.kubeconfig}"]
    with program(words) as running:
        url = f"https://127.0.0.1:{running.port('admission')}"
        with register(kinds_session.api, "kmcp-test", url, root.certificate, LABEL):
            yield Installed(kinds_session, running, root.certificate)


@pytest.fixture
def checked(installed: Installed, request: pytest.FixtureRequest) -> Iterator[Cluster]:
    """Lend a namespace in which the webhook is asked about every MCPServer."""
    with installed.session.namespace(request.node.originalname) as cluster:
        merge = Body(
            json.dumps({"metadata": {"labels": LABEL}}).encode(), "application/merge-patch+json"
        )
        cluster.api.request("PATCH", f"/api/v1/namespaces/{cluster.namespace}", body=merge)
        yield cluster
