"""From the API server's JSON to the structs of the caller; what does not fit is named, not lost."""

from dataclasses import dataclass
from typing import Generic, TypeVar

import msgspec

from cluster import deep
from cluster.errors import Unreadable
from cluster.objects import Metadata, Object

T = TypeVar("T")

TOO_DEEP = "it is nested too deeply"


@dataclass(frozen=True)
class Broken:
    """An object that does not fit the struct that was asked for."""

    metadata: Metadata
    problem: str


@dataclass(frozen=True)
class Listing(Generic[T]):
    """All objects of one kind, as they were together at one moment."""

    items: tuple[T, ...]
    resource_version: str
    broken: tuple[Broken, ...] = ()
    """Those that do not fit; the others are good all the same."""


class ListMetadata(msgspec.Struct, frozen=True, rename="camel"):
    """Which moment a page is of, and how to ask for the next one."""

    resource_version: str = ""
    continue_: str = msgspec.field(default="", name="continue")


class Page(msgspec.Struct, frozen=True):
    """One part of a list."""

    metadata: ListMetadata = ListMetadata()
    items: list[msgspec.Raw] | None = None  # an empty list may be null


def decode(content: bytes, type: type[T], doing: str, confidential: bool = False) -> T:
    """Return *content* as a *type*; the error never repeats a value that is *confidential*."""
    try:
        return msgspec.json.decode(content, type=type)
    except RecursionError:
        raise Unreadable(f"{doing}: {TOO_DEEP}") from None
    except msgspec.DecodeError as error:
        # The original repeats values: it may be in no traceback either.
        raise Unreadable(f"{doing}: {_problem(error, confidential)}") from None


def page(content: bytes, doing: str, confidential: bool = False) -> Page:
    """Return one part of a list, whatever its objects are like."""
    try:
        return msgspec.json.decode(content, type=Page)
    except RecursionError:
        parts = deep.members(content)
        metadata = decode(parts.get("metadata", b"{}"), ListMetadata, doing)
        items = deep.elements(parts.get("items", b"[]"))
        return Page(metadata=metadata, items=[msgspec.Raw(one) for one in items])
    except msgspec.DecodeError as error:
        raise Unreadable(f"{doing}: {_problem(error, confidential)}") from None


def item(raw: msgspec.Raw, type: type[T], confidential: bool = False) -> T | Broken:
    """Return one object, or a value that names it when it does not fit."""
    try:
        return msgspec.json.decode(raw, type=type)
    except RecursionError:
        return Broken(metadata_of(raw), TOO_DEEP)
    except msgspec.DecodeError as error:
        return Broken(metadata_of(raw), _problem(error, confidential))


def metadata_of(raw: msgspec.Raw) -> Metadata:
    """Return which object it is, as far as it says."""
    try:
        return msgspec.json.decode(raw, type=Object).metadata
    except RecursionError:
        return _metadata_alone(raw)
    except msgspec.DecodeError:
        return Metadata()


def _metadata_alone(raw: msgspec.Raw) -> Metadata:
    """Return it from what lies on top: managedFields are as deep as the object itself."""
    parts = deep.members(deep.members(bytes(raw)).get("metadata", b"{}"))
    flat = {name: msgspec.Raw(part) for name, part in parts.items() if part[:1] not in b"{["}
    try:
        return msgspec.json.decode(msgspec.json.encode(flat), type=Metadata)
    except msgspec.DecodeError:
        return Metadata()


def _problem(error: msgspec.DecodeError, confidential: bool) -> str:
    if not confidential:
        return str(error)
    _, _, place = str(error).rpartition(" - at ")
    where = f" at {place}" if place.startswith("`$") else ""
    return f"another shape was expected{where}"
