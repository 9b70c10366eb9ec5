"""Arguments of tools that clients must repeat in headers, where the tool's schema says so."""

import re
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Any, cast

from adapter.modern import refusals
from adapter.modern.refusals import Refusal
from adapter.modern.values import Unreadable, decoded, same
from kinds.reading import fields, is_list, is_map, within

ANNOTATION = "x-mcp-header"
PREFIX = b"mcp-param-"
TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,100}", re.ASCII)
KINDS = frozenset({"string", "integer", "boolean"})
DEEPEST = 32
MOST = 10_000
"""Schema positions looked at: tools are described by servers, and servers can be wrong."""

ONE = ("items", "contains", "additionalProperties", "propertyNames", "not", "if", "then", "else",
       "unevaluatedItems", "unevaluatedProperties", "contentSchema")  # fmt: skip
LISTS = ("allOf", "anyOf", "oneOf", "prefixItems")
MAPS = ("patternProperties", "dependentSchemas", "$defs", "definitions")


@dataclass(frozen=True)
class Mirrored:
    """One argument that is repeated in a header."""

    path: tuple[str, ...]
    header: bytes
    """Its name in lower case."""
    kind: str


def mirrored(schema: object) -> tuple[Mirrored, ...]:
    """Return the arguments that a tool's schema wants in headers.

    A schema that breaks the rules wants none: clients drop such a tool, and send no headers.
    """
    found: dict[bytes, Mirrored] = {}
    for count, (path, position) in enumerate(_positions(schema, ())):
        if count > MOST:
            return ()
        if ANNOTATION not in position:
            continue
        name, kind = position[ANNOTATION], position.get("type")
        named = isinstance(name, str) and TOKEN.fullmatch(name)
        header = PREFIX + name.lower().encode() if named else b""
        if not header or header in found or not path or not isinstance(kind, str):
            return ()
        if kind not in KINDS:
            return ()
        found[header] = Mirrored(path, header, kind)
    return tuple(found.values())


def problem(
    wanted: tuple[Mirrored, ...],
    arguments: object,
    headers: Mapping[bytes, bytes],
    repeated: AbstractSet[bytes],
) -> Refusal | None:
    """Return the first header that does not say what its argument says."""
    return next(
        (found for one in wanted if (found := _one(one, arguments, headers, repeated))), None
    )


def _one(
    one: Mirrored, arguments: object, headers: Mapping[bytes, bytes], repeated: AbstractSet[bytes]
) -> Refusal | None:
    name = one.header.decode()
    value, header = _value(arguments, one.path), headers.get(one.header)
    if one.header in repeated:
        return refusals.mismatch(f"the header {name} came more than once")
    if value is None or header is None:
        both = value is None and header is None
        return (
            None if both else refusals.mismatch(f"{name}: only one of header and argument is there")
        )
    try:
        agree = same(decoded(header), value, one.kind)
    except Unreadable:
        return refusals.mismatch(f"the header {name} cannot be decoded")
    return None if agree else refusals.mismatch(f"the header {name} differs from the argument")


def _value(arguments: object, path: tuple[str, ...]) -> object:
    return cast("object", within(arguments, *path))


Position = tuple[tuple[str, ...] | None, dict[str, Any]]
"""A schema inside a schema, and the way to its argument when properties alone lead there."""


def _positions(schema: object, path: tuple[str, ...] | None, depth: int = 0) -> Iterator[Position]:
    if not is_map(schema) or depth > DEEPEST:
        return
    yield path, schema
    for name, inside in fields(schema.get("properties")).items():
        yield from _positions(inside, None if path is None else (*path, name), depth + 1)
    for inside in _elsewhere(schema):
        yield from _positions(inside, None, depth + 1)


def _elsewhere(schema: dict[str, Any]) -> Iterator[object]:
    """Yield the schemas that no chain of properties leads to."""
    for key in ONE:
        if key in schema:
            yield schema[key]
    for key in LISTS:
        found = schema.get(key)
        yield from found if is_list(found) else ()
    for key in MAPS:
        yield from fields(schema.get(key)).values()
