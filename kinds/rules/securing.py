"""Rules about users and privileges: settings that contradict each other."""

from collections.abc import Iterator

from kinds import reading
from kinds.problems import Problem, missing, wrong
from kinds.reading import Fields, fields, within
from kinds.rules.rule import Cel, Rule

DEPLOYMENT = "spec.deployment"
POD = f"{DEPLOYMENT}.podSecurityContext"
ADAPTER = f"{DEPLOYMENT}.initContainer.securityContext"
NOT_ROOT = "runAsNonRoot is true, and 0 is root: name another user, or set runAsNonRoot: false"
NO_ESCALATION = "a privileged container may always escalate: remove one of the two"
PROFILES = ("seccompProfile", "appArmorProfile")


def who_may_not_be_root_is_not(server: Fields) -> Iterator[Problem]:
    """The kubelet would refuse to start it; what a container does not say, its Pod says."""
    pod = fields(within(server, *POD.split(".")))
    for place, context in _contexts(server):
        # The adapter is never root, whatever the Pod says.
        layers = [(place, context)] if place == ADAPTER else [(place, context), (POD, pod)]
        if _first(layers, "runAsNonRoot")[1] is True and _is_zero(_first(layers, "runAsUser")[1]):
            yield wrong(f"{_first(layers, 'runAsUser')[0]}.runAsUser", 0, NOT_ROOT)


def privileged_means_escalation(server: Fields) -> Iterator[Problem]:
    """The API server refuses a privileged container that may not escalate."""
    for place, context in _contexts(server):
        if context.get("privileged") is True and context.get("allowPrivilegeEscalation") is False:
            yield wrong(f"{place}.allowPrivilegeEscalation", False, NO_ESCALATION)


def profiles_name_their_file(server: Fields) -> Iterator[Problem]:
    """A profile of the node's own has a name, and only such a one has."""
    for place, context in [*_contexts(server), (POD, fields(within(server, *POD.split("."))))]:
        for kind in PROFILES:
            profile = fields(context.get(kind))
            path = f"{place}.{kind}.localhostProfile"
            name = profile.get("localhostProfile")
            if profile.get("type") == "Localhost" and name in (None, ""):
                yield missing(path, "name the profile on the node, or choose RuntimeDefault")
            elif profile.get("type") in ("RuntimeDefault", "Unconfined") and name is not None:
                yield wrong(path, name, "only the type Localhost has it: remove one of the two")


def _contexts(server: Fields) -> Iterator[tuple[str, Fields]]:
    """Yield the security context of every container, with its path."""
    deployment = fields(within(server, "spec", "deployment"))
    yield f"{DEPLOYMENT}.securityContext", fields(deployment.get("securityContext"))
    yield ADAPTER, fields(within(deployment, "initContainer", "securityContext"))
    for position, sidecar in reading.items(deployment, "sidecars"):
        path = f"{DEPLOYMENT}.sidecars[{position}].securityContext"
        yield path, fields(sidecar.get("securityContext"))


def _first(layers: list[tuple[str, Fields]], key: str) -> tuple[str, object]:
    """Return the innermost place where the setting is made, and what it is there."""
    said = ((place, context[key]) for place, context in layers if context.get(key) is not None)
    return next(said, ("", None))


def _is_zero(value: object) -> bool:
    return value == 0 and not isinstance(value, bool)


_SERVER, _POD = "self.securityContext", "self.podSecurityContext"
_SERVER_SAYS = {
    key: f"(has({_SERVER}) && has({_SERVER}.{key}) ? {_SERVER}.{key} == {value} : "
    f"has({_POD}) && has({_POD}.{key}) && {_POD}.{key} == {value})"
    for key, value in (("runAsNonRoot", "true"), ("runAsUser", "0"))
}
_NO_ESCALATION_CEL = (
    "!(has(self.privileged) && self.privileged && has(self.allowPrivilegeEscalation) && "
    "!self.allowPrivilegeEscalation)"
)

RULES = (
    Rule(
        who_may_not_be_root_is_not,
        (
            Cel(
                DEPLOYMENT,
                f"!({_SERVER_SAYS['runAsNonRoot']} && {_SERVER_SAYS['runAsUser']})",
                f"securityContext.runAsUser: {NOT_ROOT}",
            ),
            Cel(
                ADAPTER,
                "!(has(self.runAsNonRoot) && self.runAsNonRoot && has(self.runAsUser) && "
                "self.runAsUser == 0)",
                NOT_ROOT,
            ),
        ),
    ),
    Rule(
        privileged_means_escalation,
        tuple(
            Cel(at, _NO_ESCALATION_CEL, NO_ESCALATION)
            for at in (f"{DEPLOYMENT}.securityContext", ADAPTER)
        ),
    ),
    Rule(profiles_name_their_file),
)
