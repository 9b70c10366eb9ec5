"""What is decided about an MCPServer, without TLS and without a cluster."""

import json
from typing import Any

import jsonpatch
import pytest

from kinds.policy import Policy
from tests.webhook.reviews import SPEC, request, server
from webhook.admission import House, mutated, validated
from webhook.review import Request
from webhook.verdict import MOST_WARNINGS, Outcome, Verdict

HOUSE = House()


def operations(verdict: Verdict) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(verdict.patch or b"[]")
    return found


def stored(asked: Request) -> dict[str, Any]:
    """Return the object as the API server would store it."""
    after: dict[str, Any] = jsonpatch.apply_patch(asked.object, operations(mutated(asked, HOUSE)))
    return after


def causes(verdict: Verdict) -> list[tuple[str, str]]:
    assert verdict.status is not None
    return [(one["field"], one["message"]) for one in verdict.status["details"]["causes"]]


def test_what_was_left_out_is_added_and_nothing_else_is_touched() -> None:
    added = operations(mutated(request(server()), HOUSE))
    assert {one["op"] for one in added} == {"add"}
    assert {one["path"]: one["value"] for one in added} == {
        "/spec/timeout": "30s",
        "/spec/deployment/port": 3000,
        "/spec/deployment/imagePullPolicy": "IfNotPresent",
        "/spec/deployment/replicas": 1,
    }


def test_defaulting_twice_changes_nothing_the_second_time() -> None:
    once = stored(request(server()))
    assert mutated(request(once), HOUSE).outcome is Outcome.UNCHANGED
    assert mutated(request(once), HOUSE).patch is None


def test_fields_of_a_later_version_survive() -> None:
    later = server(
        {**SPEC, "tomorrow": [{"deep": None}], "deployment": {**SPEC["deployment"], "x": 1}}
    )
    after = stored(request(later))
    assert after["spec"]["tomorrow"] == [{"deep": None}]
    assert after["spec"]["deployment"]["x"] == 1


def test_what_follows_from_other_fields_is_understood_and_not_stored() -> None:
    spec = {"deployment": {"cmd": "npx", "args": ["tool"], "image": ""}}
    assert {one["path"] for one in operations(mutated(request(server(spec)), HOUSE))} == {
        "/spec/timeout",
        "/spec/deployment/port",
        "/spec/deployment/imagePullPolicy",
        "/spec/deployment/replicas",
    }


def test_every_mistake_is_told_at_once_in_the_order_of_the_fields() -> None:
    spec = {"transportType": "tcp", "deployment": {"port": 70000, "env": {"KEY": 5}}}
    verdict = mutated(request(server(spec)), HOUSE)
    assert not verdict.allowed
    assert [field for field, _ in causes(verdict)] == [
        "spec.deployment.env.KEY",
        "spec.deployment.image",
        "spec.deployment.port",
        "spec.transportType",
    ]


def test_a_refusal_counts_its_rules() -> None:
    verdict = mutated(request(server({"deployment": {"image": "a b"}})), HOUSE)
    assert verdict.rules == ("schema", "transport_is_told_at_all")


def test_an_old_mistake_does_not_hold_up_an_edit_elsewhere() -> None:
    old = server({**SPEC, "timeout": "soon"})
    new = server({**SPEC, "timeout": "soon", "deployment": {**SPEC["deployment"], "args": ["-v"]}})
    assert mutated(request(new, old), HOUSE).allowed
    assert validated(request(new, old), HOUSE).allowed


def test_a_new_mistake_beside_an_old_one_is_told_alone() -> None:
    old = server({**SPEC, "timeout": "soon"})
    new = server({**SPEC, "timeout": "soon", "deployment": {**SPEC["deployment"], "port": 0}})
    assert [field for field, _ in causes(mutated(request(new, old), HOUSE))] == [
        "spec.deployment.port"
    ]


@pytest.mark.parametrize("decide", [mutated, validated])
def test_finalizers_come_off_whatever_the_spec_is(decide: Any) -> None:  # noqa: ANN401
    broken = {"deployment": 5}
    old = server(broken, finalizers=["a/b"], deletionTimestamp="2026-01-01T00:00:00Z")
    new = server(broken, deletionTimestamp="2026-01-01T00:00:00Z")
    assert decide(request(new, old), HOUSE).outcome is Outcome.BEING_DELETED


def test_an_edit_of_labels_alone_adds_no_defaults() -> None:
    new, old = server(labels={"a": "b"}), server()
    assert mutated(request(new, old), HOUSE).outcome is Outcome.UNCHANGED


@pytest.mark.parametrize(
    "asked",
    [
        pytest.param(request(None, server(), operation="DELETE"), id="update without an object"),
        pytest.param(request(None, operation="DELETE"), id="delete"),
        pytest.param(request(server(), operation="CONNECT"), id="connect"),
        pytest.param(request(server({}), server(), subResource="status"), id="status"),
    ],
)
def test_nothing_but_creation_and_change_concerns_us(asked: Request) -> None:
    assert mutated(asked, HOUSE).outcome is Outcome.NOT_CONCERNED
    assert validated(asked, HOUSE).outcome is Outcome.NOT_CONCERNED


def test_another_kind_is_refused_in_words() -> None:
    kind = {"group": "kagent.dev", "version": "v2", "kind": "MCPServer"}
    verdict = validated(request(server(), kind=kind), HOUSE)
    assert verdict.outcome is Outcome.UNKNOWN_KIND
    assert verdict.status is not None
    assert verdict.status["message"] == (
        "this webhook checks kagent.dev/v1alpha1 MCPServer, not kagent.dev/v2 MCPServer"
    )


def test_policy_alone_is_forbidden_with_one_line_and_one_that_helps() -> None:
    house = House(policy=Policy(registries=("ghcr.io/acme",)))
    verdict = mutated(request(server()), house)
    assert verdict.status is not None
    assert verdict.status["code"] == 403
    assert verdict.status["message"].splitlines() == [
        'spec.deployment.image: images come from ghcr.io/acme here, "example/server:1" does not',
        "If the server needs it, ask whoever administers kmcp here to allow it.",
    ]


def test_policy_beside_mistakes_is_one_more_cause() -> None:
    house = House(policy=Policy(forbid_host_path=True))
    deployment = {
        **SPEC["deployment"],
        "port": 0,
        "volumes": [{"name": "a", "hostPath": {"path": "/"}}],
    }
    assert [
        field for field, _ in causes(mutated(request(server({"deployment": deployment})), house))
    ] == [
        "spec.deployment.port",
        "spec.deployment.volumes[0].hostPath",
    ]


def test_a_stored_object_is_not_held_to_a_newer_policy() -> None:
    house = House(policy=Policy(registries=("ghcr.io/acme",)))
    old, new = server(), server({**SPEC, "timeout": "10s"})
    assert mutated(request(new, old), house).allowed


def test_warnings_are_for_those_who_change_the_spec() -> None:
    spec = {"deployment": {"image": "example/server", "cmd": "/server"}}
    assert len(validated(request(server(spec)), HOUSE).warnings) == 1
    assert validated(request(server(spec, labels={"a": "b"}), server(spec)), HOUSE).warnings == ()


def test_nothing_that_stands_in_a_request_is_changed() -> None:
    old = stored(request(server({"httpTransport": {}, "deployment": {**SPEC["deployment"]}})))
    spec = {"httpTransport": {"targetPort": 8080}, "deployment": {"image": "a/b:1", "port": 80}}
    assert {one["op"] for one in operations(mutated(request(server(spec), old), HOUSE))} == {"add"}


def test_an_object_that_is_being_deleted_is_checked_when_its_spec_changes() -> None:
    old = server(finalizers=["a/b"], deletionTimestamp="2026-01-01T00:00:00Z")
    new = server({**SPEC, "timeout": "soon"}, deletionTimestamp="2026-01-01T00:00:00Z")
    assert mutated(request(new, old), HOUSE).outcome is Outcome.INVALID


def test_a_policy_that_was_broken_cannot_be_broken_further() -> None:
    house = House(policy=Policy(forbid_host_path=True))
    volume = {"name": "a", "hostPath": {"path": "/var/log"}}
    wider = {"name": "a", "hostPath": {"path": "/"}}
    old = server({"deployment": {**SPEC["deployment"], "volumes": [volume]}})
    elsewhere = server({"deployment": {**SPEC["deployment"], "volumes": [volume], "port": 80}})
    assert mutated(request(elsewhere, old), house).allowed
    widened = server({"deployment": {**SPEC["deployment"], "volumes": [wider]}})
    verdict = mutated(request(widened, old), house)
    assert (verdict.outcome, verdict.rules) == (Outcome.POLICY, ("host_path",))


def test_an_old_mistake_is_recognised_behind_a_new_neighbour() -> None:
    bad, good = {"name": "bad"}, {"name": "good", "image": "example/side:1"}
    old = server({"deployment": {**SPEC["deployment"], "sidecars": [bad]}})
    new = server({"deployment": {**SPEC["deployment"], "sidecars": [good, bad]}})
    assert mutated(request(new, old), HOUSE).allowed


def test_an_old_mistake_with_a_new_hidden_value_is_a_new_one() -> None:
    old = server({"deployment": {**SPEC["deployment"], "env": {"KEY": 1}}})
    new = server({"deployment": {**SPEC["deployment"], "env": {"KEY": 2}}})
    assert not mutated(request(new, old), HOUSE).allowed


def test_a_key_that_holds_a_value_is_cut() -> None:
    env = {"API_KEY=hunter2": "", "A" * 5000: 1}
    verdict = mutated(request(server({"deployment": {**SPEC["deployment"], "env": env}})), HOUSE)
    fields = {field for field, _ in causes(verdict)}
    assert fields == {f"spec.deployment.env[{'A' * 63}…]", "spec.deployment.env[API_KEY…]"}


def test_a_flood_of_warnings_is_cut_off() -> None:
    volumes = [{"name": f"v{n}", "hostPath": {"path": f"/{n}"}} for n in range(90)]
    told = validated(
        request(server({"deployment": {**SPEC["deployment"], "volumes": volumes}})), HOUSE
    )
    assert len(told.warnings) == MOST_WARNINGS + 1
    assert sum(map(len, told.warnings)) < 4096
