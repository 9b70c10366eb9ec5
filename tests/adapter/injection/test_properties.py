"""What holds for every Pod that can be made up."""

import json
from copy import deepcopy
from typing import Any

import jsonpatch
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapter.injection import pods
from adapter.injection.check import problems, uninjected
from adapter.injection.config import Namespace
from adapter.injection.decision import Deny, Inject, Skip, decide
from adapter.injection.inject import inject
from adapter.injection.patch import patch
from kinds import names
from kinds.reading import Fields
from tests.adapter.injection.pods import CONFIG, HERE, PLAIN

pytestmark = pytest.mark.slow

WORDS = st.text(st.characters(codec="utf-8"), max_size=8)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3),
    max_leaves=8,
)
FUTURE = st.dictionaries(WORDS.map("future-{}".format), JSON, max_size=3)
NAMES = st.lists(st.sampled_from(["a", "b", "c", "d", "e", "mcp-server"]), unique=True)


@st.composite
def asking_pods(draw: st.DrawFn) -> Fields:
    """Draw a Pod that asks and can be injected, with fields that nobody knows yet."""
    others = draw(NAMES)
    first: list[Fields] = [{"name": f"init-{name}", **draw(FUTURE)} for name in draw(NAMES)]
    containers: list[Fields] = [{"name": name, **draw(FUTURE)} for name in others]
    server: Fields = {"name": "server", "command": draw(st.lists(WORDS, min_size=1, max_size=4))}
    if draw(st.booleans()):
        server["args"] = draw(st.lists(WORDS, max_size=3))
    if draw(st.booleans()):
        server["volumeMounts"] = [{"name": "data", "mountPath": "/data", **draw(FUTURE)}]
    containers.insert(draw(st.integers(0, len(others))), {**server, **draw(FUTURE)})
    spec: Fields = {"containers": containers, **draw(FUTURE)}
    if draw(st.booleans()) or first:
        spec["initContainers"] = first
    if draw(st.booleans()):
        spec["volumes"] = [{"name": "data", **draw(FUTURE)}]
    asking = {names.INJECT: "true", names.CONTAINER_CHOICE: "server"}
    metadata = {"annotations": {**asking, **draw(st.dictionaries(WORDS, WORDS, max_size=2))}}
    return {"metadata": {**metadata, **draw(FUTURE)}, "spec": spec, **draw(FUTURE)}


CONFIGS = st.sampled_from([CONFIG, PLAIN])


def injected(made: Fields, config: Any = CONFIG) -> Fields:  # noqa: ANN401 - one of two
    decided = decide(made, HERE, config)
    assert isinstance(decided, Inject), decided
    return inject(made, decided.chosen, config)


@given(asking_pods(), CONFIGS)
def test_twice_injected_equals_once_injected(made: Fields, config: Any) -> None:  # noqa: ANN401
    once = injected(made, config)
    assert injected(once, config) == once
    assert problems(once, HERE, config) == uninjected(once, HERE, config) == ()


@given(asking_pods(), CONFIGS)
def test_the_given_pod_is_left_as_it_was(made: Fields, config: Any) -> None:  # noqa: ANN401
    before = deepcopy(made)
    after = injected(made, config)
    after["spec"]["containers"][0]["name"] = "changed"
    after["metadata"]["annotations"].clear()
    assert made == before


@given(asking_pods(), CONFIGS)
def test_all_that_is_not_ours_survives_byte_for_byte(made: Fields, config: Any) -> None:  # noqa: ANN401
    after = injected(made, config)
    spec, was = after["spec"], made["spec"]
    assert spec["containers"][: len(was["containers"])] != was["containers"]
    servers = zip(was["containers"], spec["containers"], strict=False)
    for before, now in servers:
        mine = {"command", "args", "volumeMounts"} if before["name"] == "server" else set[str]()
        for key in before.keys() - mine:
            assert json.dumps(now[key]) == json.dumps(before[key])
    for group in ("initContainers", "volumes"):
        kept = was.get(group, [])
        assert json.dumps(spec.get(group, [])[: len(kept)]) == json.dumps(kept)
    for key in was.keys() - {"containers", "initContainers", "volumes"}:
        assert json.dumps(spec[key]) == json.dumps(was[key])


@given(asking_pods(), CONFIGS)
def test_the_patch_makes_the_injected_pod(made: Fields, config: Any) -> None:  # noqa: ANN401
    after = injected(made, config)
    assert json.dumps(jsonpatch.apply_patch(made, patch(made, after)), sort_keys=True) == (
        json.dumps(after, sort_keys=True)
    )


@given(asking_pods(), CONFIGS, st.data())
def test_another_injector_between_two_passes_never_makes_two_adapters(
    made: Fields,
    config: Any,  # noqa: ANN401
    data: st.DataObject,
) -> None:
    once = injected(made, config)
    spec = once["spec"]
    for group in ("containers", "initContainers"):
        added = [{"name": f"late-{name}"} for name in data.draw(NAMES)]
        spec[group] = data.draw(st.permutations([*spec.get(group, []), *added]))
    spec["volumes"] = data.draw(st.permutations([{"name": "late"}, *spec["volumes"]]))
    for place in pods.named(once, names.ADAPTER_CONTAINER):
        if place.group == "initContainers" and data.draw(st.booleans()):
            del place.container["restartPolicy"]
    twice = injected(once, config)
    assert len(pods.named(twice, names.ADAPTER_CONTAINER)) == 1
    assert problems(twice, HERE, config) == ()
    assert injected(twice, config) == twice


@settings(max_examples=500)
@given(
    st.fixed_dictionaries(
        {
            "metadata": st.fixed_dictionaries(
                {
                    "annotations": JSON
                    | st.dictionaries(
                        st.sampled_from(
                            [
                                names.INJECT,
                                names.INJECTED,
                                names.COMMAND_CHOICE,
                                names.CONFIG_CHOICE,
                                names.PORT_CHOICE,
                                names.RESOURCES_CHOICE,
                            ]
                        ),
                        JSON.map(json.dumps) | st.just("true"),
                    )
                }
            ),
            "spec": JSON
            | st.fixed_dictionaries(
                {
                    "containers": JSON | st.lists(st.fixed_dictionaries({"name": JSON})),
                    "initContainers": JSON,
                    "volumes": JSON,
                    "terminationGracePeriodSeconds": JSON,
                }
            ),
            "status": JSON,
        }
    )
    | st.dictionaries(WORDS, JSON)
)
def test_nothing_that_can_be_spelled_in_json_ends_in_a_traceback(made: Fields) -> None:
    decided = decide(made, Namespace("here", "true"), CONFIG)
    assert isinstance(decided, Inject | Skip | Deny)
    if isinstance(decided, Inject):
        patch(made, inject(made, decided.chosen, CONFIG))
    problems(made, HERE, CONFIG)
    uninjected(made, HERE, CONFIG)
