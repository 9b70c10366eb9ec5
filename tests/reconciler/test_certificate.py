"""The leader keeps the webhooks' certificate, and nobody does who does not lead."""

from collections.abc import Iterator
from threading import Event, Thread

import pytest

from reconciler import certificate
from reconciler.leading import Term
from reconciler.settings import settings
from tests.cluster.facade import Cluster
from tests.reconciler.program import SECONDS, wait

FLAGS = ("--configuration=kmcp-reconciler-test",)


@pytest.fixture
def over() -> Iterator[Event]:
    flag = Event()
    yield flag
    flag.set()


def kept(cluster: Cluster, term: Term) -> Thread:
    """Keep the certificate of a Secret in this namespace during *term*."""
    chosen = settings([f"--certificate-secret={cluster.namespace}/webhook", *FLAGS], {})
    wanted = certificate.place(chosen)
    assert wanted is not None
    work = Thread(target=certificate.keep_until, args=(term, cluster.api, *wanted), daemon=True)
    work.start()
    return work


def test_a_leader_makes_it_for_the_name_of_the_service(control_plane: Cluster, over: Event) -> None:
    work = kept(control_plane, Term(over, lambda: True))
    wait(lambda: bool(control_plane.find("secrets")), lambda: "there is no Secret")
    secret = control_plane.get("secret", "webhook")
    assert secret["type"] == "kubernetes.io/tls"
    over.set()
    work.join(SECONDS)
    assert not work.is_alive()


def test_who_does_not_lead_makes_none(control_plane: Cluster, over: Event) -> None:
    kept(control_plane, Term(over, lambda: False)).join(SECONDS)
    assert control_plane.find("secrets") == []


def test_without_a_secret_it_is_not_our_business() -> None:
    assert certificate.place(settings([], {})) is None
