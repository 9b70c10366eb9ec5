"""The Service that a workload is to have, or why it cannot: pure functions from what is there."""

from dataclasses import dataclass

from adapter.injection import choices
from adapter.injection.annotations import EXPOSE
from kinds import names
from kinds.reading import Fields, fields, items, number, text, texts, within
from reconciler.config import Config
from reconciler.exposure.workloads import EXPOSES, controller
from reconciler.manifests.metadata import MANAGED_BY, MANAGED_BY_LABEL
from reconciler.manifests.service import PATH_ANNOTATION

YES, NO = "true", "false"
TEMPLATE = ("spec", "template")
ADAPTER_PORT = "mcp"
PORT_NAME = "http"


@dataclass(frozen=True)
class Refusal:
    """Why there is no Service for a workload that asks."""

    sentence: str


def word(workload: Fields) -> str | None:
    """Return what a workload's Pods say of a Service, as label or annotation; a no comes first."""
    said = [
        given[EXPOSE]
        for kind in ("labels", "annotations")
        if EXPOSE in (given := texts(workload, *TEMPLATE, "metadata", kind))
    ]
    return min(said, key=lambda one: (one != NO, one == YES), default=None)


def is_of(live: Fields, workload: Fields) -> bool:
    """Say whether a Service was made for this very workload."""
    uid = text(workload, "metadata", "uid")
    return was_made_here(live) and text(controller(live), "uid") == uid != ""


def was_made_here(live: Fields) -> bool:
    """Say whether a Service was made for any workload."""
    labels = texts(live, "metadata", "labels")
    return EXPOSES in labels and labels.get(MANAGED_BY_LABEL) == MANAGED_BY


def wish(
    workload: Fields, live: Fields | None, pod: Fields | None, config: Config
) -> Fields | Refusal:
    """Return the manifest for a workload that asks.

    *live* is its Service as it is now, *pod* one of its Pods that has its adapter.
    """
    template = fields(within(workload, *TEMPLATE))
    chosen, mistakes = choices.chosen(template, config.adapter)
    if mistakes:
        return Refusal("; ".join(str(one) for one in mistakes))
    selector = texts(workload, "spec", "selector", "matchLabels")
    if within(workload, "spec", "selector", "matchExpressions"):
        return Refusal("spec.selector.matchExpressions cannot be the selector of a Service")
    if not selector:
        return Refusal("spec.selector.matchLabels is empty, so a Service would select nothing")
    if pod is None and live is None:
        return Refusal(f'its Pods have no adapter: {names.INJECT}: "true" asks for one')
    is_chosen = names.PORT_CHOICE in texts(template, "metadata", "annotations")
    port = chosen.port if is_chosen else _port(live, pod) or chosen.port
    annotated = {} if chosen.path == names.MCP_PATH else {PATH_ANNOTATION: chosen.path}
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": _metadata(workload, annotated),
        "spec": {
            "type": "ClusterIP",
            "selector": selector,
            "sessionAffinity": "ClientIP",  # a session lives in one Pod
            "ports": [_service_port(port, config)],
        },
    }


def _metadata(workload: Fields, annotated: dict[str, str]) -> Fields:
    kind = text(workload, "kind")
    owner = {
        "apiVersion": text(workload, "apiVersion"),
        "kind": kind,
        "name": text(workload, "metadata", "name"),
        "uid": text(workload, "metadata", "uid"),
        "controller": True,
    }
    made: Fields = {
        "name": text(workload, "metadata", "name"),
        "namespace": text(workload, "metadata", "namespace"),
        "labels": {MANAGED_BY_LABEL: MANAGED_BY, EXPOSES: kind.lower()},
        "ownerReferences": [owner],
    }
    return {**made, "annotations": annotated} if annotated else made


def _service_port(port: int, config: Config) -> Fields:
    made: Fields = {"name": PORT_NAME, "protocol": "TCP", "port": port, "targetPort": port}
    return {**made, "appProtocol": config.app_protocol} if config.app_protocol else made


def _port(live: Fields | None, pod: Fields | None) -> int | None:
    """Return where the adapter listens: the webhook's own default is not known here."""
    for group in ("initContainers", "containers"):
        for _, one in items(pod, "spec", group):
            if one.get("name") != names.ADAPTER_CONTAINER:
                continue
            for _, port in items(one, "ports"):
                if port.get("name") == ADAPTER_PORT:
                    return number(port, "containerPort")
    return next((number(port, "port") for _, port in items(live, "spec", "ports")), None)
