"""Every way in which a value can fail to fit its schema, and the words for it."""

from typing import Any

import pytest
from hypothesis import given

from kinds import defaults
from kinds.fitting import fitting
from kinds.patterns import MEND
from kinds.schema import spec_fits, spec_schema
from kinds.shape import misfits
from tests.kinds import broken, corpus
from tests.kinds.test_properties import BRIEFLY

Schema = dict[str, Any]
TEXT: Schema = {"type": "string"}
WORD: Schema = {"type": "string", "pattern": "^[a-z]+$"}
MENDED: Schema = {**WORD, MEND: "write a word"}
PORT: Schema = {"type": "integer", "minimum": 1, "maximum": 9}
QUANTITY: Schema = {"x-kubernetes-int-or-string": True, "pattern": "^[0-9]+m?$", MEND: "write 5m"}
KEYED: Schema = {
    "type": "array",
    "x-kubernetes-list-type": "map",
    "x-kubernetes-list-map-keys": ["port", "protocol"],
    "items": {
        "type": "object",
        "required": ["port"],
        "properties": {"port": PORT, "protocol": TEXT},
    },
}
NAMED: Schema = {"type": "object", "required": ["name"], "properties": {"name": TEXT}}

FITTING: list[tuple[object, Schema]] = [
    ("a", TEXT),
    ("", TEXT),
    (1, PORT),
    (1.0, PORT),
    (1.5, {"type": "number"}),
    (True, {"type": "boolean"}),
    ([], {"type": "array", "items": TEXT}),
    ({"unknown": 1, "name": "a"}, NAMED),
    ({"name": "a", "other": None}, {**NAMED, "additionalProperties": TEXT}),
    (5, QUANTITY),
    (5.0, QUANTITY),
    ("5m", QUANTITY),
    ([{"port": 1, "protocol": "UDP"}, {"port": 1}, {"port": 2}], KEYED),
    ([{"port": 1}, {"port": 1, "protocol": "UDP"}], KEYED),
    (5, {"type": "integer"}),
]


@pytest.mark.parametrize(("value", "schema"), FITTING, ids=repr)
def test_what_fits_is_not_mentioned(value: object, schema: Schema) -> None:
    assert list(misfits(value, schema, "x")) == []


MISFITTING: list[tuple[object, Schema, str]] = [
    (1, TEXT, "x: Invalid value: 1: must be text: put quotes around it"),
    (1, WORD, "x: Invalid value: 1: must be text: put quotes around it"),
    (1, MENDED, "x: Invalid value: 1: write a word"),
    (["a"], TEXT, "x: Invalid value: must be one text, not a map or a list"),
    ({"a": 1}, MENDED, "x: Invalid value: write a word"),
    (True, {**TEXT, "enum": ["a", "b"]}, "x: Invalid value: true: must be a or b"),
    ("c", {**TEXT, "enum": ["a", "b", "d"]}, 'x: Unsupported value: "c": must be one of a, b, d'),
    ("c", {**TEXT, "enum": ["", "a", "b"]}, 'x: Unsupported value: "c": must be a or b'),
    ("A", WORD, 'x: Invalid value: "A": must match ^[a-z]+$'),
    ("A", MENDED, 'x: Invalid value: "A": write a word'),
    ("", {**TEXT, "minLength": 1}, "x: Required value: must not be empty"),
    ("ab", {**TEXT, "maxLength": 1}, 'x: Too long: "ab": must have at most 1 characters'),
    ("3", PORT, 'x: Invalid value: "3": must be a whole number, without quotes'),
    (True, PORT, "x: Invalid value: true: must be a whole number, without quotes"),
    (1.5, PORT, "x: Invalid value: 1.5: must be a whole number, without quotes"),
    ("3", {"type": "number"}, 'x: Invalid value: "3": must be a number, without quotes'),
    (0, PORT, "x: Invalid value: 0: must be 1 to 9"),
    (10, PORT, "x: Invalid value: 10: must be 1 to 9"),
    (10, {**PORT, MEND: "name a port"}, "x: Invalid value: 10: name a port"),
    (-1, {"type": "integer", "minimum": 0}, "x: Invalid value: -1: must be 0 or more"),
    ("yes", {"type": "boolean"}, 'x: Invalid value: "yes": must be true or false, without quotes'),
    (None, TEXT, "x: Invalid value: null: must not be null: remove it"),
    ([1], NAMED, "x: Invalid value: must be a map of fields"),
    ("a", NAMED, 'x: Invalid value: "a": must be a map: write name: in front of it'),
    (
        [{"name": "A"}],
        {"type": "object", "additionalProperties": TEXT},
        "x: Invalid value: must be a map: write KEY: value in each line, without - in front",
    ),
    ({}, NAMED, "x.name: Required value: must be filled in"),
    ({"name": None}, NAMED, "x.name: Required value: must be filled in"),
    ({"a.b": 1}, {"type": "object", "additionalProperties": TEXT}, "x[a.b]: Invalid value: 1: …"),
    ({"a": 1, "b": 2}, {"type": "object", "maxProperties": 1}, "x: Too many: …"),
    ({}, {"type": "array", "items": TEXT}, "x: Invalid value: must be a list: put - before each…"),
    ("a", {"type": "array", "items": TEXT}, 'x: Invalid value: "a": must be a list, such as ["on…'),
    ("a", {"type": "array", "items": NAMED}, 'x: Invalid value: "a": must be a list: write - na…'),
    ([1], {"type": "array", "items": TEXT}, "x[0]: Invalid value: 1: must be text…"),
    ([[], []], {"type": "array", "items": KEYED, "maxItems": 1}, "x: Too many: must have at mos…"),
    ([{"port": 1}, {"port": 1}], KEYED, "x[1].port: Duplicate value: 1: every port in this list…"),
    ([7, {"port": 1}], KEYED, "x[0]: Invalid value: 7: must be a map of fields"),
    (0.5, QUANTITY, "x: Invalid value: 0.5: must be a whole number, or text: put quotes around it"),
    (True, QUANTITY, "x: Invalid value: true: write 5m"),
    ("5 m", QUANTITY, 'x: Invalid value: "5 m": write 5m'),
    ([], {"x-kubernetes-int-or-string": True}, "x: Invalid value: must be a number or text"),
]


@pytest.mark.parametrize(("value", "schema", "line"), MISFITTING, ids=repr)
def test_what_does_not_fit_is_told_with_its_mend(value: object, schema: Schema, line: str) -> None:
    (found,) = map(str, misfits(value, schema, "x"))
    assert found.startswith(line.removesuffix("…"))
    assert line.endswith("…") or found == line


CASES = [*FITTING, *((value, schema) for value, schema, _ in MISFITTING)]


@pytest.mark.parametrize(("value", "schema"), CASES, ids=repr)
def test_the_quick_answer_is_the_same(value: object, schema: Schema) -> None:
    assert fitting(schema)(value) == (list(misfits(value, schema, "x")) == [])


def test_a_hostile_text_costs_no_time() -> None:
    assert len(list(misfits("a" * 10_000_000, {**TEXT, "pattern": "^(a+)+$"}, "x"))) == 1


@pytest.mark.parametrize("value", [float("inf"), float("nan"), 1e400, 10**400])
def test_numbers_beyond_json_are_told_too(value: float) -> None:
    assert len(list(misfits(value, PORT, "x"))) == 1


@pytest.mark.slow
@given(broken.servers())
@BRIEFLY
def test_the_quick_answer_and_the_words_agree(manifest: corpus.Object) -> None:
    spec = defaults.with_defaults(manifest, corpus.RUNNERS).get("spec")
    told = list(misfits(spec, spec_schema(), "spec"))
    assert spec_fits()(spec) == (told == [])
