"""A newer kmcp restarts servers when it is their turn, and their own changes at once."""

from dataclasses import replace
from typing import Any

import pytest

from kinds.reading import Fields
from reconciler.difference import differences
from reconciler.observed import Key, Presence, Referred
from reconciler.rolling import Change, change, held_back, is_rolling
from tests.adapter.injection.pods import CONFIG as ADAPTER
from tests.reconciler.server_side import applied, edited
from tests.reconciler.worlds import CONFIG, http, server, wish

NEWER = replace(CONFIG, adapter=replace(ADAPTER, version="9.0.0", image="registry.example/a:9"))
VARIABLE = ("spec", "template", "spec", "containers", 0, "env", 0, "value")


def of(given: Fields, config: Any = CONFIG, **observed: Any) -> Fields:  # noqa: ANN401
    return wish(given, config, **observed).deployment


def test_nothing_new_is_no_change() -> None:
    assert change(applied(of(server())), of(server())) is Change.NONE


def test_a_deployment_that_is_not_there_is_made_now() -> None:
    assert change(None, of(server())) is Change.NOW


def test_a_newer_kmcp_may_wait() -> None:
    live = applied(of(server()))
    assert change(live, of(server(), NEWER)) is Change.KMCP


def test_a_newer_kmcp_changes_nothing_about_http_servers() -> None:
    assert change(applied(of(http())), of(http(), NEWER)) is Change.NONE


def test_another_image_for_npx_may_wait() -> None:
    given = server(image="", cmd="npx", args=["-y", "some-server"])
    given["spec"]["deployment"]["image"] = CONFIG.runners.npx
    later = server(image="", cmd="npx", args=["-y", "some-server"])
    later["spec"]["deployment"]["image"] = "node:26"
    newer = replace(CONFIG, runners=replace(CONFIG.runners, npx="node:26"))
    assert change(applied(of(given)), of(later, newer)) is Change.KMCP


@pytest.mark.parametrize(
    "own",
    [
        pytest.param({"env": {"A": "2"}}, id="a variable"),
        pytest.param({"image": "registry.example.com/tool:2"}, id="an image"),
        pytest.param({"serviceAccountName": "mine"}, id="an account"),
    ],
)
def test_the_servers_own_change_does_not_wait(own: Fields) -> None:
    live = applied(of(server(env={"A": "1"})))
    assert change(live, of(server(**{"env": {"A": "1"}, **own}), NEWER)) is Change.NOW


def test_other_content_of_a_secret_does_not_wait() -> None:
    given = server(secretRefs=[{"name": "credentials"}])
    found = {Key("Secret", "credentials"): Referred(Presence.FOUND, "other")}
    assert change(applied(of(given)), of(given, NEWER, references=found)) is Change.NOW


def test_a_secret_that_nobody_could_read_changes_nothing() -> None:
    given = server(secretRefs=[{"name": "credentials"}])
    live = applied(of(given))
    assert change(live, of(given, references={}, deployment=live)) is Change.NONE


def test_somebodys_edit_of_the_pods_does_not_wait() -> None:
    given = server(env={"A": "1"})
    live = edited(applied(of(given)), VARIABLE, "edited")
    assert change(live, of(given, NEWER)) is Change.NOW


def test_replicas_do_not_wait_and_take_the_pods_of_a_newer_kmcp_not_along() -> None:
    live = applied(of(server()))
    wanted = of(server(replicas=3), NEWER)
    assert change(live, wanted) is Change.KMCP
    held = held_back(live, wanted)
    assert held["spec"]["template"] == live["spec"]["template"]
    assert [str(one) for one in differences(live, held)] == ["spec.replicas"]


def test_what_is_held_back_leaves_out_what_others_added() -> None:
    live = applied(of(server()))
    live["spec"]["template"]["spec"]["containers"].append({"name": "istio-proxy"})
    live["spec"]["template"]["spec"]["dnsPolicy"] = "ClusterFirst"
    held = held_back(live, of(server(), NEWER))
    assert held["spec"]["template"] == of(server())["spec"]["template"]
    assert differences(live, held) == []


def test_a_change_that_restarts_nothing_does_not_wait() -> None:
    live = applied(of(server()))
    assert change(live, of(server(replicas=3))) is Change.NOW


def deployment(reason: str = "ReplicaSetUpdated", generation: int = 2, **status: int) -> Fields:
    counts = {"replicas": 1, "updatedReplicas": 1, "availableReplicas": 1, **status}
    conditions = [{"type": "Progressing", "reason": reason}]
    return {
        "metadata": {"generation": generation},
        "spec": {"replicas": 1},
        "status": {"observedGeneration": 2, "conditions": conditions, **counts},
    }


@pytest.mark.parametrize(
    ("live", "expected"),
    [
        pytest.param(deployment(generation=3), True, id="not seen yet"),
        pytest.param(deployment(updatedReplicas=0), True, id="old Pods"),
        pytest.param(deployment(replicas=2), True, id="old Pods beside new ones"),
        pytest.param(deployment(availableReplicas=0), True, id="new Pods that start"),
        pytest.param(deployment(), False, id="done"),
        pytest.param(deployment("NewReplicaSetAvailable", availableReplicas=0), False, id="over"),
        pytest.param(
            deployment("ProgressDeadlineExceeded", updatedReplicas=0), False, id="given up"
        ),
    ],
)
def test_a_deployment_rolls_until_all_its_pods_are_new(live: Fields, expected: bool) -> None:
    assert is_rolling(live) is expected
