"""What was last seen of one kind of object, from lists and from watches, whichever is newer."""

from collections.abc import Iterable
from dataclasses import dataclass
from threading import Lock
from typing import Generic, TypeVar

T = TypeVar("T")

Name = tuple[str, str]
"""A namespace and a name: which object, or which MCPServer it matters to."""


@dataclass(frozen=True, slots=True)
class Seen(Generic[T]):
    """One object as it was at one moment."""

    namespace: str
    name: str
    uid: str
    version: int
    """Its resourceVersion: the API server counts upwards."""
    owner: Name | None
    """The MCPServer that it matters to."""
    content: T

    @property
    def key(self) -> Name:
        """Return its namespace and name."""
        return self.namespace, self.name


class Shelf(Generic[T]):
    """The newest that is known of every object; threads share it.

    Each change returns the owners to whom it is news. A list is older than what a watch told
    while it was made, so it never brings back what was deleted nor takes away what was added since.
    """

    def __init__(self) -> None:
        """Begin with nothing."""
        self._lock = Lock()
        self._seen: dict[Name, Seen[T]] = {}
        self._owned: dict[Name, dict[Name, Seen[T]]] = {}
        self._gone: dict[Name, int] = {}
        """Versions at which objects were deleted since the last list."""

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._seen)

    def get(self, key: Name) -> Seen[T] | None:
        """Return the object of this name."""
        with self._lock:
            return self._seen.get(key)

    def keys(self) -> list[Name]:
        """Return the names of all."""
        with self._lock:
            return list(self._seen)

    def owned(self, owner: Name) -> list[Seen[T]]:
        """Return all that matters to one MCPServer."""
        with self._lock:
            return list(self._owned.get(owner, {}).values())

    def put(self, seen: Seen[T]) -> set[Name]:
        """Take note of one object."""
        with self._lock:
            return self._put(seen)

    def drop(self, key: Name, version: int) -> set[Name]:
        """Take note that one is gone since *version*."""
        with self._lock:
            return self._drop(key, version)

    def replace(self, scope: str | None, listed: Iterable[Seen[T]], version: int) -> set[Name]:
        """Take note of all that there is in *scope*, a namespace or everywhere, at *version*."""
        with self._lock:
            there = set[Name]()
            news = set[Name]()
            for seen in listed:
                there.add(seen.key)
                news |= self._put(seen)
            for key, known in list(self._seen.items()):
                if key not in there and scope in (None, key[0]) and known.version <= version:
                    news |= self._take(key)
            self._gone = {
                key: at
                for key, at in self._gone.items()
                if at > version or scope not in (None, key[0])
            }
            return news

    def _put(self, seen: Seen[T]) -> set[Name]:
        known = self._seen.get(seen.key)
        newest = known.version if known is not None else self._gone.get(seen.key, -1)
        if newest >= seen.version:
            return set()
        before = self._take(seen.key)
        self._seen[seen.key] = seen
        if seen.owner is None:
            return before
        self._owned.setdefault(seen.owner, {})[seen.key] = seen
        return before | {seen.owner}

    def _drop(self, key: Name, version: int) -> set[Name]:
        self._gone[key] = version
        known = self._seen.get(key)
        return self._take(key) if known is not None and known.version <= version else set()

    def _take(self, key: Name) -> set[Name]:
        known = self._seen.pop(key, None)
        if known is None or known.owner is None:
            return set()
        owned = self._owned[known.owner]
        del owned[key]
        if not owned:
            del self._owned[known.owner]
        return {known.owner}
