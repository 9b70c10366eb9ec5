"""What the cluster around an MCPServer adds to a verdict, with a cluster made of sets."""

from dataclasses import dataclass, field

import pytest

from tests.webhook.reviews import SPEC, request, server
from webhook import verdict
from webhook.admission import House
from webhook.review import User
from webhook.surroundings import MOST_REFERENCES, placed
from webhook.verdict import Outcome, Verdict

ACCEPTED = verdict.allow(Outcome.ACCEPTED)
NEEDY = {
    "deployment": {
        **SPEC["deployment"],
        "secretRefs": [{"name": "keys"}],
        "configMapRefs": [{"name": "settings"}],
        "serviceAccountName": "robot",
        "volumes": [{"name": "data", "persistentVolumeClaim": {"claimName": "disk"}}],
    }
}


READS = {
    f"get {plural}"
    for plural in ("secrets", "configmaps", "serviceaccounts", "persistentvolumeclaims")
}


@dataclass
class World:
    """A cluster: who may do what, and what there is; None means that it does not answer."""

    rights: set[str] | None = field(default_factory=lambda: {"create pods", *READS})
    objects: set[str] | None = field(default_factory=set[str])
    asked: list[str] = field(default_factory=list[str])

    def may(self, user: User, verb: str, resource: str, namespace: str) -> bool | None:
        assert (user.username, namespace) == ("ada", "shop")
        return None if self.rights is None else f"{verb} {resource}" in self.rights

    def exists(self, kind: str, namespace: str, name: str) -> bool | None:
        assert namespace == "shop"
        self.asked.append(f"{kind} {name}")
        return None if self.objects is None else f"{kind} {name}" in self.objects


def in_world(world: World, spec: object = NEEDY, house: House | None = None) -> Verdict:
    return placed(request(server(spec)), ACCEPTED, house or House(), world)


def test_what_is_not_there_yet_is_told_and_refuses_nothing() -> None:
    told = in_world(World())
    assert told.allowed
    assert told.warnings == (
        "spec.deployment.secretRefs[0]: Secret keys does not exist yet",
        "spec.deployment.configMapRefs[0]: ConfigMap settings does not exist yet",
        "spec.deployment.volumes[0].persistentVolumeClaim: PersistentVolumeClaim disk does not "
        "exist yet",
        "spec.deployment.serviceAccountName: ServiceAccount robot does not exist yet",
    )


def test_who_may_not_read_something_learns_nothing_of_it() -> None:
    world = World(rights={"create pods"})
    assert in_world(world).warnings == ()
    assert world.asked == []


def test_what_is_named_twice_is_looked_for_once() -> None:
    world = World()
    twice = {"deployment": {**SPEC["deployment"], "secretRefs": [{"name": "a"}, {"name": "a"}]}}
    assert len(in_world(world, twice).warnings) == 1
    assert world.asked == ["Secret a"]


def test_what_is_there_is_not_worth_a_word() -> None:
    there = {"Secret keys", "ConfigMap settings", "ServiceAccount robot"}
    world = World(objects=there | {"PersistentVolumeClaim disk"})
    assert in_world(world).warnings == ()


def test_a_cluster_that_does_not_answer_costs_nothing() -> None:
    assert in_world(World(rights=None, objects=None)) == ACCEPTED


def test_an_optional_secret_is_not_looked_for() -> None:
    volume = {"name": "keys", "secret": {"secretName": "keys", "optional": True}}
    world = World()
    in_world(world, {"deployment": {**SPEC["deployment"], "volumes": [volume]}})
    assert world.asked == []


def test_a_flood_of_references_is_not_followed() -> None:
    many = [{"name": f"map-{n}"} for n in range(100)]
    world = World()
    in_world(world, {"deployment": {**SPEC["deployment"], "configMapRefs": many}})
    assert len(world.asked) == MOST_REFERENCES


@pytest.mark.parametrize(
    ("requester", "allowed", "lines"),
    [("ignore", True, 0), ("warn", True, 1), ("deny", False, 0)],
)
def test_who_may_not_create_pods_is_treated_as_the_administrator_chose(
    requester: str, allowed: bool, lines: int
) -> None:
    house = House(requester=requester)
    told = in_world(World(rights=set()), SPEC, house)
    assert (told.allowed, len(told.warnings)) == (allowed, lines)


def test_a_refused_requester_is_told_which_right_to_ask_for() -> None:
    told = in_world(World(rights=set()), SPEC, House(requester="deny"))
    assert told.status is not None
    assert told.status["code"] == 403
    assert "kubectl auth can-i create pods --namespace shop" in told.status["message"]


def test_an_unanswered_question_is_no_yes_where_rights_are_enforced() -> None:
    told = in_world(World(rights=None), SPEC, House(requester="deny"))
    assert told.outcome is Outcome.REQUESTER_UNKNOWN


def test_an_edit_of_labels_asks_the_cluster_nothing() -> None:
    world = World()
    placed(request(server(NEEDY, labels={"a": "b"}), server(NEEDY)), ACCEPTED, House(), world)
    assert world.asked == []
