"""What the cluster around an MCPServer adds to a verdict: who asks, and what is not there yet.

Nothing here refuses because something is missing: the order in which objects are applied must not
matter. A cluster that does not answer in time costs a warning, never the request.
"""

from collections.abc import Iterator
from typing import Protocol

from kinds.advice import shortened
from kinds.defaults import with_defaults
from kinds.references import Reference, references
from webhook import verdict
from webhook.admission import House, is_same_spec
from webhook.review import Request, User
from webhook.verdict import Verdict

MOST_REFERENCES = 20
"""Looked up for one request; the reconciler looks at all of them."""


PLURALS = {
    "Secret": "secrets",
    "ConfigMap": "configmaps",
    "ServiceAccount": "serviceaccounts",
    "PersistentVolumeClaim": "persistentvolumeclaims",
}


class Cluster(Protocol):
    """What we ask the API server; None means that it did not say in time."""

    def may(self, user: User, verb: str, resource: str, namespace: str) -> bool | None:
        """Say whether somebody has a right."""

    def exists(self, kind: str, namespace: str, name: str) -> bool | None:
        """Say whether there is such an object."""


def placed(request: Request, decided: Verdict, house: House, cluster: Cluster) -> Verdict:
    """Return the verdict that the surroundings make of the one on the object alone."""
    server = request.object
    if not decided.allowed or server is None or request.operation not in ("CREATE", "UPDATE"):
        return decided
    if request.old_object is not None and is_same_spec(server, request.old_object):
        return decided
    decided = _asked_for(request, decided, house, cluster)
    if not decided.allowed:
        return decided
    needed = _each_once(references(with_defaults(server, house.runners)))
    return decided.with_warnings([*_missing(request, needed, cluster)])


def _asked_for(request: Request, decided: Verdict, house: House, cluster: Cluster) -> Verdict:
    """Return what becomes of the verdict when the requester may not run Pods."""
    if house.requester == "ignore":
        return decided
    namespace = request.namespace
    may_run = cluster.may(request.user_info, "create", "pods", namespace)
    if may_run:
        return decided
    if house.requester == "deny":
        unknown = may_run is None
        return (verdict.requester_unknown if unknown else verdict.requester_may_not)(namespace)
    line = f"you may not create Pods in {namespace}, but this MCPServer will"
    return decided.with_warnings([shortened(line)] if may_run is False else [])


def _missing(request: Request, needed: list[Reference], cluster: Cluster) -> Iterator[str]:
    """Yield a line for everything that is not there, as far as the requester may know."""
    for one in needed:
        plural, namespace = PLURALS[one.kind], request.namespace
        if not cluster.may(request.user_info, "get", plural, namespace):
            continue
        if cluster.exists(one.kind, namespace, one.name) is False:
            yield shortened(f"{one.field}: {one.kind} {one.name} does not exist yet")


def _each_once(needed: list[Reference]) -> list[Reference]:
    """Return the first reference to each object, as many as one request may ask for."""
    first = {(one.kind, one.name): one for one in reversed(needed)}
    return [one for one in needed if first[one.kind, one.name] is one][:MOST_REFERENCES]
