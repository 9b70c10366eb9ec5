"""When the API server asks about Pods and their workloads: as seldom as can be, and never about us.

A Pod that does not name our key, or that is in a namespace of Kubernetes or ours, never comes here.
"""

from dataclasses import dataclass
from typing import Any

from kinds import names

MUTATE_PODS = "/mutate/pods"
MUTATE_PODS_BY_NAMESPACE = "/mutate/pods/by-namespace"
VALIDATE_PODS = "/validate/pods"
VALIDATE_WORKLOADS = "/validate/workloads"
VALIDATE_WORKLOADS_BY_NAMESPACE = "/validate/workloads/by-namespace"

POD = "object"
TEMPLATE = "object.spec.template"
JOB_TEMPLATE = "object.spec.jobTemplate.spec.template"

Entry = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Scope:
    """Which Pods are our business, and what happens to them when we do not answer."""

    own_namespace: str
    excluded_namespaces: tuple[str, ...] = ()
    failure_policy: str = "Ignore"
    """Ignore lets Pods start without their adapter; Fail has them wait for us."""
    timeout_seconds: int = 5


def _says(owner: str, kind: str, key: str) -> str:
    return f"(has({owner}.metadata.{kind}) && '{key}' in {owner}.metadata.{kind})"


def _names_key(owner: str) -> str:
    return " || ".join(_says(owner, kind, names.INJECT) for kind in ("labels", "annotations"))


def _annotated(owner: str, *keys: str) -> str:
    return " || ".join(_says(owner, "annotations", key) for key in keys)


def _names_server(owner: str) -> str:
    return _annotated(owner, names.CONTAINER_CHOICE, names.COMMAND_CHOICE)


ASKS: Entry = {"name": "names-our-key", "expression": _names_key(POD)}
"""Whatever its value: one that is not understood has to be told."""
ASKS_NOTHING: Entry = {"name": "leaves-it-to-its-namespace", "expression": f"!({_names_key(POD)})"}
NAMES_A_SERVER: Entry = {"name": "names-a-server", "expression": _names_server(POD)}
CONCERNED: Entry = {
    "name": "asks-or-was-injected",
    "expression": f"{_names_key(POD)} || {_annotated(POD, names.INJECTED)}",
}
NOT_MADE_BY_OTHERS: Entry = {
    "name": "is-what-somebody-applied",
    "expression": "!has(object.metadata.ownerReferences)",
}
"""A Deployment's ReplicaSets and a CronJob's Jobs say nothing new, and nobody would hear it."""
WORKLOADS: dict[str, tuple[str, ...]] = {
    "apps": ("deployments", "statefulsets", "daemonsets", "replicasets"),
    "": ("replicationcontrollers",),
    "batch": ("jobs",),
}


def mutating(scope: Scope) -> list[tuple[Entry, str]]:
    """Return the entries that change Pods, each with the path that it leads to."""
    pods = [_rule("", "pods", "CREATE")]
    more: Entry = {"reinvocationPolicy": "IfNeeded"}
    own_word: Entry = {"matchConditions": [ASKS], **_where(scope), **more}
    by_namespace: Entry = {
        "matchConditions": [ASKS_NOTHING, NAMES_A_SERVER],
        **_where(scope, asking=True),
        **more,
    }
    return [
        (_entry("inject.pods.kmcp.dev", scope, pods, own_word), MUTATE_PODS),
        (
            _entry("inject-by-namespace.pods.kmcp.dev", scope, pods, by_namespace),
            MUTATE_PODS_BY_NAMESPACE,
        ),
    ]


def validating(scope: Scope) -> list[tuple[Entry, str]]:
    """Return the entries that look at Pods and workloads, each with its path."""
    pods = [_rule("", "pods", "CREATE")]
    workloads = [
        _rule(group, resource, "CREATE", "UPDATE")
        for group, resources in WORKLOADS.items()
        for resource in resources
    ]
    cron_jobs = [_rule("batch", "cronjobs", "CREATE", "UPDATE")]
    checked: Entry = {"matchConditions": [CONCERNED], **_where(scope)}
    made = [(_entry("checks.pods.kmcp.dev", scope, pods, checked), VALIDATE_PODS)]
    for name, rules, template in (
        ("workloads", workloads, TEMPLATE),
        ("cronjobs", cron_jobs, JOB_TEMPLATE),
    ):
        own_word = _advice(template, _names_key(template)) | _where(scope)
        leaves_it = f"!({_names_key(template)}) && ({_names_server(template)})"
        by_namespace = _advice(template, leaves_it) | _where(scope, asking=True)
        named = f"{name}.kmcp.dev"
        made += [
            (_entry(f"advice.{named}", scope, rules, own_word), VALIDATE_WORKLOADS),
            (
                _entry(f"advice-by-namespace.{named}", scope, rules, by_namespace),
                VALIDATE_WORKLOADS_BY_NAMESPACE,
            ),
        ]
    return made


def _advice(template: str, asks: str) -> Entry:
    """Return what has us asked about templates that ask in these words, when they are new."""
    old = template.replace("object", "oldObject", 1)
    asks = f"has({template}) && has({template}.metadata) && ({asks})"
    changes = f"oldObject == null || !has({old}) || {template} != {old}"
    conditions = [
        NOT_MADE_BY_OTHERS,
        {"name": "template-asks", "expression": asks},
        {"name": "template-is-new", "expression": changes},
    ]
    return {"matchConditions": conditions, "failurePolicy": "Ignore"}


def _where(scope: Scope, *, asking: bool = False) -> Entry:
    """Return the selectors: a namespace that says no is left out, as its no comes first."""
    left_out = [*names.SYSTEM_NAMESPACES, scope.own_namespace, *scope.excluded_namespaces]
    word = ("In", "true") if asking else ("NotIn", "false")
    return {
        "namespaceSelector": {
            "matchExpressions": [
                {
                    "key": "kubernetes.io/metadata.name",
                    "operator": "NotIn",
                    "values": list(dict.fromkeys(left_out)),
                },
                {"key": names.INJECT, "operator": word[0], "values": [word[1]]},
            ]
        },
        "objectSelector": {
            "matchExpressions": [{"key": names.COMPONENT, "operator": "DoesNotExist"}]
        },
    }


def _rule(group: str, resource: str, *operations: str) -> Entry:
    return {
        "apiGroups": [group],
        "apiVersions": ["v1"],
        "operations": list(operations),
        "resources": [resource],
        "scope": "Namespaced",
    }


def _entry(name: str, scope: Scope, rules: list[Entry], more: Entry) -> Entry:
    return {
        "name": name,
        "rules": rules,
        "matchPolicy": "Equivalent",
        "failurePolicy": scope.failure_policy,
        "sideEffects": "NoneOnDryRun",  # Events
        "timeoutSeconds": scope.timeout_seconds,
        "admissionReviewVersions": ["v1"],
        **more,
    }
