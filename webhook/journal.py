"""What is noted about each decision: a log line and a few figures, never what an object holds."""

import logging
import time
from collections.abc import Generator
from contextlib import contextmanager

from kinds import names
from kinds.reading import items, text
from telemetry.metrics import Metrics
from webhook.review import Request
from webhook.verdict import Outcome, Verdict

log = logging.getLogger(__name__)

PATCH_BYTES = (64.0, 256.0, 1024.0, 4096.0, 16384.0, 65536.0)
OPERATIONS = ("CREATE", "UPDATE", "DELETE", "CONNECT")
SKIPPED = (Outcome.NOT_CONCERNED, Outcome.BEING_DELETED, Outcome.SKIPPED)
PODS = {
    Outcome.INJECTED: "injected",
    Outcome.MENDED: "mended",
    Outcome.SKIPPED: "skipped",
    Outcome.REFUSED: "denied",
    Outcome.BROKEN: "denied",
    Outcome.TOLERATED: "broken",
    Outcome.FAILED: "failed",
}
"""What became of a Pod, if anything did."""


class Journal:
    """Counts and logs what one webhook process decides."""

    def __init__(self, metrics: Metrics, version: str) -> None:
        """Count in *metrics*; *version* of kmcp stands in every line."""
        self._version = version
        self._requests = metrics.counter(
            "kmcp_admission_requests_total",
            "Reviews answered, by what was decided and why",
            ["webhook", "operation", "outcome", "reason"],
        )
        self._duration = metrics.histogram(
            "kmcp_admission_duration_seconds",
            "How long a decision took, once the review was there",
            ["webhook"],
        )
        self._in_flight = metrics.gauge(
            "kmcp_admission_in_flight", "Reviews that are being decided", ["webhook"]
        )
        self._denials = metrics.counter(
            "kmcp_admission_denials_total", "Refusals, by the rule that was broken", ["rule"]
        )
        self._skipped = metrics.counter(
            "kmcp_admission_skipped_total", "Reviews that did not concern us", ["reason"]
        )
        self._injections = metrics.counter(
            "kmcp_admission_injections_total",
            "Pods by what became of them, dry runs apart",
            ["webhook", "outcome", "reason"],
        )
        self._malformed = metrics.counter(
            "kmcp_admission_malformed_total", "Bodies that were no review", ["webhook"]
        )
        self._patch_bytes = metrics.histogram(
            "kmcp_admission_patch_bytes", "Size of a patch", ["webhook"], PATCH_BYTES
        )

    @contextmanager
    def under_way(self, webhook: str) -> Generator[None]:
        """Count a review while it is being decided."""
        with self._in_flight.labels(webhook).track_inprogress():
            yield

    def malformed(self, webhook: str, reason: str) -> None:
        """Note a body that was no review."""
        self._malformed.labels(webhook).inc()
        log.warning("not a review", extra={"webhook": webhook, "reason": reason})

    def decided(self, webhook: str, request: Request, verdict: Verdict, started: float) -> None:
        """Note a decision that began at *started*, on the monotonic clock."""
        seconds = time.monotonic() - started
        self._count(webhook, request, verdict, seconds)
        log.info(
            "decided",
            extra={
                "webhook": webhook,
                "uid": request.uid,
                "namespace": request.namespace,
                "server" if request.kind.kind == names.KIND else "object": request.called,
                "kind": request.kind.kind,
                "owner": _owner(request),
                "user": request.user_info.username,
                "operation": request.operation,
                "dryRun": bool(request.dry_run),
                "outcome": outcome_of(verdict),
                "reason": verdict.reason,
                "rules": list(verdict.rules),
                "warnings": len(verdict.warnings),
                "seconds": round(seconds, 6),
                "version": self._version,
            },
        )

    def _count(self, webhook: str, request: Request, verdict: Verdict, seconds: float) -> None:
        operation = request.operation if request.operation in OPERATIONS else "other"
        labels = (webhook, operation, outcome_of(verdict), verdict.reason)
        self._requests.labels(*labels).inc()
        self._duration.labels(webhook).observe(seconds)
        if verdict.outcome in SKIPPED:
            self._skipped.labels(verdict.reason).inc()
        if not verdict.allowed:
            for rule in verdict.rules or (verdict.reason,):
                self._denials.labels(rule).inc()
        if verdict.outcome in PODS and not request.dry_run:
            self._injections.labels(webhook, PODS[verdict.outcome], verdict.reason).inc()
        if verdict.patch is not None:
            self._patch_bytes.labels(webhook).observe(len(verdict.patch))


def outcome_of(verdict: Verdict) -> str:
    """Return allowed or denied."""
    return "allowed" if verdict.allowed else "denied"


def _owner(request: Request) -> str:
    """Return what made the object, as it says itself; nobody is asked."""
    owners = items(request.object, "metadata", "ownerReferences")
    made = (one for _, one in owners if one.get("controller") is True)
    return next((f"{text(one, 'kind')}/{text(one, 'name')}" for one in made), "")
