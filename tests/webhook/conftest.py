"""Certificates in files, and an API server that asks a real webhook about MCPServers."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.cluster.facade import Cluster
from tests.cluster.session import Session
from tests.webhook.configured import LABEL, register
from tests.webhook.program import Identity, Program, running


@pytest.fixture
def identity(tmp_path: Path) -> Identity:
    """Lend an authority, and files with a leaf of it."""
    made = Identity(tmp_path)
    made.write()
    return made


@dataclass(frozen=True)
class Installed:
    """A webhook that an API server asks."""

    session: Session
    program: Program
    identity: Identity


@pytest.fixture(scope="session")
def installed(
    kinds_session: Session, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Installed]:
    """Run a webhook and have the API server ask it, for the whole run."""
    identity = Identity(tmp_path_factory.mktemp("webhook"))
    identity.write()
    with running(*identity.flags, f"--kubeconfig={kinds_session.kubeconfig}") as program:
        url = f"https://127.0.0.1:{program.port}"
        with register(kinds_session.api, "kmcp-test", url, identity.root.certificate, LABEL):
            yield Installed(kinds_session, program, identity)


@pytest.fixture
def checked(installed: Installed, request: pytest.FixtureRequest) -> Iterator[Cluster]:
    """Lend a namespace in which the webhook is asked about every MCPServer."""
    with installed.session.namespace(request.node.originalname) as cluster:
        labels = [f"{key}={value}" for key, value in LABEL.items()]
        cluster.kubectl("label", "namespace", cluster.namespace, *labels)
        yield cluster
