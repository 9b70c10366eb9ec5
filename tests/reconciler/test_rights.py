"""What a chart grants is enough for everything, in the whole cluster as in one namespace."""

from pathlib import Path

import pytest

from reconciler import rights
from reconciler.settings import settings
from tests.cluster.session import Session
from tests.door.accounts import granted, rewritten
from tests.reconciler.exposure.workloads import injected, workload
from tests.reconciler.program import running
from tests.reconciler.site import Site, allow
from tests.reconciler.test_exposition import asked

LACKING = "is forbidden: User"
"""How the API server tells of a missing right; a namespace that goes forbids things too."""


def verbs(resource: str) -> set[str]:
    """Return what may be done with a resource in every namespace with servers."""
    return {
        verb
        for rule in rights.in_namespaces()
        if resource in rule["resources"]
        for verb in rule["verbs"]
    }


def test_nothing_that_users_own_can_be_changed() -> None:
    assert verbs("secrets") == {"get", "list"}
    assert verbs("pods") == {"get", "list", "watch"}
    assert verbs("mcpservers") == {"get", "list", "watch"}
    assert verbs("mcpservers/status") == {"patch"}
    assert "update" not in verbs("deployments")


def test_roles_are_all_that_one_namespace_needs() -> None:
    words = ["--watch-namespaces=a", "--metrics-bind-address=0"]
    assert rights.in_cluster(settings(words, {})) == []


def test_workloads_of_users_are_read_only_where_services_are_made_for_them() -> None:
    plain, more = rights.in_namespaces(), rights.in_namespaces(expose=True)
    kinds = ("statefulsets", "daemonsets")
    assert not any(kind in rule["resources"] for rule in plain for kind in kinds)
    found = {tuple(rule["verbs"]) for rule in more for kind in kinds if kind in rule["resources"]}
    assert found == {("get",)}


@pytest.mark.control_plane
@pytest.mark.slow
def test_in_the_whole_cluster_nothing_is_forbidden(
    simulated: Session, site: Site, tmp_path: Path
) -> None:
    chosen = settings(["--leader-elect"], {})
    everywhere = [*rights.in_namespaces(expose=True), *rights.in_cluster(chosen)]
    with (
        simulated.namespace("home") as home,
        granted(home, tmp_path, everywhere),
    ):
        token = home.kubectl("create", "token", "somebody").strip()
        kubeconfig = rewritten(home, tmp_path, token=token)
        allow(home, rights.at_home(chosen), home.namespace, "somebody")
        words = [
            f"--kubeconfig={kubeconfig}",
            f"--namespace={home.namespace}",
            "--leader-elect",
            "--expose",
        ]
        words += ["--poll-interval=1s", "--metrics-bind-address=127.0.0.1:0"]
        with running(*words) as all_of_it:
            all_of_it.wait_ready()
            site.create("tool", secretRefs=[{"name": "token"}])
            site.cluster.kubectl("create", "secret", "generic", "token", "--from-literal=A=b")
            site.wait_true("tool", "Ready")
            site.wait_event("tool", "DeploymentReady")
            site.cluster.apply(injected(workload("StatefulSet")))
            site.wait_for("service", "web", lambda _: True, "made")
            assert asked(all_of_it.metrics, "nonsense")[0] == 401
            assert [line for line in all_of_it.lines if LACKING in str(line)] == []
