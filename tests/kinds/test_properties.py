"""Whatever somebody writes: no traceback, no secret told, nothing overwritten."""

import json
from typing import Any

import pytest
from hypothesis import given, settings

from kinds import advice, defaults, policy
from kinds.problems import in_order
from kinds.reading import fields, is_map, within
from kinds.rules.catalogue import problems
from tests.kinds import broken
from tests.kinds.corpus import RUNNERS, Object, server

pytestmark = pytest.mark.slow

STRICT = policy.Policy(registries=("a",), forbid_host_path=True, forbid_privileged=True)
BRIEFLY = settings(max_examples=200, deadline=None, derandomize=True, database=None)
SECRET = "hunter2"


@BRIEFLY
@given(broken.servers())
def test_nothing_raises_and_nothing_is_changed(manifest: Object) -> None:
    before = json.dumps(manifest)
    complete = defaults.with_defaults(manifest, RUNNERS)
    found = problems(complete)
    assert found == in_order(found)
    assert all(len(line) <= advice.LONGEST for line in advice.warnings(complete))
    policy.violations(complete, STRICT)
    assert json.dumps(manifest) == before


@BRIEFLY
@given(broken.servers())
def test_defaults_come_once_and_keep_what_is_there(manifest: Object) -> None:
    once = defaults.with_defaults(manifest, RUNNERS)
    assert defaults.with_defaults(once, RUNNERS) == once
    assert _kept(manifest, once)


@BRIEFLY
@given(broken.servers())
def test_what_is_stored_means_the_same_as_what_was_written(manifest: Object) -> None:
    stored = defaults.as_stored(manifest, RUNNERS)
    assert defaults.as_stored(stored, RUNNERS) == stored
    assert defaults.with_defaults(stored, RUNNERS) == defaults.with_defaults(manifest, RUNNERS)


@BRIEFLY
@given(broken.servers())
def test_secrets_are_never_told(manifest: Object) -> None:
    deployment = {
        "env": {"A": {"b": SECRET}, "C": [SECRET]},
        "args": [SECRET, {"a": SECRET}],
        "cmd": f"run {SECRET}",
        "sidecars": [{"name": "a", "env": [{"name": "A", "value": [SECRET]}], "args": SECRET}],
    }
    known = fields(within(manifest, "spec", "deployment"))
    asked = defaults.with_defaults(server(**{**known, **deployment}), RUNNERS)
    told = [*map(str, problems(asked)), *advice.warnings(asked)]
    assert [line for line in told if SECRET in line] == []


def _kept(before: Any, after: Any) -> bool:  # noqa: ANN401 - JSON
    """Say whether all that was there is there, apart from nulls and texts left empty."""
    if is_map(before) and is_map(after):
        return all(_kept(value, after.get(key)) for key, value in before.items())
    return before in (None, "") or bool(before == after)
