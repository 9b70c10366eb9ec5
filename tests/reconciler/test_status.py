"""The status says what is true, and changes only when that does."""

import pytest

from kinds.reading import Fields
from kinds.status import Status
from reconciler.observed import Failure, Key, Outcome, Presence, Referred
from tests.reconciler.deployments import (
    OLDER,
    container,
    deployment,
    ended,
    pod,
    replica_set,
    waiting,
)
from tests.reconciler.telling import LATER, STUCK, condition, running, told
from tests.reconciler.worlds import http, server


def test_a_server_that_serves_has_this_status() -> None:
    def true(kind: str, reason: str, message: str) -> Fields:
        return {
            "type": kind,
            "status": "True",
            "reason": reason,
            "message": message,
            "lastTransitionTime": "2026-01-02T03:04:05Z",
            "observedGeneration": 1,
        }

    found = running(server())
    assert found == {
        "observedGeneration": 1,
        "conditions": [
            true("Accepted", "Accepted", "MCPServer configuration is valid"),
            true("ResolvedRefs", "ResolvedRefs", "All references resolved successfully"),
            true("Programmed", "Programmed", "All resources created successfully"),
            true("Ready", "DeploymentReady", "MCPServer deployment is ready"),
        ],
        "url": "http://tool.here.svc.cluster.local:3000/mcp",
        "transport": "stdio",
        "replicas": 1,
        "selector": "app.kubernetes.io/instance=tool,app.kubernetes.io/name=tool",
    }
    assert Status.model_validate(found).model_dump(by_alias=True, exclude_none=True) == found


def test_an_http_server_is_told_by_its_own_path() -> None:
    given = http()
    given["spec"]["httpTransport"]["path"] = "/v1/mcp"
    found = running(given)
    assert (found["url"], found["transport"]) == (
        "http://tool.here.svc.cluster.local:3000/v1/mcp",
        "http",
    )


def test_the_same_world_makes_the_same_status_at_any_time() -> None:
    given = server()
    first = running(given)
    assert running({**given, "status": first}, now=LATER) == first


def test_a_change_says_since_when_and_the_others_stay() -> None:
    given = server()
    after = told({**given, "status": running(given)}, now=LATER, pods=(STUCK,))
    times = {one["type"]: one["lastTransitionTime"] for one in after["conditions"]}
    assert times["Ready"] == "2026-01-02T04:00:00Z"
    assert times["Accepted"] == "2026-01-02T03:04:05Z"


def test_a_mistake_is_told_in_every_condition_that_it_spoils() -> None:
    given = server()
    outcome = Outcome(problems=("spec.deployment.cmd: Required value: say what starts it",))
    found = running({**given, "status": running(given)}, outcome=outcome)
    assert condition(found, "Accepted")[:2] == ("False", "InvalidConfig")
    assert condition(found, "Programmed")[:2] == ("False", "DeploymentFailed")
    assert condition(found, "Ready") == (
        "False",
        "PodsNotReady",
        "spec.deployment.cmd: Required value: say what starts it; the earlier version goes on",
    )
    assert found["url"] == "http://tool.here.svc.cluster.local:3000/mcp"


def test_a_failure_is_named() -> None:
    outcome = Outcome(failures=(Failure("Service", "Service tool is not kmcp's", "NameConflict"),))
    found = told(server(), outcome)
    assert condition(found, "Programmed") == (
        "False",
        "NameConflict",
        "Service tool is not kmcp's",
    )
    assert condition(found, "Ready")[:2] == ("False", "PodsNotReady")


@pytest.mark.parametrize("kind", ["Deployment", "Service", "ServiceAccount", "NetworkPolicy"])
def test_a_failure_without_a_reason_is_called_after_its_object(kind: str) -> None:
    found = told(server(), Outcome(failures=(Failure(kind, "the API server refused it"),)))
    assert condition(found, "Programmed")[1] == f"{kind}Failed"


@pytest.mark.parametrize(
    ("presence", "result"),
    [
        pytest.param(
            Presence.MISSING,
            (
                "False",
                "SecretNotFound",
                "spec.deployment.secretRefs[0]: there is no Secret credentials",
            ),
            id="missing",
        ),
        pytest.param(
            Presence.UNKNOWN,
            (
                "Unknown",
                "NotLookedUp",
                "spec.deployment.secretRefs[0]: kmcp could not look for Secret credentials",
            ),
            id="unknown",
        ),
    ],
)
def test_a_reference_that_was_not_found_is_named(
    presence: Presence, result: tuple[str, str, str]
) -> None:
    given = server(secretRefs=[{"name": "credentials"}])
    found = running(given, references={Key("Secret", "credentials"): Referred(presence)})
    assert condition(found, "ResolvedRefs") == result


def test_what_nobody_looked_for_is_unknown() -> None:
    given = server(configMapRefs=[{"name": "settings"}])
    assert condition(running(given, references={}), "ResolvedRefs")[0] == "Unknown"


def test_a_key_that_is_not_there_is_named() -> None:
    items = [{"key": "ca.crt", "path": "ca.crt"}]
    given = server(volumes=[{"name": "v", "secret": {"secretName": "tls", "items": items}}])
    lacking = {Key("Secret", "tls"): Referred(Presence.FOUND, "x", frozenset({"ca.crt"}))}
    assert condition(running(given, references=lacking), "ResolvedRefs") == (
        "False",
        "SecretKeyNotFound",
        "spec.deployment.volumes[0].secret.items[0]: there is no key ca.crt in Secret tls",
    )


def test_zero_replicas_are_no_failure() -> None:
    given = server(replicas=0)
    found = told(given, deployment=deployment(given, replicas=0))
    assert condition(found, "Ready") == (
        "False",
        "Stopped",
        "MCPServer is stopped: it is to have 0 replicas",
    )


def test_without_a_deployment_nothing_is_ready() -> None:
    assert condition(told(server()), "Ready") == ("False", "PodsNotReady", "Deployment not found")


def test_a_deployment_of_somebody_else_does_not_count() -> None:
    given = server()
    foreign = deployment(given, available=1)
    foreign["metadata"]["ownerReferences"] = []
    found = told(given, deployment=foreign)
    assert condition(found, "Ready")[2] == "Deployment not found"
    assert found["replicas"] == 0


def test_a_pod_that_cannot_start_is_told() -> None:
    given = server()
    found = told(given, deployment=deployment(given), pods=(STUCK,))
    assert condition(found, "Ready") == (
        "False",
        "NotAvailable",
        "Deployment not ready: 0/1 replicas available: "
        "ImagePullBackOff: container mcp-server: no such image",
    )


def test_a_pod_that_waits_for_a_secret_that_is_not_there_is_told() -> None:
    given = server(secretRefs=[{"name": "credentials"}])
    missing = {Key("Secret", "credentials"): Referred(Presence.MISSING)}
    stuck = pod(waiting("PodInitializing"))
    found = told(given, deployment=deployment(given), pods=(stuck,), references=missing)
    assert condition(found, "Ready")[2] == (
        "Deployment not ready: 0/1 replicas available: SecretNotFound: "
        "spec.deployment.secretRefs[0]: there is no Secret credentials"
    )
    served = running(given, references=missing)
    assert condition(served, "Ready")[0] == "True"


def test_a_broken_roll_out_is_told_though_the_earlier_version_serves() -> None:
    given = server()
    live = deployment(given, available=1, updated=1, total=2)
    good = pod(name="tool-1-a", of=OLDER, ready=True)
    sets = (replica_set(OLDER, 1), replica_set())
    before = {**given, "status": running(given)}
    found = told(before, deployment=live, pods=(STUCK, good), replica_sets=sets)
    assert condition(found, "Ready") == (
        "False",
        "RolloutFailed",
        "the new version does not start, the earlier one goes on: "
        "ImagePullBackOff: container mcp-server: no such image",
    )


def test_a_roll_out_on_its_way_leaves_a_server_ready_that_still_serves() -> None:
    given = server()
    before = {**given, "status": running(given), "metadata": {**given["metadata"], "generation": 2}}
    live = deployment(given, available=1, updated=1, total=2)
    found = told(before, deployment=live, pods=(pod(waiting("ContainerCreating")),))
    assert condition(found, "Ready")[:2] == ("True", "DeploymentReady")
    generations = {one["type"]: one["observedGeneration"] for one in found["conditions"]}
    assert generations == {"Accepted": 2, "ResolvedRefs": 2, "Programmed": 2, "Ready": 1}


def test_a_roll_out_that_the_cluster_has_not_seen_is_not_finished() -> None:
    given = server()
    live = deployment(given, available=1, observed_generation=0)
    assert condition(told(given, deployment=live), "Ready")[0] == "False"


def test_one_failing_pod_of_three_is_told() -> None:
    given = server(replicas=3)
    before = {**given, "status": running(given)}
    live = deployment(given, replicas=3, available=2)
    crashed = pod(container(restarts=2, running={}, last=ended(1, "no KEY")))
    found = condition(told(before, deployment=live, pods=(crashed,)), "Ready")
    assert found[0] == "False"
    assert "2/3 replicas available: CrashLoopBackOff" in found[2]


def test_pods_that_wait_for_a_newer_kmcp_are_mentioned() -> None:
    found = running(server(), outcome=Outcome(held_back=True))
    assert "wait for their turn" in condition(found, "Programmed")[2]


def test_conditions_of_others_are_kept() -> None:
    other = {"type": "Discovered", "status": "True"}
    found = running({**server(), "status": {"conditions": [other]}})
    assert found["conditions"][-1] == other
