"""Certificates in files, and an API server that asks a real webhook about MCPServers and Pods."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.cluster.facade import Cluster
from tests.cluster.session import Session
from tests.door.accounts import granted
from tests.webhook.configured import LABEL, register
from tests.webhook.program import Identity, Program, running, wait
from tests.webhook.workloads import ADAPTER_IMAGE, OWN_NAMESPACE, pod
from webhook.entries import Scope
from webhook.rights import EVERYWHERE


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


@pytest.fixture(scope="session")
def injecting(
    kinds_session: Session, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Installed]:
    """Run a webhook that injects, asked by the API server about all Pods it should be asked of.

    It has the rights that we ask for, and no others.
    """
    folder = tmp_path_factory.mktemp("injecting")
    identity = Identity(folder)
    identity.write()
    flags = [
        f"--kubeconfig={folder / 'kubeconfig'}",
        f"--adapter-image={ADAPTER_IMAGE}",
        f"--namespace={OWN_NAMESPACE}",
        "--native-sidecars=on",
    ]
    own = kinds_session.named(OWN_NAMESPACE)
    with granted(own, folder, EVERYWHERE), running(*identity.flags, *flags) as program:
        url = f"https://127.0.0.1:{program.port}"
        label = {"kmcp.dev/injection-test": "on"}
        scope = Scope(own_namespace=OWN_NAMESPACE)
        root = identity.root.certificate
        with register(kinds_session.api, "kmcp-injecting", url, root, label, scope):
            running_one = Installed(kinds_session, program, identity)
            with kinds_session.namespace("asked") as cluster:
                wait_until_asked_about_pods(running_one, cluster)
            yield running_one


def wait_until_asked_about_pods(installed: Installed, cluster: Cluster) -> None:
    """Return once both configurations are known: one of them shows in a Pod, one in our log."""
    asking = json.dumps(pod(name="asked"))
    words = ["create", "--dry-run=server", "--output=json", "--filename=-"]

    def is_asked() -> bool:
        made = cluster.kubectl(*words, stdin=asking)
        asked = {line["webhook"] for line in installed.program.decisions()}
        return "kmcp-adapter" in made and "validate-pods" in asked

    wait(is_asked, lambda: str(installed.program.lines))


@pytest.fixture
def place(injecting: Installed, request: pytest.FixtureRequest) -> Iterator[Cluster]:
    """Lend a namespace in which Pods that ask get the adapter."""
    with injecting.session.namespace(request.node.originalname) as cluster:
        yield cluster
