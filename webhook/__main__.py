"""Start the webhook: `python -m webhook --help`."""

import logging
import os
import sys
from collections.abc import Mapping
from contextlib import ExitStack
from importlib.metadata import version

from cluster.client import Client
from cluster.connection import connect
from cluster.errors import Misconfigured
from kinds.defaults import Runners
from kinds.policy import Policy
from kinds.schema import spec_fits
from telemetry.metrics import Metrics
from webhook.admission import House
from webhook.app import Route
from webhook.injecting import injecting
from webhook.journal import Journal
from webhook.routes import Desk, routes
from webhook.server import main
from webhook.settings import Settings

log = logging.getLogger("webhook")


def answers(chosen: Settings, metrics: Metrics, endings: ExitStack) -> Mapping[str, Route]:
    """Return the function behind each path, as the administrator chose."""
    spec_fits()  # built once, and not while the first request waits
    journal = Journal(metrics, version("kmcp"))
    asked = client(chosen)
    injector = injecting(chosen, asked, os.environ, metrics) if chosen.adapter_image else None
    if injector is not None:
        endings.callback(injector.close)
    return routes(Desk(house(chosen), journal, asked, injector=injector))


def house(chosen: Settings) -> House:
    """Return the choices that decide about MCPServers."""
    policy = Policy(
        registries=chosen.allowed_registries,
        forbid_host_path=chosen.host_path == "deny",
        forbid_privileged=chosen.privileged == "deny",
    )
    runners = Runners(npx=chosen.npx_image, uvx=chosen.uvx_image)
    return House(policy, runners, chosen.requester)


def client(chosen: Settings) -> Client | None:
    """Return what asks the cluster; without one, only rights that must be known are missed."""
    try:
        return Client(connect(chosen.kubeconfig, chosen.context))
    except Misconfigured as error:
        if chosen.requester == "deny":
            raise
        log.warning("asking nothing of the cluster", extra={"reason": str(error)})
        return None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], os.environ, answers))
