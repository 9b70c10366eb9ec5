"""Decides whether a Pod gets the adapter: a pure function, the same wherever it is asked."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from adapter.injection import annotations, choices, pods, server
from adapter.injection.chosen import Chosen
from adapter.injection.config import Config, Namespace
from adapter.injection.reasons import Finding, Reason, found, quoted
from kinds import names
from kinds.reading import Fields, text, texts, within

YES, NO = "true", "false"


@dataclass(frozen=True)
class Inject:
    """The Pod gets the adapter."""

    chosen: Chosen
    warnings: tuple[Finding, ...] = ()
    again: bool = False
    """Whether it has one already, which is then only looked after."""


@dataclass(frozen=True)
class Skip:
    """The Pod is left as it is."""

    findings: tuple[Finding, ...]


@dataclass(frozen=True)
class Deny:
    """The Pod asks for what cannot be: every reason at once."""

    findings: tuple[Finding, ...]


Decision = Inject | Skip | Deny


def decide(pod: Fields, namespace: Namespace, config: Config) -> Decision:
    """Return what is to happen with a Pod, or with the template of one; touch nothing."""
    if config.excludes(namespace.name):
        return Skip((found(Reason.EXCLUDED_NAMESPACE, namespace=namespace.name),))
    unwilling = _unwilling(pod, namespace) or next(_unfit(pod), None)
    if unwilling is not None:
        return Skip((unwilling,))
    decided = _inspected(pod, config)
    if isinstance(decided, Deny) and not asks(pod):
        return Skip(decided.findings)  # only the namespace asked, and it meant the others
    return decided


def asks(pod: Fields) -> bool:
    """Say whether the Pod itself wants the adapter."""
    return YES in _words(pod).values()


def _words(pod: Fields) -> dict[str, str]:
    """Return where in the Pod something is said, and what."""
    return {
        f"the Pod's {kind}": said[names.INJECT]
        for kind in ("label", "annotation")
        if names.INJECT in (said := texts(pod, "metadata", f"{kind}s"))
    }


def _unwilling(pod: Fields, namespace: Namespace) -> Finding | None:
    """Return why nobody wants the adapter here.

    The Pod's no comes before the namespace's no, that before the Pod's yes, that before the
    namespace's yes.
    """
    said = _words(pod)
    for where, word in said.items():
        if word == NO:
            return found(Reason.POD_DECLINES, where=where)
    if namespace.inject == NO:
        return found(Reason.NAMESPACE_DECLINES, namespace=namespace.name)
    for where, word in said.items():
        if word != YES:
            return found(Reason.UNKNOWN_VALUE, where=where, value=quoted(word))
    return None if said else _unwilling_namespace(pod, namespace)


def _unwilling_namespace(pod: Fields, namespace: Namespace) -> Finding | None:
    if namespace.inject is None:
        return found(Reason.NOT_ASKED)
    if namespace.inject != YES:
        where = f"the label of namespace {namespace.name}"
        return found(Reason.UNKNOWN_VALUE, where=where, value=quoted(namespace.inject))
    given = texts(pod, "metadata", "annotations")
    if names.CONTAINER_CHOICE in given or names.COMMAND_CHOICE in given:
        return None
    return found(Reason.NOTHING_NAMED)


def _unfit(pod: Fields) -> Iterator[Finding]:
    """Yield what puts a Pod out of our reach."""
    if names.MIRROR in texts(pod, "metadata", "annotations"):
        yield found(Reason.MIRROR_POD)
    if within(pod, "spec", "hostNetwork") is True:
        yield found(Reason.HOST_NETWORK)
    system = text(pod, "spec", "os", "name")
    if "windows" in (system, texts(pod, "spec", "nodeSelector").get("kubernetes.io/os")):
        yield found(Reason.WINDOWS)
    phase = text(pod, "status", "phase")
    if phase not in ("", "Pending"):
        yield found(Reason.NOT_PENDING, phase=phase)


def _inspected(pod: Fields, config: Config) -> Inject | Deny:
    chosen, mistakes = choices.chosen(pod, config)
    before = pods.traces(pod)
    place = server.container(pod, chosen.container, before)
    if isinstance(place, Finding):
        return Deny((*mistakes, place))
    command = server.command(place, chosen.command)
    if isinstance(command, Finding):
        mistakes = _with(mistakes, command)
    if before is None:
        mistakes = [*mistakes, *server.refusals(pod, place, chosen)]
    if mistakes or isinstance(command, Finding):
        return Deny(tuple(mistakes))
    whole = replace(chosen, container=text(place.container, "name"), command=command)
    warnings = server.warnings(pod, place, whole, annotations.unknown(pod))
    again = before is not None and bool(pods.named(pod, names.ADAPTER_CONTAINER))
    return Inject(whole, tuple(warnings), again)


def _with(mistakes: list[Finding], finding: Finding) -> list[Finding]:
    """Add the want of a command, unless the annotation for it is there and only misspelled."""
    is_there = any(names.COMMAND_CHOICE in one.sentence for one in mistakes)
    return mistakes if is_there else [*mistakes, finding]
