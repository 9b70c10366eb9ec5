"""Looks at everything every now and then, and listens to changes in between."""

import logging
import time
from collections.abc import Callable, Iterable
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from threading import Event, Thread

import msgspec

from cluster import watch
from cluster.client import Client
from cluster.decoding import Broken
from cluster.errors import ClusterError, Forbidden, Gone, Unreadable
from cluster.objects import Metadata
from cluster.retry import Patience
from reconciler.leading import in_background
from reconciler.shelf import Name
from reconciler.shelves import KINDS, Shelves

log = logging.getLogger(__name__)

FORBIDDEN_SECONDS = 30.0
"""How long to wait when waiting alone does not mend what broke a watch."""
EARLY = 6
"""So often a watch that is forbidden is tried again soon: an API server that has just started
forbids everything until it has read who may do what."""

LASTING_SECONDS = 0.5
"""A watch that lasted for so long was not refused, even if there was nothing to hear."""

Wake = Callable[[str, Iterable[Name]], None]
"""Is told the kind of the objects that are news, and to which servers."""


@dataclass(frozen=True)
class _Post:
    """One kind in one namespace, or in all."""

    kind: str
    scope: str | None


class Lookout:
    """Fills the shelves; one thread polls, and one for each kind listens."""

    def __init__(self, client: Client, shelves: Shelves, scopes: Iterable[str | None]) -> None:
        """Look in *scopes* through *client*."""
        self._client = client
        self._shelves = shelves
        self._posts = [_Post(kind, scope) for scope in scopes for kind in KINDS]
        self._versions = dict.fromkeys(self._posts, "")
        self._looked = set[_Post]()
        self._refused = set[_Post]()
        """Where we may not look."""
        self.complete = frozenset[str | None]()
        """The namespaces in which everything has been looked at; None means all at once."""
        self._silent = dict[_Post, str]()
        """Why we could not look, so that it is logged once."""
        self.hurry = Event()
        """Set when the next look should come at once."""

    def poll(self, goes_on: Callable[[], bool] = lambda: True) -> set[Name]:
        """Look at everything while it *goes_on*; return to which servers something is news."""
        news = set[Name]()
        for post in self._posts:
            if not goes_on():
                break
            try:
                news |= self._listed(post)
            except ClusterError as error:
                self._complain(post, error)
        return news

    def knows(self, name: Name) -> bool:
        """Say whether everything has been looked at in the namespace of *name*.

        Elsewhere nothing may be decided: an autoscaler, for one, would be overlooked.
        """
        return not self.complete.isdisjoint((None, name[0]))

    def is_done(self) -> bool:
        """Say whether everything has been looked at once, apart from where we may not look."""
        return self._looked | self._refused >= set(self._posts) and bool(self.complete)

    def listen(self, over: Event, wake: Wake) -> list[Thread]:
        """Begin to *wake* whoever something is news to, until *over*."""
        return [
            in_background(f"watch-{post.kind}", partial(self._follow, post, over, wake))
            for post in self._posts
        ]

    def _listed(self, post: _Post) -> set[Name]:
        kind = KINDS[post.kind]
        listing = self._client.list(kind.resource, post.scope, msgspec.Raw, kind.selector)
        self._versions[post] = listing.resource_version
        self._silent.pop(post, None)
        self._refused.discard(post)
        self._note(post)
        for one in listing.broken:
            self._shelves.unreadable(post.kind, one)
        return self._shelves.listed(post.kind, post.scope, listing.items, listing.resource_version)

    def _note(self, post: _Post) -> None:
        self._looked.add(post)
        if {one for one in self._posts if one.scope == post.scope} <= self._looked:
            self.complete |= {post.scope}

    def _complain(self, post: _Post, error: ClusterError) -> None:
        reason = str(error)
        if isinstance(error, Forbidden):
            self._refused.add(post)
        if self._silent.get(post) != reason:
            extra = {"kind": post.kind, "namespace": post.scope or "all", "reason": reason}
            log.warning("cannot look", extra=extra)
        self._silent[post] = reason

    def _follow(self, post: _Post, over: Event, wake: Wake) -> None:
        patience = Patience(sleep=over.wait)
        fruitless = 0
        while not over.is_set():
            before, began = self._versions[post], time.monotonic()
            pause = patience.pause(fruitless)
            try:
                self._hear(post, over, wake)
            except ClusterError as error:
                if over.is_set():
                    return
                self._interrupted(post, error)
                if _may_pass(error) or fruitless < EARLY:
                    pause = patience.pause(fruitless, error)
                else:
                    pause = FORBIDDEN_SECONDS
            has_lasted = time.monotonic() > began + LASTING_SECONDS
            is_good = has_lasted or self._versions[post] != before
            fruitless = 0 if is_good else fruitless + 1
            over.wait(pause)

    def _hear(self, post: _Post, over: Event, wake: Wake) -> None:
        """Listen until the API server ends it."""
        kind = KINDS[post.kind]
        path = kind.resource.path(post.scope)
        wish = watch.Wish(kind.resource, path, msgspec.Raw, kind.selector)
        version = self._versions[post]
        with closing(watch.changes(self._client.connection, wish, version, over)) as following:
            for newest, event in following:
                self._versions[post] = newest
                if event is not None and (news := self._take(post.kind, event)):
                    wake(post.kind, news)

    def _take(self, kind: str, event: watch.Event[msgspec.Raw]) -> set[Name]:
        match event:
            case watch.Added(raw) | watch.Modified(raw):
                return self._shelves.put(kind, raw)
            case watch.Deleted(metadata, _):
                return self._shelves.drop(kind, _name(metadata), metadata.resource_version)
            case Broken():
                self._shelves.unreadable(kind, event)
                return set()
            case _:
                return set()

    def _interrupted(self, post: _Post, error: ClusterError) -> None:
        log.info("watch interrupted", extra={"kind": post.kind, "reason": str(error)})
        if isinstance(error, Gone | Unreadable):  # changes were missed
            self._versions[post] = ""
            self.hurry.set()


def _name(metadata: Metadata) -> Name:
    return metadata.namespace, metadata.name


def _may_pass(error: ClusterError) -> bool:
    """Say whether trying again soon is worthwhile without anybody changing anything."""
    return error.status in (0, 409, 410, 429) or error.status >= 500
