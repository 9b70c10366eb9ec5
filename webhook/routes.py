"""Which path is answered by what: reviews are read, decided, noted and answered here."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import msgspec

from cluster.client import Client
from webhook import verdict
from webhook.admission import House, mutated, validated
from webhook.app import Reply, Route
from webhook.configurations import MUTATE_PATH, VALIDATE_PATH
from webhook.inquiry import Inquiry, Memory
from webhook.journal import Journal
from webhook.review import NotAReview, Request, read
from webhook.surroundings import placed
from webhook.verdict import Verdict, review

Decide = Callable[[Request, float], Verdict]
"""Takes the request and the deadline, a moment of time.monotonic()."""


@dataclass(frozen=True)
class Desk:
    """Where reviews are decided."""

    house: House
    journal: Journal
    client: Client | None = None
    """Without one, nothing is asked of the cluster."""
    memory: Memory = field(default_factory=Memory)

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
    return {
        MUTATE_PATH: _route("mutate", desk.mutate, desk.journal),
        VALIDATE_PATH: _route("validate", desk.validate, desk.journal),
    }


def _route(webhook: str, decide: Decide, journal: Journal) -> Route:
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
        return Reply(200, review(request, decided))

    return answer
