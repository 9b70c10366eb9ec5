"""What was decided a moment before the end is told all the same, and then it ends."""

from collections.abc import Generator
from contextlib import contextmanager

import pytest

from tests.cluster.facade import Cluster
from tests.cluster.session import Session
from tests.webhook.program import Identity, Program, post, running
from tests.webhook.telling import about
from tests.webhook.workloads import ADAPTER_IMAGE, OWN_NAMESPACE, body, pod, server
from webhook.entries import MUTATE_PODS

pytestmark = pytest.mark.slow


@contextmanager
def injecting(session: Session, identity: Identity, *flags: str) -> Generator[Program]:
    """Run a webhook that may tell Events."""
    words = [
        f"--kubeconfig={session.kubeconfig}",
        f"--adapter-image={ADAPTER_IMAGE}",
        f"--namespace={OWN_NAMESPACE}",
        "--native-sidecars=on",
        *flags,
    ]
    with running(*identity.flags, *words) as program:
        program.wait_ready()
        yield program


def refusal(cluster: Cluster, name: str) -> bytes:
    """Return a review of a Pod that is refused; its owner need not be there to be told about."""
    made = pod(server(tty=True), name=name)
    owner = {"apiVersion": "apps/v1", "kind": "StatefulSet", "name": name, "uid": f"uid-{name}"}
    made["metadata"]["ownerReferences"] = [{**owner, "controller": True}]
    return body(made, namespace=cluster.namespace)


def events(cluster: Cluster) -> set[tuple[str, str, str]]:
    """Return all Events there are now: whoever reads this does not wait."""
    return {about(one) for one in cluster.find("events")}


def test_events_of_the_last_moment_are_written_before_the_end(
    kinds_session: Session, identity: Identity
) -> None:
    names = [f"last-{number}" for number in range(20)]
    with kinds_session.namespace("last-words") as cluster:
        with injecting(kinds_session, identity) as program:
            client = program.connect(identity.client())
            for name in names:
                assert post(client, MUTATE_PODS, refusal(cluster, name)).status == 200
            client.close()  # so that there is nothing else to wait for
            program.terminate()
            assert program.exit_code() == 0, program.lines[-3:]
        assert events(cluster) == {("Warning", "StatefulSet", name) for name in names}
