"""The four conditions of an MCPServer: what each says, and why."""

from msgspec import Struct

from kinds.reading import Fields, fields, items, number, text
from reconciler import references
from reconciler.adoption import Owner, owner
from reconciler.causes import Cause, cause
from reconciler.observed import Key, Observed, Outcome, Presence, Referred
from reconciler.words import listed

ACCEPTED, RESOLVED, PROGRAMMED, READY = "Accepted", "ResolvedRefs", "Programmed", "Ready"
TYPES = (ACCEPTED, RESOLVED, PROGRAMMED, READY)
TRUE, FALSE, UNKNOWN = "True", "False", "Unknown"
STOPPED = "Stopped"
READY_MESSAGE = "MCPServer deployment is ready"
FAILED = {
    "Deployment": "DeploymentFailed",
    "Service": "ServiceFailed",
    "ServiceAccount": "ServiceAccountFailed",
    "NetworkPolicy": "NetworkPolicyFailed",
    "ConfigMap": "ConfigMapFailed",
}


class Condition(Struct, frozen=True):
    """What is true of a server in one respect, and why."""

    type: str
    status: str
    reason: str
    message: str
    is_current: bool = True
    """Whether it is said of the newest generation; else of the one that it was said of before."""


def conditions(server: Fields, observed: Observed, outcome: Outcome) -> list[Condition]:
    """Return all four."""
    resolved = _resolved(server, observed)
    ready = _ready(server, observed, outcome, resolved)
    return [_accepted(outcome), resolved, _programmed(outcome), ready]


def before(server: Fields, kind: str) -> Fields:
    """Return the condition as it stands in the status."""
    found = (one for _, one in items(server, "status", "conditions") if text(one, "type") == kind)
    return fields(next(found, None))


def _accepted(outcome: Outcome) -> Condition:
    if outcome.problems:
        return Condition(ACCEPTED, FALSE, "InvalidConfig", listed(outcome.problems))
    return Condition(ACCEPTED, TRUE, "Accepted", "MCPServer configuration is valid")


def _resolved(server: Fields, observed: Observed) -> Condition:
    by_presence: dict[Presence, list[tuple[str, str]]] = {one: [] for one in Presence}
    for one in references.required(server):
        unknown = Referred(Presence.UNKNOWN)
        presence = observed.references.get(Key(one.kind, one.name), unknown).presence
        by_presence[presence].append((one.kind, f"{one.field}: {{}} {one.kind} {one.name}"))
    if missing := by_presence[Presence.MISSING]:
        told = listed(sentence.format("there is no") for _, sentence in missing)
        return Condition(RESOLVED, FALSE, f"{missing[0][0]}NotFound", told)
    if lacking := _lacking(server, observed):
        kind = lacking[0].holder.kind
        told = listed(
            f"{one.field}: there is no key {one.key} in {one.holder.kind} {one.holder.name}"
            for one in lacking
        )
        return Condition(RESOLVED, FALSE, f"{kind}KeyNotFound", told)
    if unseen := by_presence[Presence.UNKNOWN]:
        told = listed(sentence.format("kmcp could not look for") for _, sentence in unseen)
        return Condition(RESOLVED, UNKNOWN, "NotLookedUp", told)
    return Condition(RESOLVED, TRUE, "ResolvedRefs", "All references resolved successfully")


def _lacking(server: Fields, observed: Observed) -> list[references.Taken]:
    """Return the keys that are not in what was found."""
    unknown = Referred(Presence.UNKNOWN)
    return [
        one
        for one in references.taken(server)
        if one.key in observed.references.get(one.holder, unknown).lacks
    ]


def _programmed(outcome: Outcome) -> Condition:
    if outcome.problems:
        return Condition(PROGRAMMED, FALSE, "DeploymentFailed", listed(outcome.problems))
    if outcome.failures:
        first = outcome.failures[0]
        reason = first.reason or FAILED.get(first.kind, "DeploymentFailed")
        told = listed(one.message for one in outcome.failures)
        return Condition(PROGRAMMED, FALSE, reason, told)
    waits = "; Pods of a newer kmcp wait for their turn" if outcome.held_back else ""
    told = f"All resources created successfully{waits}"
    return Condition(PROGRAMMED, TRUE, "Programmed", told)


class _Counts(Struct, frozen=True):
    """What a Deployment says of its Pods."""

    wanted: int
    total: int
    updated: int
    available: int
    is_seen: bool
    """Whether it has looked at its newest generation."""

    @property
    def is_complete(self) -> bool:
        numbers = (self.total, self.updated, self.available)
        return self.is_seen and all(one == self.wanted for one in numbers)


def _counts(deployment: Fields) -> _Counts:
    def told(name: str) -> int:
        return number(deployment, "status", name) or 0

    wanted = number(deployment, "spec", "replicas")
    generation = number(deployment, "metadata", "generation") or 0
    return _Counts(
        1 if wanted is None else wanted,
        told("replicas"),
        told("updatedReplicas"),
        told("availableReplicas"),
        told("observedGeneration") >= generation,
    )


def _ready(server: Fields, observed: Observed, outcome: Outcome, resolved: Condition) -> Condition:
    live = observed.deployment
    if live is not None and owner(live, server) is Owner.OTHERS:
        live = None
    still = "; the earlier version goes on" if _counts(live or {}).available else ""
    if outcome.problems:
        return _not_ready("PodsNotReady", f"{listed(outcome.problems)}{still}")
    if outcome.failures:
        told = listed(one.message for one in outcome.failures)
        return _not_ready("PodsNotReady", f"Resources failed to be created: {told}{still}")
    if live is None:
        return _not_ready("PodsNotReady", "Deployment not found")
    why = cause(observed)
    if resolved.status == FALSE and not why.fails:  # the node waits for it, and does not say so
        why = Cause(f"{resolved.reason}: {resolved.message}")
    return _running(server, why, _counts(live))


def _running(server: Fields, why: Cause, counts: _Counts) -> Condition:
    """Return what is true of a Deployment that is as it should be, *why* unless all Pods are."""
    if counts.wanted == 0:
        return _not_ready(STOPPED, "MCPServer is stopped: it is to have 0 replicas")
    if counts.is_complete:
        return Condition(READY, TRUE, "DeploymentReady", READY_MESSAGE)
    have = f"{counts.available}/{counts.wanted} replicas available"
    was_ready = before(server, READY).get("status") == TRUE
    if counts.available and was_ready and not why.fails:
        told = f"{READY_MESSAGE}; {_progress(counts)}: {why.sentence}"
        return Condition(READY, TRUE, "DeploymentReady", told, is_current=False)
    if why.fails and counts.updated < counts.total and counts.available:
        told = f"the new version does not start, the earlier one goes on: {why.sentence}"
        return _not_ready("RolloutFailed", told)
    return _not_ready("NotAvailable", f"Deployment not ready: {have}: {why.sentence}")


def _progress(counts: _Counts) -> str:
    if counts.updated < counts.wanted or counts.total > counts.updated:
        return f"{counts.updated} of {counts.wanted} Pods are of the new version"
    return f"{counts.available} of {counts.wanted} Pods are available"


def _not_ready(reason: str, message: str) -> Condition:
    return Condition(READY, FALSE, reason, message)
