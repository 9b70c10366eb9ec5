"""Reads the annotation that is the JSON of spec.adapter, as strictly as an MCPServer is read."""

from collections.abc import Iterator
from functools import cache
from typing import Any

import msgspec

from kinds import shape
from kinds.adapter import Adapter
from kinds.problems import Problem, in_order
from kinds.reading import Fields, fields, is_map
from kinds.rules.adapting import ADAPTER, RULES

Schema = dict[str, Any]


def adapter(text: str) -> Adapter:
    """Return the settings; raise ValueError with a sentence for every mistake."""
    given = json_object(text)
    schema = _schema()
    unknown = [f"{path} is no setting of the adapter" for path in _unknown(given, schema, "")]
    wrong = in_order(_wrong(given, schema))
    if unknown or wrong:
        raise ValueError(*unknown, *(_said(one) for one in wrong))
    try:
        return msgspec.convert(_present(given), Adapter, strict=False)
    except msgspec.ValidationError as error:
        raise ValueError(str(error)) from None


def json_object(text: str) -> Fields:
    """Return the map that a text spells in JSON; raise ValueError when it spells none."""
    try:
        found: object = msgspec.json.decode(text)
    except (msgspec.DecodeError, ValueError, RecursionError):
        raise ValueError('is no JSON; write it like \'{"key": "value"}\'') from None
    if not is_map(found):
        raise ValueError('must be a map in JSON, such as \'{"key": "value"}\'')
    return found


def _wrong(given: Fields, schema: Schema) -> Iterator[Problem]:
    yield from shape.misfits(given, schema, ADAPTER)
    for rule in RULES:
        yield from rule.check({"spec": {"adapter": given}})


def _present(given: Fields) -> Fields:
    """Leave out what is null, which means the same."""
    return {
        key: _present(value) if is_map(value) else value
        for key, value in given.items()
        if value is not None
    }


def _said(problem: Problem) -> str:
    return str(problem).removeprefix(f"{ADAPTER}.")


def _unknown(given: Fields, schema: Schema, path: str) -> Iterator[str]:
    known = schema["properties"]
    for key, value in given.items():
        if key not in known:
            yield f"{path}{key[:63]}"
        elif "properties" in known[key]:
            yield from _unknown(fields(value), known[key], f"{path}{key}.")


@cache
def _schema() -> Schema:
    _, parts = msgspec.json.schema_components([Adapter])
    return _whole(parts["Adapter"], parts)


def _whole(schema: Schema, parts: dict[str, Schema]) -> Schema:
    """Return a schema without references, every part with its type."""
    if "$ref" in schema:
        schema = parts[schema["$ref"].rpartition("/")[2]]
    plain: Schema = {"type": "string", **schema}  # msgspec leaves it out beside an enum
    members = fields(schema.get("properties"))
    if members:
        plain["properties"] = {key: _whole(inner, parts) for key, inner in members.items()}
    return plain
