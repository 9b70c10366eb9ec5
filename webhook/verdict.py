"""The answer to an AdmissionReview: a few constructors that carry the words, and its bytes."""

import base64
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Any, Literal

import msgspec

from kinds import names
from kinds.problems import Problem
from webhook.review import KIND, VERSION, Request

MOST_CAUSES = 100
"""More mistakes than that nobody reads at once."""
MOST_WARNINGS = 20
"""The API server drops all that comes after 4096 characters."""


class Outcome(Enum):
    """What was decided, in one word for metrics, logs and the audit log."""

    UNCHANGED = "Unchanged"
    DEFAULTED = "Defaulted"
    ACCEPTED = "Accepted"
    NOT_CONCERNED = "NotConcerned"
    BEING_DELETED = "BeingDeleted"
    INVALID = "Invalid"
    POLICY = "ForbiddenByPolicy"
    REQUESTER = "RequesterMayNotRunPods"
    REQUESTER_UNKNOWN = "RequesterUnknown"
    TOO_LATE = "TooLate"
    UNKNOWN_KIND = "UnknownKind"
    INJECTED = "Injected"
    MENDED = "Mended"
    SKIPPED = "InjectionSkipped"
    REFUSED = "InjectionDenied"
    BROKEN = "InjectionBroken"
    TOLERATED = "InjectionBrokenTolerated"
    FAILED = "InjectionFailed"


@dataclass(frozen=True)
class Notice:
    """What an Event says of it."""

    reason: str
    note: str
    kind: Literal["Normal", "Warning"] = "Warning"


@dataclass(frozen=True)
class Verdict:
    """One decision."""

    outcome: Outcome
    allowed: bool = True
    status: dict[str, Any] | None = None
    patch: bytes | None = None
    warnings: tuple[str, ...] = ()
    rules: tuple[str, ...] = field(default=())
    """The rules that were broken, or why nothing was done, each once, for those who count."""
    notice: Notice | None = None
    """For those who look at what the Pod belongs to."""

    @property
    def reason(self) -> str:
        """Return why, in one word."""
        return self.rules[0] if self.outcome is Outcome.SKIPPED else self.outcome.value

    def with_warnings(self, warnings: Sequence[str]) -> "Verdict":
        """Return the same decision with words for the user, as many as anybody reads."""
        told = [*dict.fromkeys((*self.warnings, *warnings))]
        more = len(told) - MOST_WARNINGS
        kept = told[:MOST_WARNINGS] + ([f"and {more} more warnings"] if more > 0 else [])
        return replace(self, warnings=tuple(kept))


def allow(outcome: Outcome) -> Verdict:
    """Let it pass as it is."""
    return Verdict(outcome)


def patched(patch: bytes) -> Verdict:
    """Let it pass with these changes, a JSON patch."""
    return Verdict(Outcome.DEFAULTED, patch=patch)


def invalid(request: Request, problems: Sequence[Problem]) -> Verdict:
    """Refuse it for every mistake at once, so that kubectl prints one line for each."""
    told = problems[:MOST_CAUSES]
    details = {
        "group": names.GROUP,
        "kind": names.KIND,
        "name": request.called,
        "causes": [
            {"reason": one.reason.value[0], "field": one.field, "message": one.message}
            for one in told
        ],
    }
    start = f'{names.KIND}.{names.GROUP} "{request.called}" is invalid:'
    lines = "".join(f"\n* {one}" for one in told) if len(told) > 1 else f" {told[0]}"
    message = start + lines  # kubectl prints the causes for one manifest, this for several
    return denied(Outcome.INVALID, 422, "Invalid", message, problems, details=details)


def against_policy(problems: Sequence[Problem]) -> Verdict:
    """Refuse what is well-formed and not wanted here."""
    lines = "; ".join(f"{one.field}: {one.sentence}" for one in problems[:MOST_CAUSES])
    message = f"{lines}\nIf the server needs it, ask whoever administers kmcp here to allow it."
    return denied(Outcome.POLICY, 403, "Forbidden", message, problems)


def requester_may_not(namespace: str) -> Verdict:
    """Refuse who could not run the Pods in their own name."""
    message = (
        f"an MCPServer runs Pods, and you may not create Pods in namespace {namespace}\n"
        f"Ask for that right: kubectl auth can-i create pods --namespace {namespace}"
    )
    return denied(Outcome.REQUESTER, 403, "Forbidden", message)


def requester_unknown(namespace: str) -> Verdict:
    """Refuse for now: where rights are enforced, an unanswered question is not a yes."""
    message = f"cannot find out whether you may create Pods in {namespace} just now: try again"
    return denied(Outcome.REQUESTER_UNKNOWN, 503, "ServiceUnavailable", message)


def too_late() -> Verdict:
    """Say what nobody hears any more, so that logs and figures tell of no decision."""
    return denied(Outcome.TOO_LATE, 504, "Timeout", "the decision took longer than the time for it")


def unknown_kind(request: Request) -> Verdict:
    """Refuse what we know nothing about."""
    message = f"this webhook checks {names.API_VERSION} {names.KIND}, not {request.kind}"
    return denied(Outcome.UNKNOWN_KIND, 400, "BadRequest", message)


def review(request: Request, verdict: Verdict) -> bytes:
    """Return the AdmissionReview that the API server waits for."""
    response: dict[str, Any] = {"uid": request.uid, "allowed": verdict.allowed}
    if verdict.status is not None:
        response["status"] = verdict.status
    if verdict.patch is not None:
        response["patchType"] = "JSONPatch"
        response["patch"] = base64.b64encode(verdict.patch).decode()
    if verdict.warnings:
        response["warnings"] = list(verdict.warnings)
    response["auditAnnotations"] = _audit(verdict)
    return msgspec.json.encode({"apiVersion": VERSION, "kind": KIND, "response": response})


def _audit(verdict: Verdict) -> dict[str, str]:
    found = {"outcome": verdict.outcome.value}
    return found | ({"rules": ",".join(verdict.rules)} if verdict.rules else {})


def denied(
    outcome: Outcome,
    code: int,
    reason: str,
    message: str,
    problems: Sequence[Problem] = (),
    **more: object,
) -> Verdict:
    """Refuse it with an HTTP code, a reason and the sentences that people read."""
    status = {"status": "Failure", "code": code, "reason": reason, "message": message, **more}
    rules = tuple(sorted({one.rule for one in problems}))
    return Verdict(outcome, allowed=False, status=status, rules=rules)
