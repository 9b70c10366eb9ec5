"""The status of an MCPServer: what is true of it, in conditions that people can act on."""

from datetime import UTC, datetime

from kinds import transport
from kinds.reading import Fields, fields, items, number, text, texts
from reconciler import words
from reconciler.adoption import Owner, owner
from reconciler.conditions import TYPES, Condition, before, conditions
from reconciler.config import Config
from reconciler.manifests import metadata, ports
from reconciler.observed import Observed, Outcome

MOST_CONDITIONS = 8


def status(
    server: Fields, observed: Observed, outcome: Outcome, config: Config, now: datetime
) -> Fields:
    """Return the whole status; it equals server["status"] when nothing is new.

    The server has its defaults filled in. *observed* is the world after the pass. *now* is when a
    condition changes that does.
    """
    told = [_told(server, one, now) for one in conditions(server, observed, outcome)]
    others = [
        one for _, one in items(server, "status", "conditions") if text(one, "type") not in TYPES
    ]
    return {
        "observedGeneration": number(server, "metadata", "generation") or 0,
        "conditions": [*told, *others][:MOST_CONDITIONS],
        **(_kept(server) if outcome.problems else _address(server, config)),
        **_scale(server, observed),
    }


def _told(server: Fields, condition: Condition, now: datetime) -> Fields:
    """Return a condition as it is written; since when, is kept while its status is the same."""
    earlier = before(server, condition.type)
    is_same = earlier.get("status") == condition.status
    since = text(earlier, "lastTransitionTime") if is_same else ""
    generation = number(server, "metadata", "generation") or 0
    of = generation if condition.is_current else number(earlier, "observedGeneration") or 0
    return {
        "type": condition.type,
        "status": condition.status,
        "reason": condition.reason,
        "message": words.message(condition.message, server),
        "lastTransitionTime": since or now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "observedGeneration": of,
    }


def _address(server: Fields, config: Config) -> Fields:
    """Return where clients in the cluster find the server."""
    name, namespace = text(server, "metadata", "name"), text(server, "metadata", "namespace")
    host = f"{name}.{namespace}.svc.{config.adapter.cluster_domain}"
    path = ports.path(server, config)
    return {
        "url": f"http://{host}:{ports.service_port(server)}{path}",
        "transport": transport.transport(fields(server.get("spec"))),
    }


def _kept(server: Fields) -> Fields:
    """Return the address of the version that goes on, when the newest cannot be understood."""
    found = fields(server.get("status"))
    return {key: found[key] for key in ("url", "transport") if key in found}


def _scale(server: Fields, observed: Observed) -> Fields:
    """Return what autoscalers read."""
    live = observed.deployment
    if live is not None and owner(live, server) is Owner.OTHERS:
        live = None
    selected = texts(live, "spec", "selector", "matchLabels") or metadata.selector(server)
    return {
        "replicas": number(live, "status", "replicas") or 0,
        "selector": ",".join(f"{key}={value}" for key, value in sorted(selected.items())),
    }
