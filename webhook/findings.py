"""The answers about Pods: what was found, as verdicts, warnings and Events."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from textwrap import wrap
from typing import Any

import msgspec

from adapter.injection import reasons
from adapter.injection.pods import Mark
from adapter.injection.reasons import Finding, Reason
from kinds import names
from kinds.advice import LONGEST
from kinds.reading import Fields, is_map, within
from webhook import verdict
from webhook.verdict import MOST_CAUSES, Notice, Outcome, Verdict

UNSURPRISING = (
    Reason.NOT_ASKED,
    Reason.POD_DECLINES,
    Reason.NAMESPACE_DECLINES,
    Reason.NOTHING_NAMED,
    Reason.EXCLUDED_NAMESPACE,
)
"""Reasons to skip a Pod that whoever made it knows, so that nobody has to be told."""
BROKEN = Outcome.BROKEN.value


def refused(findings: Sequence[Finding]) -> Verdict:
    """Refuse a Pod; a ReplicaSet's events show the message, so all sentences stand in it."""
    is_broken = findings[0].reason.outcome == reasons.BROKEN
    outcome = Outcome.BROKEN if is_broken else Outcome.REFUSED
    # What another webhook made of a Pod is no mistake in what the user wrote.
    code, reason = (403, "Forbidden") if is_broken else (422, "Invalid")
    told = together(findings)
    notice = Notice(Outcome.REFUSED.value, told)
    made = verdict.denied(outcome, code, reason, told, details={})
    return replace(made, rules=codes(findings), notice=notice)


def tolerated(findings: Sequence[Finding]) -> Verdict:
    """Let a Pod start that another webhook broke, as it wants itself, and say what is wrong."""
    told = f"starts though another webhook broke it: {together(findings)}"
    made = Verdict(Outcome.TOLERATED, rules=codes(findings), notice=Notice(BROKEN, f"a Pod {told}"))
    return made.with_warnings(lines(f"the Pod {told}"))


def skipped(findings: Sequence[Finding]) -> Verdict:
    """Let a Pod pass as it is, and say why to whom may wonder."""
    made = Verdict(Outcome.SKIPPED, rules=codes(findings))
    if is_unsurprising(findings):
        return made
    return made.with_warnings(lines(f"the Pod does not get the adapter: {together(findings)}"))


def omission(findings: Sequence[Finding]) -> Notice:
    """Return what an Event says of a Pod that asks and is left as it is."""
    return Notice("InjectionSkipped", f"a Pod does not get the adapter: {together(findings)}")


def success(mark: Mark, warnings: Sequence[Finding]) -> Notice:
    """Return what an Event says of a Pod with its adapter; the same for all Pods of an owner."""
    note = f"a Pod got the adapter of kmcp {mark.version} beside its container {mark.container}"
    more = f"; {together(warnings)}" if warnings else ""
    return Notice("Injected", f"{note}{more}", "Normal")


def mended(findings: Sequence[Finding]) -> Notice:
    """Return what an Event says of a Pod that another webhook broke."""
    note = (
        "another webhook broke a Pod, which was mended once; if it does so again, the Pod cannot "
    )
    return Notice("InjectionMended", f"{note}start: {together(findings)}")


def failed(pod: Fields, version: str) -> Verdict:
    """Let a Pod pass without its adapter after a mistake of ours, and have it say so.

    Nothing that may be mistaken itself is used here.
    """
    operations: list[dict[str, Any]] = []
    if not is_map(within(pod, "metadata", "annotations")):
        operations.append({"op": "add", "path": "/metadata/annotations", "value": {}})
    path = f"/metadata/annotations/{names.INJECTION_FAILED.replace('/', '~1')}"
    operations.append({"op": "add", "path": path, "value": version})
    warning = "kmcp made a mistake, which has been logged: the Pod does not get the adapter"
    return Verdict(Outcome.FAILED, patch=msgspec.json.encode(operations), warnings=(warning,))


def failure(version: str) -> Notice:
    """Return what an Event says of such a Pod."""
    return Notice(
        Outcome.FAILED.value,
        f"a Pod does not have the adapter, because of a mistake in kmcp {version} itself, which is "
        "in the webhook's log",
    )


def is_unsurprising(findings: Iterable[Finding]) -> bool:
    """Say whether whoever made the Pod knows why it is skipped."""
    return all(one.reason in UNSURPRISING for one in findings)


def codes(findings: Iterable[Finding]) -> tuple[str, ...]:
    """Return the names of the reasons, each once."""
    return tuple(dict.fromkeys(one.reason.code for one in findings))


def together(findings: Sequence[Finding]) -> str:
    """Return all sentences in one line."""
    return "; ".join(str(one) for one in findings[:MOST_CAUSES])


def lines(sentence: str) -> list[str]:
    """Return a sentence as warnings of a length that the API server keeps and kubectl prints."""
    return wrap(sentence, LONGEST, subsequent_indent="… ", break_on_hyphens=False)
