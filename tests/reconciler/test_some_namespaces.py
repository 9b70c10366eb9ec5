"""With Roles in some namespaces only, these are looked after, no other, and what is off is said."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from reconciler import rights
from tests.cluster.facade import Cluster
from tests.cluster.session import Session
from tests.reconciler.program import SECONDS
from tests.reconciler.site import Site, allow

pytestmark = [pytest.mark.control_plane, pytest.mark.slow]

NOT_ALLOWED = "is forbidden: User"


@pytest.fixture
def others(simulated: Session, tmp_path: Path) -> Iterator[list[Site]]:
    """Lend two more namespaces: the first is to be looked after as well, the second is not."""
    with simulated.namespace("second") as second, simulated.namespace("third") as third:
        yield [Site(second, tmp_path), Site(third, tmp_path)]


def test_two_of_three_namespaces_are_looked_after(site: Site, others: list[Site]) -> None:
    second, third = others
    assert site.kubeconfig.exists()
    allow(second.cluster, rights.in_namespaces(), site.namespace)
    watched = f"--watch-namespaces={site.namespace},{second.namespace}"
    for one in (site, second, third):
        one.create("tool")
    with site.running(watched, "--poll-interval=1s", "--log-level=debug") as reconciler:
        reconciler.wait_ready()
        for one in (site, second):
            one.wait_true("tool", "Ready")
        second.cluster.kubectl("delete", "service", "tool")
        second.wait_for("service", "tool", lambda _: True, "restored")
        reconciler.logged("looked", number=5)
        assert third.cluster.find("deployments") == []
        assert "status" not in third.cluster.get("mcpserver", "tool")
        assert [one for one in list(reconciler.lines) if NOT_ALLOWED in str(one)] == []


def test_what_roles_cannot_grant_is_said_to_be_off_at_the_start(site: Site) -> None:
    with site.running("--metrics-bind-address=127.0.0.1:0") as reconciler:
        off = reconciler.logged("looking after some namespaces only")["off"]
        assert len(off) == 3
        for word in ("labels of namespaces", "Nodes", "TokenReviews"):
            assert any(word in one for one in off), off


def test_a_namespace_without_a_role_is_named_and_holds_up_no_other(
    site: Site, simulated: Session
) -> None:
    with simulated.namespace("forbidden") as other:
        watched = f"--watch-namespaces={site.namespace},{other.namespace}"
        site.create("tool")
        with site.running(watched, "--poll-interval=2s") as reconciler:
            line = reconciler.logged("cannot look", kind="MCPServer", namespace=other.namespace)
            assert "forbidden" in line["reason"]
            site.wait_true("tool", "Ready")
            allow(other, rights.in_namespaces(), site.namespace)
            _made_there(other, site)


def _made_there(other: Cluster, site: Site) -> None:
    there = Site(other, site.folder)
    there.create("tool")
    other.wait("deployment", "tool", lambda _: True, "made", SECONDS)
