"""Check a document against a schema and say every misfit in words that tell the mend.

The API server does the same with the same schema, later and in fewer words. Only what our schemas
use is understood: types, enums, ranges, lengths, patterns, required members, keyed lists.
"""

import json
from collections.abc import Iterator
from typing import Any

from kinds.patterns import MEND, fits
from kinds.problems import Problem, Reason, child, missing, wrong
from kinds.reading import is_list, is_map

Schema = dict[str, Any]

WANTED = {
    "integer": "must be a whole number, without quotes",
    "number": "must be a number, without quotes",
    "boolean": "must be true or false, without quotes",
}


def misfits(value: object, schema: Schema, field: str) -> Iterator[Problem]:
    """Yield every place in *value* that the schema refuses."""
    if "x-kubernetes-int-or-string" in schema:
        yield from _int_or_string(value, schema, field)
    elif not _is_a(value, schema["type"]):
        yield _wrong_type(value, schema, field)
    else:
        yield from CHECKS[schema["type"]](value, schema, field)


def _wrong_type(value: object, schema: Schema, field: str) -> Problem:
    kind: str = schema["type"]
    if value is None:
        sentence = "must not be null: remove it"
    elif kind in WORDS:
        sentence = WORDS[kind](value, schema)
    else:
        sentence = WANTED[kind]
    return wrong(field, value, sentence, Reason.WRONG_TYPE)


def _text_wanted(value: object, schema: Schema) -> str:
    if "enum" in schema:
        return _one_of(schema["enum"])
    if isinstance(value, dict | list):
        return _mend(schema, "must be one text, not a map or a list")
    quotes = "must be text: put quotes around it"
    return quotes if fits(schema.get("pattern", ""), json.dumps(value)) else _mend(schema, quotes)


def _map_wanted(value: object, schema: Schema) -> str:
    if isinstance(value, str) and schema.get("required") == ["name"]:
        return "must be a map: write name: in front of it"
    if is_map(schema.get("additionalProperties")):
        return "must be a map: write KEY: value in each line, without - in front"
    return "must be a map of fields"


def _list_wanted(value: object, schema: Schema) -> str:
    if isinstance(value, str) and schema["items"].get("type") == "string":
        return 'must be a list, such as ["one", "two"]'
    if isinstance(value, str) and schema["items"].get("required") == ["name"]:
        return "must be a list: write - name: in front of it"
    return "must be a list: put - before each item"


WORDS = {"string": _text_wanted, "object": _map_wanted, "array": _list_wanted}


def _is_a(value: object, kind: str) -> bool:
    match kind:
        case "object":
            return is_map(value)
        case "array":
            return is_list(value)
        case "string":
            return isinstance(value, str)
        case "boolean":
            return isinstance(value, bool)
        case _:
            return _is_number(value, whole=kind == "integer")


def _is_number(value: object, *, whole: bool) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return not whole or isinstance(value, int) or value.is_integer()


def _int_or_string(value: object, schema: Schema, field: str) -> Iterator[Problem]:
    if isinstance(value, float) and not value.is_integer():
        sentence = "must be a whole number, or text: put quotes around it"
        yield wrong(field, value, sentence, Reason.WRONG_TYPE)
    elif not isinstance(value, str) and not _is_number(value, whole=True):
        yield wrong(field, value, _mend(schema, "must be a number or text"), Reason.WRONG_TYPE)
    elif isinstance(value, str) and not _is_spelled(value, schema):
        yield wrong(field, value, _mend(schema, f"must match {schema.get('pattern')}"))


def _object(value: dict[str, Any], schema: Schema, field: str) -> Iterator[Problem]:
    """Yield the misfits of the members; one that is null counts as absent, as in the API server."""
    properties = schema.get("properties", {})
    value = {name: member for name, member in value.items() if member is not None}
    for name in schema.get("required", ()):
        if name not in value:
            yield missing(child(field, name), _mend(properties[name], "must be filled in"))
    most = schema.get("maxProperties")
    if most is not None and len(value) > most:
        yield wrong(field, value, f"must have at most {most} entries", Reason.TOO_MANY)
        return
    anything = schema.get("additionalProperties")
    for name, member in value.items():
        inner = properties.get(name, anything)
        if is_map(inner):
            yield from misfits(member, inner, child(field, name))


def _array(value: list[Any], schema: Schema, field: str) -> Iterator[Problem]:
    most = schema.get("maxItems")
    if most is not None and len(value) > most:
        yield wrong(field, value, f"must have at most {most} items", Reason.TOO_MANY)
        return
    for position, item in enumerate(value):
        yield from misfits(item, schema["items"], f"{field}[{position}]")
    if schema.get("x-kubernetes-list-type") == "map":
        yield from _duplicates(value, schema, field)


def _duplicates(value: list[Any], schema: Schema, field: str) -> Iterator[Problem]:
    """Yield the items whose key another item has already."""
    keys = schema["x-kubernetes-list-map-keys"]
    seen: set[tuple[str, ...]] = set()
    for position, item in enumerate(value):
        if not is_map(item):
            continue
        identity = tuple(repr(item.get(key)) for key in keys)
        if identity in seen and any(key in item for key in keys):
            path = f"{field}[{position}].{keys[0]}"
            sentence = f"every {keys[0]} in this list must differ"
            yield wrong(path, item.get(keys[0]), sentence, Reason.DUPLICATE)
        seen.add(identity)


def _string(value: str, schema: Schema, field: str) -> Iterator[Problem]:
    if "enum" in schema and value not in schema["enum"]:
        yield wrong(field, value, _one_of(schema["enum"]), Reason.UNSUPPORTED)
    elif len(value) > schema.get("maxLength", len(value)):
        sentence = f"must have at most {schema['maxLength']} characters"
        yield wrong(field, value, sentence, Reason.TOO_LONG)
    elif len(value) < schema.get("minLength", 0):
        yield missing(field, _mend(schema, "must not be empty"))
    elif not _is_spelled(value, schema):
        yield wrong(field, value, _mend(schema, f"must match {schema.get('pattern')}"))


def _is_spelled(value: str, schema: Schema) -> bool:
    if len(value) > schema.get("maxLength", len(value)):
        return False
    return "pattern" not in schema or fits(schema["pattern"], value)


def _number(value: float, schema: Schema, field: str) -> Iterator[Problem]:
    low, high = schema.get("minimum"), schema.get("maximum")
    if (low is None or value >= low) and (high is None or value <= high):
        return
    whole = high is None or high >= 2**31 - 1
    range_ = f"must be {low} or more" if whole else f"must be {low} to {high}"
    yield wrong(field, value, _mend(schema, range_))


def _anything(_value: object, _schema: Schema, _field: str) -> Iterator[Problem]:
    return iter(())


CHECKS: dict[str, Any] = {
    "object": _object,
    "array": _array,
    "string": _string,
    "integer": _number,
    "number": _number,
    "boolean": _anything,
}


def _one_of(words: list[str]) -> str:
    """Return the words that may stand there; an empty one means the same as none."""
    words = [word for word in words if word]
    return (
        f"must be one of {', '.join(words)}" if len(words) > 2 else f"must be {' or '.join(words)}"
    )


def _mend(schema: Schema, otherwise: str) -> str:
    return str(schema.get(MEND, otherwise))
