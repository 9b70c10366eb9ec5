"""What is decided about Pods and their templates: from a request to a verdict; nothing is asked.

What a namespace's label says is known from the path by which the API server asks: reviews carry no
labels of namespaces, and the selectors of our configurations do look at them.
"""

from collections.abc import Iterator
from dataclasses import replace

import msgspec

from adapter.injection import choices, pods, reasons
from adapter.injection.check import problems
from adapter.injection.config import Config, Namespace
from adapter.injection.decision import YES, Deny, Inject, Skip, decide
from adapter.injection.inject import inject
from adapter.injection.patch import patch
from adapter.injection.reasons import Finding, Reason
from adapter.injection.workloads import TEMPLATES, Template, templates
from kinds import names
from kinds.reading import Fields, texts
from webhook import findings, verdict
from webhook.review import Request
from webhook.verdict import Notice, Outcome, Verdict

POD = "Pod"
WORKLOADS = frozenset(TEMPLATES) - {POD}


def injected(request: Request, config: Config) -> Verdict:
    """Put the adapter into a Pod that names our key, or refuse, or say why not."""
    return _mutated(request, Namespace(request.namespace), config)


def injected_by_namespace(request: Request, config: Config) -> Verdict:
    """Put the adapter into a Pod whose namespace asks for it; what does not fit is let alone."""
    return _mutated(request, Namespace(request.namespace, YES), config)


def checked(request: Request, config: Config) -> Verdict:
    """Look at what all webhooks together made of a Pod, and refuse what could not work."""
    pod = _new_pod(request)
    if pod is None:
        return verdict.allow(Outcome.NOT_CONCERNED)
    where = Namespace(request.namespace)
    found = problems(pod, where, config)
    version = texts(pod, "metadata", "annotations").get(names.INJECTION_FAILED)
    if version is not None and findings.codes(found) == (Reason.ADAPTER_MISSING.code,):
        return Verdict(Outcome.FAILED, notice=findings.failure(version))
    if found:
        return _spoiled(pod, found, config)
    return Verdict(Outcome.ACCEPTED, notice=_notice(pod, where, config))


def advised(request: Request, config: Config) -> Verdict:
    """Say what will become of the Pods of a workload: only a ReplicaSet's events would, later."""
    return _advised(request, Namespace(request.namespace), config)


def advised_by_namespace(request: Request, config: Config) -> Verdict:
    """Say what will become of the Pods of a workload whose namespace asks for them."""
    return _advised(request, Namespace(request.namespace, YES), config)


def _advised(request: Request, where: Namespace, config: Config) -> Verdict:
    if request.sub_resource or request.kind.kind not in WORKLOADS or request.object is None:
        return verdict.allow(Outcome.NOT_CONCERNED)
    made = [
        line
        for template in templates(request.object)
        for sentence in _foreseen(template, where, config)
        for line in findings.lines(sentence)
    ]
    return verdict.allow(Outcome.ACCEPTED).with_warnings(made)


def _mutated(request: Request, where: Namespace, config: Config) -> Verdict:
    pod = _new_pod(request)
    if pod is None:
        return verdict.allow(Outcome.NOT_CONCERNED)
    decided = decide(pod, where, config)
    if isinstance(decided, Inject):
        made = _patched(pod, decided, config)
        return made if made.outcome is not Outcome.MENDED else _explained(made, pod, where, config)
    if isinstance(decided, Deny) and where.inject is None:
        return findings.refused(decided.findings)
    made = findings.skipped(decided.findings)
    if where.inject is None or findings.is_unsurprising(decided.findings):
        return made  # checked() tells of the former, once the Pod has a name and a uid
    return replace(made, notice=findings.omission(decided.findings))


def _patched(pod: Fields, decided: Inject, config: Config) -> Verdict:
    operations = patch(pod, inject(pod, decided.chosen, config))
    told = [line for one in decided.warnings for line in findings.lines(str(one))]
    if not operations:
        return verdict.allow(Outcome.UNCHANGED).with_warnings(told)
    outcome = Outcome.MENDED if decided.again else Outcome.INJECTED
    return Verdict(outcome, patch=msgspec.json.encode(operations)).with_warnings(told)


def _spoiled(pod: Fields, found: tuple[Finding, ...], config: Config) -> Verdict:
    """Refuse a Pod, unless it may start all the same and only other webhooks are to blame."""
    others_did = all(one.reason.outcome == reasons.BROKEN for one in found)
    chosen, _ = choices.chosen(pod, config)
    if others_did and chosen.lets_broken_start:
        return findings.tolerated(found)
    return findings.refused(found)


def _explained(made: Verdict, pod: Fields, where: Namespace, config: Config) -> Verdict:
    """Say what another webhook did: if it does so once more, the API server will not tell why."""
    found = problems(pod, where, config)
    if not found:
        return made
    told = [line for one in found for line in findings.lines(f"mended once: {one}")]
    return replace(made, notice=findings.mended(found)).with_warnings(told)


def _notice(pod: Fields, where: Namespace, config: Config) -> Notice | None:
    decided = decide(pod, where, config)
    mark = pods.mark(pod)
    if mark is not None and pods.named(pod, names.ADAPTER_CONTAINER):
        warnings = decided.warnings if isinstance(decided, Inject) else ()
        return findings.success(mark, warnings)
    if isinstance(decided, Skip) and not findings.is_unsurprising(decided.findings):
        return findings.omission(decided.findings)
    return None


def _foreseen(template: Template, where: Namespace, config: Config) -> Iterator[str]:
    decided = decide(template.pod, where, config)
    path = template.field.rstrip(".")
    if isinstance(decided, Deny):
        yield from _each(f"{path}: its Pods will be refused", decided.findings)
    elif isinstance(decided, Inject):
        yield from _each(path, decided.warnings)
    elif not findings.is_unsurprising(decided.findings):
        yield from _each(f"{path}: its Pods will not get the adapter", decided.findings)


def _each(start: str, found: tuple[Finding, ...]) -> Iterator[str]:
    for one in found:
        yield f"{start}: {one}"


def _new_pod(request: Request) -> Fields | None:
    """Return the Pod that is being created; nothing else about Pods is ours to change."""
    is_new = request.operation == "CREATE" and not request.sub_resource
    is_pod = (request.kind.group, request.kind.kind) == ("", POD)
    return request.object if is_new and is_pod else None
