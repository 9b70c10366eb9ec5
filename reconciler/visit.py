"""One visit to one MCPServer: look, decide, write what differs, and say in the status how it is."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

import msgspec

from cluster.errors import ClusterError, Forbidden, Invalid
from cluster.events import Recorder
from cluster.objects import Reference
from cluster.series import Kind
from kinds.reading import Fields, text
from reconciler import adoption, causes, rolling
from reconciler.acceptance import mistakes, understood
from reconciler.config import Config
from reconciler.desired import Desired, desired
from reconciler.difference import differences
from reconciler.events import events
from reconciler.hand import Hand
from reconciler.observed import Failure, Observed, Outcome, Presence
from reconciler.shelf import Name
from reconciler.shelves import Shelves
from reconciler.status import status
from reconciler.turns import Turns
from reconciler.world import FIELDS, World

log = logging.getLogger(__name__)

SOON_SECONDS = 5.0
"""When to look again at what is told by nobody: a Secret that is missing, an adapter's words."""

MOST_PREPARATIONS = 3
"""How often an object is made ready to be applied: what is left then is told by the API server."""


class Refused(ClusterError):
    """The cluster refuses what a server needs; trying again at once would be no use."""


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
        if self._world.is_new(name):
            self._world.explore(name)
        config = self._config()
        server = understood(stored, config)
        observed = self._world.observed(name, server)
        course = _Course()
        problems = mistakes(server)
        if not problems:
            observed = self._brought_about(name, server, observed, course)
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
        self, name: Name, server: Fields, observed: Observed, course: _Course
    ) -> Observed:
        wish = desired(server, observed, self._config())
        unseen = [one["kind"] for one in wish.manifests() if _live(observed, one) is None]
        if found := {kind: self._world.read(kind, name) for kind in unseen}:
            observed = msgspec.structs.replace(
                observed, **{FIELDS[kind]: one for kind, one in found.items()}
            )
        if any(found.values()):  # what somebody else made may bear on what we want
            wish = desired(server, observed, self._config())
        course.failures.extend(adoption.conflicts(wish, observed, server))
        taken = {one.kind for one in course.failures}
        for manifest in wish.manifests():
            if manifest["kind"] not in taken:
                observed = self._applied(name, server, observed, manifest, course)
        self._prune(wish, observed, server)
        return self._world.with_pods(name, observed)

    def _applied(
        self,
        name: Name,
        server: Fields,
        observed: Observed,
        manifest: Fields,
        course: _Course,
    ) -> Observed:
        """Have one object be as wanted, and return the world with it."""
        live = _live(observed, manifest)
        if manifest["kind"] == "Deployment" and live is not None:
            manifest = self._in_turn(name, live, manifest, course)
        try:
            made = self._written(server, live, manifest)
        except (Forbidden, Invalid) as error:
            log.warning("refused", extra={"server": "/".join(name), "reason": str(error)})
            course.failures.append(Failure(manifest["kind"], str(error)))
            course.refusal = error
            return observed
        return msgspec.structs.replace(observed, **{FIELDS[manifest["kind"]]: made})

    def _written(self, server: Fields, live: Fields | None, manifest: Fields) -> Fields:
        if live is None:
            return self._hand.apply(manifest, None)
        for _ in range(MOST_PREPARATIONS):
            if not (operations := adoption.preparation(live, manifest, server)):
                break
            live = self._hand.migrate(live, operations)
        paths = differences(live, manifest)
        if not paths:
            return live
        metadata = manifest["metadata"]
        where = f"{metadata['namespace']}/{metadata['name']}"
        log.info("applying", extra={"kind": manifest["kind"], "server": where, "fields": paths})
        return self._hand.apply(manifest, live)

    def _in_turn(self, name: Name, live: Fields, manifest: Fields, course: _Course) -> Fields:
        """Return the manifest, with the Pods as they are when their turn has not come."""
        if rolling.change(live, manifest) is not rolling.Change.KMCP or self._turns.ask(name):
            return manifest
        course.held_back = True
        return rolling.held_back(live, manifest)

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
    missing = any(one.presence is not Presence.FOUND for one in observed.references.values())
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
