"""With the webhook at work as well, which has its own say about every manifest and every Pod."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from certs.authority import Subject, leaf
from tests.cluster import borrowed
from tests.cluster.facade import KubectlError
from tests.cluster.session import Session
from tests.door.accounts import granted
from tests.reconciler.node import images
from tests.reconciler.node.conftest import HOME
from tests.reconciler.node.stage import READY, Stage, ready
from tests.repository.lock import ROOT
from tests.webhook.configured import LABEL, register
from tests.webhook.program import Identity, Program, running
from webhook.entries import Scope
from webhook.rights import EVERYWHERE

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(borrowed.is_wanted(), reason="needs images under any name"),
]
GUIDE = ROOT / "examples" / "guide"


@pytest.fixture
def admitting(cluster_session: Session, stage: Stage, tmp_path: Path) -> Iterator[Program]:
    """Run a webhook that is asked about the MCPServers and the Pods of the test's namespace."""
    host = urlsplit(cluster_session.api.server).hostname or ""
    host = f"{host.rpartition('.')[0]}.1"  # this machine, as the cluster reaches it
    identity = Identity(tmp_path)
    identity.write(leaf(identity.root, Subject("webhook", hosts=[host]), timedelta(hours=1)))
    flags = [
        f"--bind={host}:0",
        f"--server-name={host}",
        f"--kubeconfig={tmp_path / 'kubeconfig'}",
        f"--adapter-image={images.ADAPTER}",
        f"--namespace={HOME}",
    ]
    labels = [f"{key}={value}" for key, value in LABEL.items()]
    stage.cluster.kubectl("label", "namespace", stage.cluster.namespace, *labels)
    with (
        granted(stage.cluster, tmp_path, EVERYWHERE),
        running(*identity.flags, *flags) as program,
    ):
        url, root = f"https://{host}:{program.port}", identity.root.certificate
        scope = Scope(own_namespace=HOME)
        with register(cluster_session.api, "kmcp-admitting", url, root, LABEL, scope):
            yield program


def test_an_example_that_the_webhook_has_seen_runs_the_same(
    stage: Stage, admitting: Program
) -> None:
    stage.cluster.apply(GUIDE / "filesystem-server.yaml")
    assert ready(stage.ready("filesystem-server")) == READY
    assert stage.call("filesystem-server", "read", path="/data/note.txt") == "here\n"
    asked = {one["kind"] for one in admitting.decisions()}
    assert "MCPServer" in asked
    assert "unchanged" in stage.cluster.apply(GUIDE / "filesystem-server.yaml")
    (pod,) = stage.pods("filesystem-server")
    assert [one["name"] for one in pod["spec"]["initContainers"]] == ["kmcp-adapter"]
    with pytest.raises(KubectlError, match=r"spec\.deployment\.port"):
        stage.create("wrong", port=70000)
