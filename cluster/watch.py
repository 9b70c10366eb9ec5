"""A list that stays true: all objects first, then every change, for as long as one listens."""

import logging
from collections.abc import Generator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from threading import Event as Flag
from threading import Thread
from typing import Generic, TypeAlias, TypeVar

import msgspec

from cluster import deep
from cluster.client import Client
from cluster.connection import Connection
from cluster.decoding import Broken, Listing, decode, item, metadata_of
from cluster.errors import Busy, ClusterError, Gone, Unreachable, Unreadable, Untrusted, refusal
from cluster.objects import Metadata
from cluster.resources import Resource
from cluster.retry import Patience
from cluster.stream import Stream

T = TypeVar("T")

log = logging.getLogger(__name__)

WATCH_SECONDS = 120
"""After this time the API server ends a watch, and we begin the next where it ended."""
LOOK_SECONDS = 5.0


@dataclass(frozen=True)
class Synced(Generic[T]):
    """All objects as they are now; what is not in the list does not exist any more."""

    listing: Listing[T]


@dataclass(frozen=True)
class Added(Generic[T]):
    """There is a new object."""

    object: T


@dataclass(frozen=True)
class Modified(Generic[T]):
    """An object has changed."""

    object: T


@dataclass(frozen=True)
class Deleted(Generic[T]):
    """An object is gone, or the selector does not pick it any more."""

    metadata: Metadata
    object: T | None
    """As it was last; None when it did not fit."""


Event: TypeAlias = Synced[T] | Added[T] | Modified[T] | Deleted[T] | Broken
"""Broken is an object that was added or changed, and does not fit."""


class _Line(msgspec.Struct, frozen=True):
    type: str
    object: msgspec.Raw


class _Failure(msgspec.Struct, frozen=True):
    code: int = 0


@dataclass(frozen=True)
class Wish(Generic[T]):
    """What is watched, and as what it is read."""

    resource: Resource
    path: str
    shape: type[T]
    selector: str

    def query(self, version: str) -> dict[str, str]:
        """Return what asks for all that happened after *version*."""
        wanted = {
            "watch": "true",
            "allowWatchBookmarks": "true",
            "resourceVersion": version,
            "timeoutSeconds": str(WATCH_SECONDS),
        }
        return wanted | ({"labelSelector": self.selector} if self.selector else {})


def watch(
    client: Client,
    resource: Resource,
    namespace: str | None,
    type: type[T],
    stop: Flag,
    selector: str = "",
) -> Generator[Event[T]]:
    """Yield Synced, then every change, and Synced again when changes were missed; until *stop*.

    Interruptions are logged and survived. What waiting does not mend is raised: that we may not
    watch, that nobody knows us, that there is no such kind.
    """
    patience = Patience(sleep=stop.wait)
    lister = client.with_patience(patience)
    wish = Wish(resource, resource.path(namespace), type, selector)
    version, fruitless = "", 0
    while not stop.is_set():
        try:
            if not version:
                listing = lister.list(resource, namespace, type, selector)
                version = listing.resource_version
                yield Synced(listing)
            with closing(changes(client.connection, wish, version, stop)) as following:
                for newest, event in following:
                    version, fruitless = newest, 0
                    if event is not None:
                        yield event
        except ClusterError as error:
            if stop.is_set():
                return
            if not _may_pass(error):
                raise
            log.warning("watch interrupted", extra={"path": wish.path, "reason": str(error)})
            version = "" if isinstance(error, Gone | Unreadable) else version
        stop.wait(patience.pause(fruitless))
        fruitless += 1


def changes(
    connection: Connection, wish: Wish[T], version: str, stop: Flag
) -> Generator[tuple[str, Event[T] | None]]:
    """Yield each newer version and what happened then, if anything, from a single request."""
    doing = f"GET {wish.path}"
    with connection.stream(wish.path, wish.query(version)) as stream, _ended_by(stop, stream):
        for content in stream.lines():
            line = _line(content, doing, wish.resource.is_confidential)
            if line.type == "ERROR":
                code = decode(line.object, _Failure, doing).code
                raise refusal(doing, code, bytes(line.object), wish.resource.is_confidential)
            metadata = metadata_of(line.object)
            version = metadata.resource_version or version
            yield version, _event(line, metadata, wish)


def _line(content: bytes, doing: str, confidential: bool) -> _Line:
    try:
        return msgspec.json.decode(content, type=_Line)
    except RecursionError:  # the object; which one it is can still be told
        parts = deep.members(content)
        kind = parts.get("type", b"").strip(b'"').decode(errors="replace")
        return _Line(kind, msgspec.Raw(parts.get("object", b"{}")))
    except msgspec.DecodeError:
        return decode(content, _Line, doing, confidential)  # which says what is wrong


def _event(line: _Line, metadata: Metadata, wish: Wish[T]) -> Event[T] | None:
    if line.type not in ("ADDED", "MODIFIED", "DELETED"):
        return None  # a bookmark: only the version is news
    found = item(line.object, wish.shape, wish.resource.is_confidential)
    if line.type == "DELETED":
        return Deleted(metadata, None if isinstance(found, Broken) else found)
    if isinstance(found, Broken):
        return found
    return Added(found) if line.type == "ADDED" else Modified(found)


def _may_pass(error: ClusterError) -> bool:
    """Say whether trying again is worthwhile without anybody changing anything."""
    if isinstance(error, Untrusted):
        return False
    return isinstance(error, Unreachable | Busy | Gone | Unreadable) or error.status >= 500


@contextmanager
def _ended_by(stop: Flag, stream: Stream) -> Generator[None]:
    """End *stream* as soon as *stop* is set, even when nothing comes from it."""
    over = Flag()

    def wait() -> None:
        while not stop.wait(LOOK_SECONDS):
            if over.is_set():
                return
        stream.end()

    Thread(target=wait, daemon=True, name="watch-stop").start()
    try:
        yield
    finally:
        over.set()
