"""Puts together what injects: an installation's choices, its nodes, and who writes Events."""

import logging
from collections.abc import Callable, Mapping
from functools import partial
from importlib.metadata import version
from socket import gethostname
from threading import Thread

from adapter.injection.installation import AUTO, ON
from cluster import pod
from cluster.client import Client
from cluster.errors import Misconfigured
from cluster.events import Recorder
from cluster.nodes import Nodes
from cluster.owners import Owners
from telemetry.metrics import Metrics
from webhook.events import Teller
from webhook.injector import Injector
from webhook.settings import Settings

log = logging.getLogger(__name__)

OWN_NAMESPACE = "kmcp-system"
"""Where kmcp runs when nobody says otherwise, and it is not in a Pod."""


def injecting(
    chosen: Settings, client: Client | None, environment: Mapping[str, str], metrics: Metrics
) -> Injector:
    """Return what decides about Pods; nothing here waits for the cluster."""
    config = chosen.config(version("kmcp"), own_namespace(chosen, environment))
    form = is_native(chosen.native_sidecars, client)
    if client is None:
        return Injector(config, form)
    recorder = Recorder(client, environment.get("POD_NAME") or gethostname(), "Inject")
    _count(recorder, metrics)
    return Injector(config, form, Teller(recorder, Owners(client)))


def _count(recorder: Recorder, metrics: Metrics) -> None:
    """Have figures say how many Events were written, and why others were not."""
    sentence = "Events by what became of them since the start"
    figure = metrics.gauge("kmcp_webhook_events", sentence, ["result"])
    for result in recorder.counts():
        figure.labels(result).set_function(partial(_counted, recorder, result))


def _counted(recorder: Recorder, result: str) -> float:
    return recorder.counts()[result]


def own_namespace(chosen: Settings, environment: Mapping[str, str]) -> str:
    """Return where kmcp itself runs."""
    if found := chosen.namespace or environment.get("POD_NAMESPACE"):
        return found
    inside = pod.here()
    if inside is None:
        return OWN_NAMESPACE
    try:
        return inside.namespace()
    except Misconfigured as error:  # a Pod without a token
        log.warning("not told where kmcp runs", extra={"reason": str(error)})
        return OWN_NAMESPACE


def is_native(choice: str, client: Client | None) -> Callable[[], bool]:
    """Return what says whether native sidecars can be used.

    When it is unknown they are not: the plain form works on every node, while a Pod with a native
    sidecar would hang for ever on a kubelet that takes it for a plain init container.
    """
    if choice != AUTO or client is None:
        return lambda: choice == ON
    nodes = Nodes(client)
    Thread(target=nodes.native_sidecars, name="nodes", daemon=True).start()  # before anybody waits
    return lambda: nodes.native_sidecars().native is True
