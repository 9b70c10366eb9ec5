"""Keeps a newer kmcp from restarting every server at once."""

from enum import Enum
from typing import Any

from adapter.injection.annotations import SOURCE
from kinds.reading import Fields, fields, items, number, texts, within
from reconciler import managed
from reconciler.difference import Difference, Why, differences

TEMPLATE = ("spec", "template")
NODE = ("f:spec", "f:template")
ENDED = ("NewReplicaSetAvailable", "ProgressDeadlineExceeded")
"""Reasons of the condition Progressing of a roll-out that is over, well or badly."""


class Change(Enum):
    """Why a Deployment would change, so that somebody can decide when it may."""

    NONE = "none"
    NOW = "now"
    """The server's own change, somebody's edit, or one that restarts no Pod."""
    KMCP = "kmcp"
    """Only because kmcp makes Pods otherwise today; it may wait."""


def change(live: Fields | None, wanted: Fields, known: list[Difference] | None = None) -> Change:
    """Return what applying the manifest of a Deployment would be.

    Whoever has looked for the differences already hands them in.
    """
    if live is None:
        return Change.NOW
    found = differences(live, wanted) if known is None else known
    of_pods = [one for one in found if one.path[:2] == TEMPLATE]
    if not found:
        return Change.NONE
    if not of_pods or _source(live) is None or _source(live) != _source(wanted):
        return Change.NOW
    return Change.KMCP if all(map(_is_kmcps, of_pods)) else Change.NOW


def _is_kmcps(difference: Difference) -> bool:
    """Say whether nobody but kmcp can have brought a difference about.

    What is absent may be new, or somebody deleted it: it comes back when the rest comes.
    """
    return difference.why is not Why.TAKEN


def held_back(live: Fields, wanted: Fields) -> Fields:
    """Return the manifest with the Pods as they are, all else (replicas, labels) as wanted."""
    owned = fields(within(managed.ours(live), *NODE))
    template: Any = managed.extracted(owned, within(live, *TEMPLATE))
    return {**wanted, "spec": {**wanted["spec"], "template": template}}


def is_rolling(live: Fields) -> bool:
    """Say whether a Deployment is busy replacing its Pods: such a one counts among the N.

    One that gave up does not: it would keep the others from their turn for ever.
    """
    status = fields(live.get("status"))
    if (number(status, "observedGeneration") or 0) < (number(live, "metadata", "generation") or 0):
        return True
    for _, condition in items(status, "conditions"):
        if condition.get("type") == "Progressing" and condition.get("reason") in ENDED:
            return False
    updated = number(status, "updatedReplicas") or 0
    wanted = number(live, "spec", "replicas") or 0
    available = number(status, "availableReplicas") or 0
    return updated < wanted or (number(status, "replicas") or 0) > updated or available < updated


def _source(manifest: Fields) -> str | None:
    return texts(manifest, "metadata", "annotations").get(SOURCE)
