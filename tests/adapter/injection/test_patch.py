"""The JSON patch: it hits what it means, or fails as a whole."""

import json
from copy import deepcopy
from typing import Any

import jsonpatch
import pytest

from adapter.injection.config import Config
from adapter.injection.patch import patch
from kinds.reading import Fields
from tests.adapter.injection.pods import CONFIG, PLAIN, injected, pod, server

BOTH = pytest.mark.parametrize("config", [CONFIG, PLAIN], ids=["native", "plain"])


def applied(before: Fields, operations: list[dict[str, Any]]) -> Fields:
    """Return what an API server makes of it."""
    after: Fields = jsonpatch.apply_patch(before, operations)
    return after


@BOTH
@pytest.mark.parametrize(
    "made",
    [
        pod(),
        pod(volumes=None, initContainers=None),
        pod(
            server(args=["-v"], volumeMounts=[{"name": "a", "mountPath": "/a"}]),
            volumes=[{"name": "a", "emptyDir": {}}],
            initContainers=[{"name": "first"}],
        ),
    ],
    ids=["nothing there", "null there", "all there"],
)
def test_the_patch_makes_the_injected_pod(config: Config, made: Fields) -> None:
    after = injected(made, config)
    assert applied(made, patch(made, after)) == after


def test_no_change_is_no_patch() -> None:
    made = injected(pod())
    assert patch(made, injected(made)) == []


@BOTH
def test_an_index_is_only_used_after_a_test_of_the_name(config: Config) -> None:
    made = pod(server(args=["-v"], volumeMounts=[{"name": "a", "mountPath": "/a"}]))
    tested: set[str] = set()
    for one in patch(made, injected(made, config)):
        words = one["path"].split("/")
        where = "/".join(words[:4])
        if one["op"] == "test":
            tested.add(where)
            assert words[4:] == ["name"]
        elif len(words) > 3 and words[3].isdigit():
            assert where in tested


@BOTH
def test_lists_are_added_to_and_never_replaced(config: Config) -> None:
    made = pod(
        server(volumeMounts=[{"name": "a", "mountPath": "/a"}]),
        volumes=[{"name": "a"}],
        initContainers=[{"name": "first"}],
    )
    operations = patch(made, injected(made, config))
    replaced = [one["path"] for one in operations if one["op"] == "replace"]
    assert replaced == ["/spec/containers/0/command"]
    added = [one["path"] for one in operations if one["op"] == "add"]
    assert {"/spec/volumes/-", "/spec/initContainers/-"} <= set(added)
    assert "/spec/containers/0/volumeMounts/-" in added
    assert all(one.get("value") is not None for one in operations if one["op"] != "remove")


def test_absent_lists_are_added_whole() -> None:
    operations = patch(pod(), injected(pod()))
    added = {one["path"]: one["value"] for one in operations if one["op"] == "add"}
    assert isinstance(added["/spec/volumes"], list)
    assert isinstance(added["/spec/initContainers"], list)


@BOTH
def test_a_patch_that_comes_too_late_changes_nothing(config: Config) -> None:
    """Another injector has put its container in the first place meanwhile."""
    operations = patch(pod(), injected(pod(), config))
    meanwhile = pod({"name": "proxy", "command": ["proxy"]}, server())
    with pytest.raises(jsonpatch.JsonPatchTestFailed):
        applied(meanwhile, operations)


def test_a_mended_item_is_named_as_well() -> None:
    after = injected(pod())
    before = deepcopy(after)
    del before["spec"]["containers"][0]["volumeMounts"][0]["readOnly"]
    assert patch(before, after) == [
        {"op": "test", "path": "/spec/containers/0/name", "value": "server"},
        {"op": "test", "path": "/spec/containers/0/volumeMounts/0/name", "value": "kmcp"},
        {"op": "add", "path": "/spec/containers/0/volumeMounts/0/readOnly", "value": True},
    ]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"a/b~c": 1, "d": 2}, {"a/b~c": 2}),
        ({"a": [{"x": 1}, 2]}, {"a": [{"x": 2}, 2, 3]}),
        ({"a": [{"x": 1}, {"x": 2}]}, {"a": [{"x": 2}]}),
        ({"a": None, "b": 1}, {"a": [], "b": None}),
        ({"a": {"b": 1}}, {"a": [1]}),
        ({"a": True}, {"a": 1.5}),
    ],
)
def test_any_difference_is_told(before: Fields, after: Fields) -> None:
    assert json.dumps(applied(before, patch(before, after))) == json.dumps(after)
