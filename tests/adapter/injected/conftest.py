"""A webhook that really runs, asked by the API server of a cluster with a real node."""

from collections.abc import Iterator
from datetime import timedelta
from urllib.parse import urlsplit

import pytest

from certs.authority import Subject, leaf
from kinds import names
from tests.adapter.injected.images import ADAPTER
from tests.cluster.session import Session
from tests.door.accounts import granted
from tests.kinds import asking
from tests.webhook.configured import LABEL, register
from tests.webhook.program import Identity, Program, running
from webhook.entries import Scope
from webhook.rights import EVERYWHERE

OWN_NAMESPACE = "kmcp-home"


@pytest.fixture(scope="module")
def injecting(
    cluster_session: Session, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Program]:
    """Run a webhook with the rights that we ask for, and have the API server ask it."""
    folder = tmp_path_factory.mktemp("injecting")
    host = machine(cluster_session)
    identity = Identity(folder)
    subject = Subject("webhook", hosts=["127.0.0.1", host])
    identity.write(leaf(identity.root, subject, timedelta(hours=1)))
    own = cluster_session.named(OWN_NAMESPACE)
    asking.install(own)
    flags = [
        f"--bind={host}:0",
        f"--server-name={host}",
        f"--kubeconfig={folder / 'kubeconfig'}",
        f"--adapter-image={ADAPTER}",
        f"--namespace={OWN_NAMESPACE}",
    ]
    with granted(own, folder, EVERYWHERE), running(*identity.flags, *flags) as program:
        url = f"https://{host}:{program.port}"
        scope = Scope(own_namespace=OWN_NAMESPACE)
        root = identity.root.certificate
        with register(cluster_session.api, "kmcp-injecting", url, root, LABEL, scope):
            yield program
    own.kubectl("delete", "customresourcedefinition", f"{names.PLURAL}.{names.GROUP}")


def machine(session: Session) -> str:
    """Return the address by which a cluster reaches this machine."""
    host = urlsplit(session.api.server).hostname or ""
    network, _, _ = host.rpartition(".")
    return f"{network}.1"
