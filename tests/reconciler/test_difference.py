"""What differs between an object and its manifest: what is ours, and nothing else."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from kinds.reading import Fields, is_list, is_map
from reconciler.difference import Difference, Why, differences
from tests.kinds.corpus import RIGHT
from tests.reconciler.server_side import applied, edited, leaves, without
from tests.reconciler.worlds import of_file, server, wish

EVERYTHING = next(path for path in RIGHT if path.stem == "everything")
MANIFESTS = list(wish(of_file(EVERYTHING)).manifests())
LEAVES = [(manifest, path) for manifest in MANIFESTS for path in leaves(manifest)]
VALUES = some.recursive(
    some.none() | some.booleans() | some.integers() | some.text(max_size=5),
    lambda inner: (
        some.lists(inner, max_size=3) | some.dictionaries(some.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=8,
)


def small(**spec: Any) -> Fields:  # noqa: ANN401 - JSON
    return {"apiVersion": "v1", "kind": "Thing", "metadata": {"name": "a"}, "spec": spec}


def shown(live: Fields, wanted: Fields) -> list[tuple[str, str]]:
    return sorted((str(one), one.why.value) for one in differences(live, wanted))


@pytest.mark.parametrize("path", RIGHT, ids=lambda path: path.stem)
def test_what_was_applied_does_not_differ(path: Path) -> None:
    for manifest in wish(of_file(path)).manifests():
        assert differences(applied(manifest), manifest) == []


def test_what_was_never_applied_differs_as_a_whole() -> None:
    live = applied(small(a=1), manager="manager", operation="Update")
    assert differences(live, small(a=1)) == [Difference((), Why.TAKEN)]


@pytest.mark.parametrize("way", ["changed", "removed"])
@given(leaf=some.sampled_from(LEAVES), value=VALUES)
def test_whatever_somebody_does_to_a_field_of_ours_is_found(
    way: str, leaf: tuple[Fields, tuple[Any, ...]], value: object
) -> None:
    manifest, path = leaf
    live = edited(applied(manifest), path, None if way == "removed" else [value])
    found = differences(live, manifest)
    assert found
    assert {one.why for one in found} <= {Why.TAKEN, Why.ABSENT}


@given(leaf=some.sampled_from(LEAVES))
def test_what_we_want_no_more_is_found(leaf: tuple[Fields, tuple[Any, ...]]) -> None:
    manifest, path = leaf
    found = differences(applied(manifest), without(manifest, path))
    assert [(one.path[-1], one.why) for one in found] == [(path[-1], Why.SURPLUS)]


@given(manifest=some.sampled_from(MANIFESTS), value=VALUES, key=some.text(min_size=9))
def test_what_others_add_is_left_alone(manifest: Fields, value: object, key: str) -> None:
    live = applied(manifest)

    def add(node: Any) -> None:  # noqa: ANN401 - JSON
        if is_map(node):
            for inner in list(node.values()):
                add(inner)
            node[key] = value
        elif is_list(node):
            for inner in node:
                add(inner)
            if node and isinstance(node[0], dict):
                node.append({"name": key, "mountPath": key, "uid": key})

    for part in ("spec", "status"):
        add(live.get(part))
    live["metadata"]["annotations"] = {
        **live["metadata"].get("annotations", {}),
        "kubectl.kubernetes.io/restartedAt": "now",
    }
    atomic = ("tolerations", "preferredDuring", "requiredDuring", "envFrom", "ports")
    found = [one for one in differences(live, manifest) if not set(one.path) & set(atomic)]
    assert [one for one in found if "affinity" not in one.path] == []


@pytest.mark.parametrize(
    ("wanted", "live"),
    [
        pytest.param({"limits": {"cpu": "1000m"}}, {"limits": {"cpu": "1"}}, id="quantity"),
        pytest.param({"limits": {"cpu": 1}}, {"limits": {"cpu": "1"}}, id="number as quantity"),
        pytest.param({"sizeLimit": "1024Mi"}, {"sizeLimit": "1Gi"}, id="size"),
        pytest.param({"value": ""}, {}, id="empty text"),
        pytest.param({"args": []}, {}, id="empty list"),
        pytest.param({"stdin": False, "delay": 0}, {}, id="nothing"),
        pytest.param({"imagePullPolicy": ""}, {"imagePullPolicy": "Always"}, id="filled in"),
    ],
)
def test_another_spelling_is_no_difference(wanted: Fields, live: Fields) -> None:
    kept = applied(small(**wanted))
    kept["spec"] = live
    assert differences(kept, small(**wanted)) == []


@pytest.mark.parametrize(
    ("wanted", "live"),
    [
        pytest.param({"limits": {"cpu": "1000m"}}, {"limits": {"cpu": "2"}}, id="quantity"),
        pytest.param({"privileged": False}, {}, id="a false that says something"),
        pytest.param({"replicas": 0}, {}, id="a zero that says something"),
        pytest.param({"text": "1"}, {"text": "1.0"}, id="no quantity"),
        pytest.param({"flag": True}, {"flag": 1}, id="another type"),
        pytest.param({"args": ["a"]}, {"args": ["a", "b"]}, id="longer list"),
        pytest.param({"args": ["a", "b"]}, {"args": ["b", "a"]}, id="another order"),
        pytest.param({"value": ""}, {"value": "x"}, id="a text instead of none"),
        pytest.param({"selector": {"a": "b"}}, {"selector": {"a": "c"}}, id="within a whole"),
    ],
)
def test_another_value_is_a_difference(wanted: Fields, live: Fields) -> None:
    kept = applied(small(**wanted))
    kept["spec"] = live
    assert [why for _, why in shown(kept, small(**wanted))] == ["other"]


def test_items_of_keyed_lists_are_found_by_their_keys() -> None:
    live = applied(small(env=[{"name": "a", "value": "1"}, {"name": "b", "value": "2"}]))
    live["spec"]["env"].reverse()
    live["spec"]["env"].insert(0, {"name": "c", "value": "theirs"})
    wanted = small(env=[{"name": "a", "value": "1"}, {"name": "d", "value": "4"}])
    assert shown(live, wanted) == [
        ("spec.env.d", "absent"),
        ('spec.env.{"name":"b"}', "surplus"),
    ]


def test_a_port_is_tcp_where_it_does_not_say() -> None:
    live = applied(small(ports=[{"containerPort": 80}]))
    assert differences(live, small(ports=[{"containerPort": 80}])) == []
    assert differences(live, small(ports=[{"containerPort": 81}])) != []


def test_a_set_is_compared_by_its_members() -> None:
    live = small(finalizers=["a", "b"])
    node: Fields = {'v:"a"': {}, 'v:"b"': {}}
    entry = {"manager": "kmcp", "operation": "Apply"}
    fields = {"f:spec": {"f:finalizers": node}}
    live["metadata"]["managedFields"] = [{**entry, "fieldsV1": fields}]
    assert differences(live, small(finalizers=["b", "a"])) == []
    assert shown(live, small(finalizers=["a", "c"])) == [
        ('spec.finalizers."b"', "surplus"),
        ("spec.finalizers.c", "absent"),
    ]


@given(node=VALUES)
def test_odd_managed_fields_are_no_traceback(node: object) -> None:
    manifest = wish(server()).deployment
    live = copy.deepcopy(applied(manifest))
    live["metadata"]["managedFields"][0]["fieldsV1"] = node
    assert differences(live, manifest) != []
    live["metadata"]["managedFields"][0]["fieldsV1"] = {"f:spec": {"k:" + json.dumps(node): node}}
    assert differences(live, manifest) != []
