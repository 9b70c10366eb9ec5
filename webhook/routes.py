"""Which path is answered by what: reviews are read, decided, noted and answered here."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from math import inf

import msgspec

from cluster.client import Client
from webhook import verdict
from webhook.admission import House, mutated, validated
from webhook.app import Forgiving, Reply, Route
from webhook.configurations import MUTATE_PATH, VALIDATE_PATH
from webhook.entries import (
    MUTATE_PODS,
    MUTATE_PODS_BY_NAMESPACE,
    VALIDATE_PODS,
    VALIDATE_WORKLOADS,
    VALIDATE_WORKLOADS_BY_NAMESPACE,
)
from webhook.injector import Injector
from webhook.inquiry import Inquiry, Memory
from webhook.journal import Journal
from webhook.review import NotAReview, Request, read
from webhook.surroundings import placed
from webhook.verdict import Verdict, review

Decide = Callable[[Request, float], Verdict]
"""Takes the request and the deadline, a moment of time.monotonic()."""


Tell = Callable[[Request, Verdict], None]


@dataclass(frozen=True)
class Desk:
    """Where reviews are decided."""

    house: House
    journal: Journal
    client: Client | None = None
    """Without one, nothing is asked of the cluster."""
    memory: Memory = field(default_factory=Memory)
    injector: Injector | None = None
    """Without one, nothing is decided about Pods."""

    def mutate(self, request: Request, _deadline: float) -> Verdict:
        """Fill in defaults, or refuse."""
        return mutated(request, self.house)

    def validate(self, request: Request, deadline: float) -> Verdict:
        """Check the final state, and look at what is around it."""
        decided = validated(request, self.house)
        if self.client is None:
            return decided
        inquiry = Inquiry(self.client, self.memory, deadline)
        return placed(request, decided, self.house, inquiry)


def routes(desk: Desk) -> Mapping[str, Route]:
    """Return the function behind each path."""
    journal = desk.journal
    servers = {
        MUTATE_PATH: _route("mutate", desk.mutate, journal),
        VALIDATE_PATH: _route("validate", desk.validate, journal),
    }
    return servers | (_pods(desk.injector, journal) if desk.injector else {})


def _pods(injector: Injector, journal: Journal) -> dict[str, Route]:
    """Return the routes for Pods: a mistake of ours is no reason to keep one from starting."""

    def forgiving(webhook: str, decide: Decide, spare: Decide) -> Route:
        route = _route(webhook, decide, journal, injector.tell)
        instead = _route(webhook, spare, journal)
        return Forgiving(route, lambda body: instead(body, inf))

    return {
        MUTATE_PODS: forgiving("mutate-pods", injector.mutate, injector.fail),
        MUTATE_PODS_BY_NAMESPACE: forgiving(
            "mutate-pods-by-namespace", injector.mutate_by_namespace, injector.fail
        ),
        VALIDATE_PODS: _route("validate-pods", injector.validate, journal, injector.tell),
        VALIDATE_WORKLOADS: forgiving(
            "validate-workloads", injector.advise, injector.fail_to_advise
        ),
        VALIDATE_WORKLOADS_BY_NAMESPACE: forgiving(
            "validate-workloads-by-namespace", injector.advise_by_namespace, injector.fail_to_advise
        ),
    }


def _nobody(_request: Request, _verdict: Verdict) -> None:
    """Tell nobody."""


def _route(webhook: str, decide: Decide, journal: Journal, tell: Tell = _nobody) -> Route:
    def answer(body: bytes, deadline: float) -> Reply:
        started = time.monotonic()
        try:
            request = read(body)
        except NotAReview as error:
            journal.malformed(webhook, str(error))
            return Reply(400, msgspec.json.encode({"error": str(error)}))
        with journal.under_way(webhook):
            decided = decide(request, deadline)
        if time.monotonic() > deadline:  # the API server has stopped listening
            decided = verdict.too_late()
        journal.decided(webhook, request, decided, started)
        tell(request, decided)
        return Reply(200, review(request, decided))

    return answer
