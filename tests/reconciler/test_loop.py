"""A reconciler at work on a real API server, where simulated nodes run the Pods."""

import json
from functools import partial

import pytest

from tests.cluster.facade import Object
from tests.reconciler.site import OBJECTS, Site, condition

pytestmark = [pytest.mark.control_plane, pytest.mark.slow]

NEVER = "--poll-interval=1h"
"""So that only a watch can have woken it."""
OFTEN = ("--watch=false", "--poll-interval=1s")


def test_a_server_becomes_ready_with_all_that_belongs_to_it(site: Site) -> None:
    with site.running() as reconciler:
        reconciler.wait_ready()
        site.create("tool")
        server = site.wait_true("tool", "Ready")
        assert condition(server, "Ready")["reason"] == "DeploymentReady"
        for kind in OBJECTS:
            (owner,) = site.cluster.get(kind, "tool")["metadata"]["ownerReferences"]
            assert (owner["uid"], owner["controller"]) == (server["metadata"]["uid"], True)
        site.wait_event("tool", "DeploymentReady")


@pytest.mark.parametrize("flags", [(NEVER,), OFTEN], ids=["by a watch", "by a poll"])
def test_what_is_deleted_or_edited_by_hand_is_restored(site: Site, flags: tuple[str, ...]) -> None:
    with site.running(*flags) as reconciler:
        reconciler.wait_ready()
        site.create("tool")
        site.wait_true("tool", "Ready")
        before = {kind: site.cluster.get(kind, "tool") for kind in OBJECTS}
        site.cluster.kubectl("delete", "service,serviceaccount", "tool")
        patch = {"spec": {"template": {"spec": {"enableServiceLinks": True}}}}
        site.cluster.kubectl("patch", "deployment", "tool", f"--patch={json.dumps(patch)}")
        for kind in ("service", "serviceaccount"):
            site.wait_for(kind, "tool", partial(_is_another, before[kind]), "made anew")
        site.wait_for("deployment", "tool", _has_no_links, "restored")
        site.wait_true("tool", "Ready")


@pytest.mark.parametrize("flags", [(NEVER,), OFTEN], ids=["by a watch", "by a poll"])
def test_a_port_that_was_renumbered_by_hand_is_restored(site: Site, flags: tuple[str, ...]) -> None:
    with site.running(*flags) as reconciler:
        reconciler.wait_ready()
        site.create("tool")
        site.wait_true("tool", "Ready")
        before = site.cluster.get("service", "tool")["spec"]["ports"]
        renumbered = {"op": "replace", "path": "/spec/ports/0/port", "value": 8080}
        words = ("--type=json", f"--patch={json.dumps([renumbered])}")
        site.cluster.kubectl("patch", "service", "tool", *words)
        site.wait_for("service", "tool", lambda one: one["spec"]["ports"] == before, "restored")
        site.wait_true("tool", "Programmed")


def test_looking_ten_times_at_what_is_settled_writes_nothing(site: Site) -> None:
    names = [f"tool-{number}" for number in range(20)]
    with site.running("--poll-interval=1s") as reconciler:
        reconciler.wait_ready()
        for name in names:
            site.create(name)
        for name in names:
            site.wait_true(name, "Ready")
        before = site.versions()
        assert len(before) == 4 * len(names) + 2, before
    with site.running("--watch=false", "--poll-interval=1s", "--log-level=debug") as again:
        again.wait_ready()
        again.logged("looked", number=10)
        assert site.versions() == before


def test_what_belongs_to_somebody_else_is_left_alone(site: Site) -> None:
    site.cluster.kubectl("create", "service", "clusterip", "tool", "--tcp=80")
    before = site.cluster.get("service", "tool")
    with site.running(*OFTEN) as reconciler:
        reconciler.wait_ready()
        site.create("tool")
        server = site.wait(
            "tool", lambda one: condition(one, "Programmed").get("status") == "False", "refused"
        )
        assert condition(server, "Programmed")["reason"] == "NameConflict"
        assert "Service" in condition(server, "Programmed")["message"]
        assert site.cluster.get("service", "tool") == before
        site.cluster.kubectl("delete", "service", "tool")
        site.wait_true("tool", "Programmed")


def test_one_that_cannot_be_helped_holds_up_no_other(site: Site) -> None:
    site.cluster.kubectl("create", "deployment", "taken", "--image=registry.example.com/web:1")
    with site.running(NEVER) as reconciler:
        reconciler.wait_ready()
        site.create("taken")
        site.create("wrong", labels={"app.kubernetes.io/name": "other"})
        for number in range(5):
            site.create(f"tool-{number}")
        for number in range(5):
            site.wait_true(f"tool-{number}", "Ready")
        site.wait("taken", lambda one: _reason(one, "Programmed") == "NameConflict", "refused")
        site.wait("wrong", lambda one: _status(one, "Accepted") == "False", "refused")


def test_an_account_that_is_not_wanted_any_more_is_deleted(site: Site) -> None:
    site.cluster.kubectl("create", "serviceaccount", "own")
    with site.running(NEVER) as reconciler:
        reconciler.wait_ready()
        site.create("tool")
        site.wait_true("tool", "Ready")
        site.create("tool", serviceAccountName="own")
        site.cluster.wait_gone("serviceaccount", "tool")
        site.wait_true("tool", "Ready")
        assert site.cluster.get("serviceaccount", "own")


def test_a_secret_that_comes_and_changes_is_noticed(site: Site) -> None:
    with site.running("--poll-interval=1s") as reconciler:
        reconciler.wait_ready()
        site.create("tool", secretRefs=[{"name": "token"}])
        server = site.wait("tool", lambda one: _status(one, "ResolvedRefs") == "False", "missed")
        assert "token" in condition(server, "ResolvedRefs")["message"]
        site.cluster.kubectl("create", "secret", "generic", "token", "--from-literal=TOKEN=one")
        site.wait_true("tool", "ResolvedRefs")
        before = site.wait_for("deployment", "tool", lambda one: bool(_notes(one)), "made")
        patch = json.dumps({"stringData": {"TOKEN": "two"}})
        site.cluster.kubectl("patch", "secret", "token", f"--patch={patch}")
        site.wait_for("deployment", "tool", lambda one: _notes(one) != _notes(before), "rolled")
        site.wait_true("tool", "Ready")


def test_a_restart_by_hand_stays(site: Site) -> None:
    with site.running(*OFTEN, "--log-level=debug") as reconciler:
        reconciler.wait_ready()
        site.create("tool")
        site.wait_true("tool", "Ready")
        site.cluster.kubectl("rollout", "restart", "deployment", "tool")
        restarted = _notes(site.cluster.get("deployment", "tool"))
        reconciler.logged("looked", number=15)
        assert _notes(site.cluster.get("deployment", "tool")) == restarted


def _is_another(before: Object, now: Object) -> bool:
    return bool(before["metadata"]["uid"] != now["metadata"]["uid"])


def _has_no_links(deployment: Object) -> bool:
    return deployment["spec"]["template"]["spec"].get("enableServiceLinks") is False


def _status(server: Object, name: str) -> object:
    return condition(server, name).get("status")


def _reason(server: Object, name: str) -> object:
    return condition(server, name).get("reason")


def _notes(deployment: Object) -> Object:
    found: Object = deployment["spec"]["template"]["metadata"].get("annotations", {})
    return found
