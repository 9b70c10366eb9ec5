"""What the API server is told about Pods: when to ask, whom to leave alone, how long to wait."""

from typing import Any

import pytest

from kinds import names
from webhook.configurations import configurations
from webhook.entries import Scope

SERVICE = {"service": {"name": "kmcp-webhook", "namespace": "kmcp-system", "port": 443}}
SCOPE = Scope(own_namespace="kmcp-system", excluded_namespaces=("vault",))
Entry = dict[str, Any]


def entries(scope: Scope = SCOPE) -> list[Entry]:
    """Return all that is about Pods and workloads."""
    return [one for both in configurations("kmcp", SERVICE, scope) for one in both["webhooks"][1:]]


ALL = pytest.mark.parametrize("entry", entries(), ids=[one["name"] for one in entries()])


def test_without_a_scope_nothing_is_asked_about_pods() -> None:
    assert [len(one["webhooks"]) for one in configurations("kmcp", SERVICE)] == [1, 1]


def test_every_path_is_asked_for() -> None:
    assert [one["clientConfig"]["service"]["path"] for one in entries()] == [
        "/mutate/pods",
        "/mutate/pods/by-namespace",
        "/validate/pods",
        "/validate/workloads",
        "/validate/workloads/by-namespace",
        "/validate/workloads",
        "/validate/workloads/by-namespace",
    ]


@ALL
def test_an_answer_is_never_waited_for_long_and_may_be_missing(entry: Entry) -> None:
    assert entry["timeoutSeconds"] <= 5
    assert {key: entry[key] for key in ("failurePolicy", "matchPolicy", "sideEffects")} == {
        "failurePolicy": "Ignore",
        "matchPolicy": "Equivalent",
        "sideEffects": "NoneOnDryRun",
    }
    assert entry["admissionReviewVersions"] == ["v1"]


def test_an_administrator_may_have_pods_wait_but_never_workloads() -> None:
    found = entries(Scope(own_namespace="kmcp-system", failure_policy="Fail", timeout_seconds=3))
    assert [one["failurePolicy"] for one in found] == ["Fail"] * 3 + ["Ignore"] * 4
    assert {one["timeoutSeconds"] for one in found} == {3}


@ALL
def test_only_what_is_in_a_namespace_is_asked_about_and_no_part_of_it(entry: Entry) -> None:
    for rule in entry["rules"]:
        assert rule["scope"] == "Namespaced"
        assert not any("/" in one or "*" in one for one in rule["resources"])
        assert rule["apiGroups"][0] in ("", "apps", "batch")
        assert rule["apiVersions"] == ["v1"]


def test_pods_are_asked_about_when_they_are_new_alone() -> None:
    for entry in entries()[:3]:
        (rule,) = entry["rules"]
        assert (rule["resources"], rule["operations"]) == (["pods"], ["CREATE"])


@ALL
def test_system_namespaces_ours_and_those_of_the_administrator_are_left_alone(entry: Entry) -> None:
    by_name, _ = entry["namespaceSelector"]["matchExpressions"]
    assert by_name == {
        "key": "kubernetes.io/metadata.name",
        "operator": "NotIn",
        "values": ["kube-system", "kube-public", "kube-node-lease", "kmcp-system", "vault"],
    }
    (mine,) = entry["objectSelector"]["matchExpressions"]
    assert mine == {"key": names.COMPONENT, "operator": "DoesNotExist"}


@ALL
def test_a_namespace_that_says_no_is_left_alone(entry: Entry) -> None:
    _, word = entry["namespaceSelector"]["matchExpressions"]
    is_twin = "-by-namespace" in entry["name"]
    assert word == {
        "key": "kmcp.dev/inject",
        "operator": "In" if is_twin else "NotIn",
        "values": ["true" if is_twin else "false"],
    }


def test_both_mutating_entries_are_asked_again_when_another_webhook_changed_something() -> None:
    mutating, validating = configurations("kmcp", SERVICE, SCOPE)
    assert {one["reinvocationPolicy"] for one in mutating["webhooks"]} == {"IfNeeded"}
    assert not any("reinvocationPolicy" in one for one in validating["webhooks"])


def test_names_are_the_entrys_own() -> None:
    found = [one["name"] for one in entries()]
    assert len(set(found)) == len(found)
    assert all(name.count(".") >= 2 for name in found)
