"""Old defaults are forgotten, what a user gave stays."""

import json

import pytest

from kinds.defaults import with_defaults
from kinds.given import without_old_defaults
from kinds.names import LAST_APPLIED
from tests.kinds.corpus import RUNNERS, Object


def server(spec: Object, *owned: Object, manifest: object = None) -> Object:
    """Return a server some of whose fields have owners, and that kubectl may remember."""
    managers = [{"manager": "someone", "fieldsV1": {"f:spec": fields}} for fields in owned]
    annotations = {} if manifest is None else {LAST_APPLIED: manifest}
    return {"metadata": {"managedFields": managers, "annotations": annotations}, "spec": spec}


def kept(
    spec: Object, *owned: Object, old: Object | None = None, manifest: object = None
) -> Object:
    """Return what is left of *spec*, which was *old*, when old defaults are forgotten."""
    changed = server(spec, *owned, manifest=manifest)
    found: Object = without_old_defaults(changed, {"spec": spec if old is None else old}, RUNNERS)[
        "spec"
    ]
    return found


COMMAND: Object = {"f:deployment": {"f:cmd": {}}}


def test_an_image_that_nobody_gave_leaves_with_its_reason() -> None:
    old = with_defaults({"spec": {"deployment": {"cmd": "npx"}}}, RUNNERS)["spec"]
    new = {**old, "deployment": {**old["deployment"], "cmd": "uvx"}}
    forgotten = kept(new, COMMAND, old=old)
    assert forgotten == {"deployment": {"cmd": "uvx"}}
    again = with_defaults({"spec": forgotten}, RUNNERS)["spec"]
    assert again["deployment"]["image"] == RUNNERS.uvx


def test_what_somebody_owns_stays() -> None:
    spec = {"timeout": "30s", "deployment": {"cmd": "a", "port": 3000, "replicas": 1}}
    owned: Object = {"f:timeout": {}, "f:deployment": {"f:cmd": {}, "f:port": {}, "f:replicas": {}}}
    assert kept(spec, owned) == spec


def test_any_of_several_owners_counts() -> None:
    spec = {"deployment": {"cmd": "a", "replicas": 3}}
    assert kept(spec, COMMAND, {"f:deployment": {"f:replicas": {}}}) == spec


def test_what_kubectl_remembers_stays() -> None:
    spec = {"timeout": "30s", "deployment": {"cmd": "a", "port": 3000}}
    manifest = json.dumps({"spec": {"deployment": {"cmd": "a", "port": 3000}}})
    assert kept(spec, COMMAND, manifest=manifest) == {"deployment": {"cmd": "a", "port": 3000}}


@pytest.mark.parametrize("manifest", ["{", "[]", "7", '{"spec": 7}', 7, "[" * 100_000, ""])
def test_a_memory_that_cannot_be_read_is_none(manifest: object) -> None:
    spec = {"timeout": "30s", "deployment": {"cmd": "a", "port": 3000}}
    assert kept(spec, COMMAND, manifest=manifest) == {"deployment": {"cmd": "a"}}


def test_what_changed_was_given() -> None:
    spec = {"timeout": "60s", "deployment": {"cmd": "a", "port": 4000}}
    old = {"timeout": "30s", "deployment": {"cmd": "a", "port": 3000}}
    assert kept(spec, COMMAND, old=old) == spec


def test_a_block_that_only_held_defaults_leaves_with_them() -> None:
    spec = {"transportType": "http", "httpTransport": {"path": "/mcp"}, "deployment": {"cmd": "a"}}
    assert kept(spec, COMMAND) == {"deployment": {"cmd": "a"}}


def test_an_empty_block_of_the_users_stays() -> None:
    spec = {"httpTransport": {"path": "/mcp"}, "deployment": {"cmd": "a"}}
    owned: Object = {"f:httpTransport": {}, **COMMAND}
    assert kept(spec, owned) == {"httpTransport": {}, "deployment": {"cmd": "a"}}


@pytest.mark.parametrize("managers", [None, [], {}, "text"])
def test_without_owners_nothing_is_forgotten(managers: object) -> None:
    changed = {"metadata": {"managedFields": managers}, "spec": {"timeout": "30s"}}
    assert without_old_defaults(changed, changed, RUNNERS) == changed


def test_what_is_no_spec_is_left_alone() -> None:
    changed: Object = {"metadata": {"managedFields": [{}]}, "spec": "text"}
    assert without_old_defaults(changed, changed, RUNNERS) == changed


def test_owners_of_a_wrong_type_own_nothing() -> None:
    changed = server({"timeout": "30s"})
    changed["metadata"]["managedFields"] = [None, 7, {"fieldsV1": "text"}, {"fieldsV1": {}}]
    assert without_old_defaults(changed, changed, RUNNERS)["spec"] == {}


def test_nothing_is_changed_in_place() -> None:
    changed = server({"timeout": "30s", "deployment": {"cmd": "a", "port": 3000}}, COMMAND)
    before = json.dumps(changed)
    without_old_defaults(changed, changed, RUNNERS)
    assert json.dumps(changed) == before
