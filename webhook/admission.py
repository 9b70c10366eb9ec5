"""What is decided about an MCPServer: pure functions from a request to a verdict."""

from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import Any

import jsonpatch

from kinds import names, policy
from kinds.advice import warnings
from kinds.defaults import Runners, as_stored, skeleton, with_defaults
from kinds.policy import Policy
from kinds.problems import in_order
from kinds.reading import Fields, within
from kinds.rules.catalogue import problems
from webhook import verdict
from webhook.ratchet import fresh, identities
from webhook.review import Request
from webhook.verdict import Outcome, Verdict

CHECKED = ("CREATE", "UPDATE")


@dataclass(frozen=True)
class House:
    """What an administrator chose for this installation."""

    policy: Policy = field(default_factory=Policy)
    runners: Runners = field(default_factory=Runners)
    requester: str = "warn"
    """What happens to an MCPServer of somebody who may not create Pods: ignore, warn or deny."""


def mutated(request: Request, house: House) -> Verdict:
    """Fill in defaults, or refuse with every mistake at once: types are not yet checked here."""
    if skipped := _skipped(request):
        return skipped
    server, old = request.object or {}, request.old_object
    complete = with_defaults(server, house.runners)
    if refused := _refused(request, complete, house):
        return refused
    if old is not None and is_same_spec(server, old):
        return verdict.allow(Outcome.UNCHANGED)  # the edit is about something else
    patch = _patch(skeleton(server), skeleton(as_stored(server, house.runners)))
    return verdict.patched(patch) if patch else verdict.allow(Outcome.UNCHANGED)


def validated(request: Request, house: House) -> Verdict:
    """Check the final state, whatever other webhooks made of it, and say what is worth a word."""
    if skipped := _skipped(request):
        return skipped
    complete = with_defaults(request.object or {}, house.runners)
    if refused := _refused(request, complete, house):
        return refused
    accepted = verdict.allow(Outcome.ACCEPTED)
    if request.old_object is not None and is_same_spec(request.object or {}, request.old_object):
        return accepted
    return accepted.with_warnings(warnings(complete))


def is_same_spec(server: Fields, old: Fields) -> bool:
    """Say whether an edit left the spec as it was."""
    return bool(server.get("spec") == old.get("spec"))


def _skipped(request: Request) -> Verdict | None:
    """Return the verdict on what is none of our business."""
    if (request.kind.group, request.kind.kind) != (names.GROUP, names.KIND) or (
        request.kind.version != names.VERSION
    ):
        return verdict.unknown_kind(request)
    if request.operation not in CHECKED or request.sub_resource or request.object is None:
        return verdict.allow(Outcome.NOT_CONCERNED)
    ends = within(request.object, "metadata", "deletionTimestamp") is not None
    if ends and request.old_object and is_same_spec(request.object, request.old_object):
        return verdict.allow(Outcome.BEING_DELETED)  # it must be able to lose its finalizers
    return None


def _refused(request: Request, server: Fields, house: House) -> Verdict | None:
    mistakes = problems(server)
    forbidden = policy.violations(server, house.policy)
    if mistakes or forbidden:
        known = _known(request.old_object, house)
        mistakes = fresh(mistakes, server, known)
        forbidden = fresh(forbidden, server, known)
    if mistakes:
        return verdict.invalid(request, in_order([*mistakes, *forbidden]))
    return verdict.against_policy(forbidden) if forbidden else None


def _known(old: Fields | None, house: House) -> set[Hashable]:
    """Return the mistakes that are stored already."""
    if old is None:
        return set()
    complete = with_defaults(old, house.runners)
    return identities([*problems(complete), *policy.violations(complete, house.policy)], complete)


def _patch(before: Fields, after: Fields) -> bytes | None:
    made: Any = jsonpatch.make_patch(before, after)
    return made.to_string().encode() if made.patch else None
