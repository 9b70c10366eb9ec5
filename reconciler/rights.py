"""Exactly what the reconciler may do, as rules of RBAC: what a chart has to grant, and no more."""

from collections.abc import Iterable, Mapping
from typing import Any

from adapter.injection.installation import AUTO
from cluster import events, nodes, owners
from reconciler import (
    certificate,
    hand,
    install_key,
    leading,
    leftovers,
    permission,
    referred,
    shelves,
    survey,
)
from reconciler.exposure import workloads
from reconciler.settings import Settings

Rule = Mapping[str, Any]


def in_namespaces(*, expose: bool = False) -> list[dict[str, Any]]:
    """Return what is needed in every namespace with servers: by Roles, or by a ClusterRole."""
    modules = (shelves, hand, leftovers, referred, survey, owners, events)
    rules: list[Rule] = [rule for module in modules for rule in module.RIGHTS]
    rules += workloads.RIGHTS if expose else ()
    return _merged(rules)


def at_home(chosen: Settings) -> list[dict[str, Any]]:
    """Return what is needed in our own namespace."""
    rules: list[Rule] = [*install_key.RIGHTS, *events.RIGHTS]
    rules += leading.RIGHTS if chosen.leader_elect else ()
    secret = chosen.certificate_secret
    rules += certificate.RIGHTS_AT_HOME if secret is not None else ()
    return _merged(rules)


def in_cluster(chosen: Settings) -> list[dict[str, Any]]:
    """Return what is needed in the whole cluster; none of it when some namespaces are watched,
    apart from what the certificate and the metrics need."""
    rules: list[Rule] = []
    if not chosen.watch_namespaces:
        rules += survey.RIGHTS_EVERYWHERE
        rules += nodes.RIGHTS if chosen.native_sidecars == AUTO else ()
    if chosen.certificate_secret is not None:
        rules += certificate.rights(chosen.configuration)
    if chosen.metrics_bind_address is not None and chosen.metrics_secure:
        rules += permission.RIGHTS
    return _merged(rules)


def _merged(rules: Iterable[Rule]) -> list[dict[str, Any]]:
    """Return the same rights in fewer rules: one for all resources that allow the same verbs."""
    verbs: dict[tuple[str, str, tuple[str, ...]], set[str]] = {}
    for rule in rules:
        for group in rule["apiGroups"]:
            for resource in rule["resources"]:
                key = (group, resource, tuple(rule.get("resourceNames", ())))
                verbs.setdefault(key, set()).update(rule["verbs"])
    together: dict[tuple[str, tuple[str, ...], tuple[str, ...]], list[str]] = {}
    for (group, resource, only), allowed in sorted(verbs.items()):
        together.setdefault((group, tuple(sorted(allowed)), only), []).append(resource)
    return [
        {"apiGroups": [group], "resources": resources, "verbs": list(allowed)}
        | ({"resourceNames": list(only)} if only else {})
        for (group, allowed, only), resources in together.items()
    ]
