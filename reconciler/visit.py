"""One visit to one MCPServer: look, decide, write what differs, and say in the status how it is."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

import msgspec

from cluster.errors import ClusterError, Conflict, Forbidden, Invalid
from cluster.events import Recorder
from cluster.objects import Reference
from cluster.series import Kind
from kinds.reading import Fields, text
from reconciler import adoption, causes, rolling
from reconciler.acceptance import mistakes, understood
from reconciler.config import Config
from reconciler.desired import Desired, desired
from reconciler.difference import Difference, differences
from reconciler.events import events
from reconciler.hand import Hand, name_of
from reconciler.observed import Failure, Observed, Outcome, Presence
from reconciler.shelf import Name
from reconciler.shelves import Shelves
from reconciler.status import status
from reconciler.turns import Turns
from reconciler.world import FIELDS, World

log = logging.getLogger(__name__)

SOON_SECONDS = 5.0
"""When to look again at what is told by nobody: a Secret that is missing, an adapter's words."""
MOST_NAMESAKES = len(FIELDS) + 1
MOST_PREPARATIONS = 3
"""One that makes way for a port, one that makes fields ours, and one more should others write."""


class Refused(ClusterError):
    """The cluster refuses what a server needs; trying again at once would be no use."""


class _Namesake(ClusterError):
    """There is an object of the server's name that no list has shown."""

    def __init__(self, kind: str) -> None:
        """Say of which kind it is."""
        super().__init__(f"there is a {kind} of this name already")
        self.kind = kind


@dataclass
class _Course:
    """What happened during a visit."""

    failures: list[Failure] = field(default_factory=list[Failure])
    held_back: bool = False
    refusal: ClusterError | None = None


class Visits:
    """Visits servers; threads share it."""

    def __init__(
        self,
        shelves: Shelves,
        world: World,
        hand: Hand,
        turns: Turns,
        recorder: Recorder,
        config: Callable[[], Config],
    ) -> None:
        """Look at *world*, write with *hand*, and tell *recorder* what changed."""
        self._shelves = shelves
        self._world = world
        self._hand = hand
        self._turns = turns
        self._recorder = recorder
        self._config = config

    def visit(self, name: Name) -> float | None:
        """Bring a server to what it asks for; return in how many seconds to come again.

        None means that there is no need before something changes.
        """
        stored = self._shelves.fields("MCPServer", name)
        if stored is None or "deletionTimestamp" in stored["metadata"]:
            self.forget(name)
            return None
        config = self._config()
        server = understood(stored, config)
        observed = self._world.observed(name, server)
        course = _Course()
        problems = mistakes(server)
        if not problems:
            observed, course = self._brought_about(name, server, observed)
        observed = self._world.with_pods(name, observed)
        self._note(name, observed)
        outcome = Outcome(
            problems=problems, failures=tuple(course.failures), held_back=course.held_back
        )
        self._tell(stored, status(server, observed, outcome, config, datetime.now(UTC)))
        if course.refusal is not None:
            raise Refused(str(course.refusal)) from course.refusal
        return _again(observed)

    def prepare(self) -> None:
        """Find out which servers roll already, before the first may begin to."""
        for name in self._shelves.servers():
            live = self._shelves.fields("Deployment", name)
            if live is not None and rolling.is_rolling(live):
                self._turns.note(name, is_rolling=True)

    def forget(self, name: Name) -> None:
        """Take note that a server is gone."""
        self._world.forget(name)
        self._turns.forget(name)

    def _brought_about(
        self, name: Name, server: Fields, observed: Observed
    ) -> tuple[Observed, _Course]:
        for _ in range(MOST_NAMESAKES):
            course = _Course()
            try:
                return self._passed(server, observed, course), course
            except _Namesake as error:  # it may bear on what we want, so we begin anew
                log.info("met a namesake", extra={"kind": error.kind, "server": "/".join(name)})
                self._world.suspect(name)
                observed = self._world.observed(name, server)
        raise Conflict("objects of this name come and go")

    def _passed(self, server: Fields, observed: Observed, course: _Course) -> Observed:
        wish = desired(server, observed, self._config())
        course.failures.extend(adoption.conflicts(wish, observed, server))
        taken = {one.kind for one in course.failures}
        for manifest in wish.manifests():
            if manifest["kind"] not in taken:
                observed = self._applied(server, observed, manifest, course)
        self._prune(wish, observed, server)
        return observed

    def _applied(
        self, server: Fields, observed: Observed, manifest: Fields, course: _Course
    ) -> Observed:
        """Have one object be as wanted, and return the world with it."""
        live = _live(observed, manifest)
        try:
            if live is None:
                made = self._made(manifest)
            else:
                made = self._mended(server, live, manifest, course)
        except (Forbidden, Invalid) as error:
            where = "/".join(name_of(server))
            log.warning("refused", extra={"server": where, "reason": str(error)})
            course.failures.append(Failure(manifest["kind"], str(error)))
            course.refusal = error
            return observed
        return msgspec.structs.replace(observed, **{FIELDS[manifest["kind"]]: made})

    def _made(self, manifest: Fields) -> Fields:
        """Return an object that was on no shelf, once it is there."""
        try:
            return self._hand.create(manifest)
        except Conflict as error:
            if self._world.read(manifest["kind"], name_of(manifest)) is not None:
                raise _Namesake(manifest["kind"]) from error
            return self._hand.apply(manifest, None)

    def _mended(self, server: Fields, live: Fields, manifest: Fields, course: _Course) -> Fields:
        """Return an object that was there once it is as wanted."""
        live = self._prepared(server, live, manifest)
        found = differences(live, manifest)
        if self._has_to_wait(live, manifest, found):
            course.held_back = True
            manifest = rolling.held_back(live, manifest)
            found = differences(live, manifest)
        if not found:
            return live
        where, paths = "/".join(name_of(manifest)), [str(one) for one in found]
        log.info("applying", extra={"kind": manifest["kind"], "server": where, "fields": paths})
        return self._hand.apply(manifest, live)

    def _prepared(self, server: Fields, live: Fields, manifest: Fields) -> Fields:
        """Return an object once it can be applied."""
        for _ in range(MOST_PREPARATIONS):
            operations = adoption.preparation(live, manifest, server)
            if not operations:
                break
            live = self._hand.prepare(live, operations)
        return live

    def _has_to_wait(self, live: Fields, manifest: Fields, found: list[Difference]) -> bool:
        """Say whether the Pods stay as they are, because it is not their turn."""
        if manifest["kind"] != "Deployment":
            return False
        is_kmcps = rolling.change(live, manifest, found) is rolling.Change.KMCP
        return is_kmcps and not self._turns.ask(name_of(manifest))

    def _prune(self, wish: Desired, observed: Observed, server: Fields) -> None:
        for one in adoption.superfluous(wish, observed, server):
            if self._hand.delete(one):
                where = f"{one['metadata']['namespace']}/{one['metadata']['name']}"
                log.info("deleted", extra={"kind": one["kind"], "server": where})

    def _note(self, name: Name, observed: Observed) -> None:
        live = observed.deployment
        self._turns.note(name, is_rolling=live is not None and rolling.is_rolling(live))

    def _tell(self, stored: Fields, wanted: Fields) -> None:
        before: Fields = stored.get("status") or {}
        if wanted == before or self._hand.write_status(stored, wanted) is None:
            return
        regarding = _reference(stored)
        for one in events(before, wanted):
            kind: Kind = "Warning" if one.type == "Warning" else "Normal"
            self._recorder.tell(regarding, one.reason, one.message, kind)


def _live(observed: Observed, manifest: Fields) -> Fields | None:
    found: Fields | None = getattr(observed, FIELDS[manifest["kind"]])
    return found


def _again(observed: Observed) -> float | None:
    missing = any(
        one.presence is not Presence.FOUND or one.lacks for one in observed.references.values()
    )
    return SOON_SECONDS if missing or causes.worth_asking(observed) else None


def _reference(server: Fields) -> Reference:
    metadata = server["metadata"]
    return Reference(
        server["apiVersion"],
        server["kind"],
        text(metadata, "name"),
        text(metadata, "namespace"),
        text(metadata, "uid"),
    )
