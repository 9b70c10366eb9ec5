"""Routes that only tests have, on the product's own stack: slow ones, large ones, broken ones."""

import logging
import os
import sys
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path

from telemetry.metrics import Metrics
from webhook import worker
from webhook.admission import House
from webhook.app import Reply, Route
from webhook.journal import Journal
from webhook.routes import Desk
from webhook.routes import routes as real_routes
from webhook.server import main
from webhook.settings import Settings

log = logging.getLogger(__name__)

LARGE = 64 * 2**20
"""More than the buffers of two sockets hold."""


def slow(body: bytes, deadline: float) -> Reply:  # noqa: ARG001 - waits for the test instead
    """Answer once somebody writes into the pipe that the body names."""
    log.info("slow request began")
    return Reply(200, Path(body.decode()).read_bytes())


def large(body: bytes, deadline: float) -> Reply:  # noqa: ARG001 - answers anybody
    """Answer with more than a client that does not read can be sent."""
    return Reply(200, bytes(LARGE))


def broken(body: bytes, deadline: float) -> Reply:
    """Fail as code with a mistake does."""
    raise RuntimeError(f"secret detail about {len(body)} bytes until {deadline}")


def routes(_: Settings, metrics: Metrics, __: ExitStack) -> Mapping[str, Route]:
    """Return the product's routes and ours."""
    real = real_routes(Desk(House(), Journal(metrics, "trial")))
    return {**real, "/slow": slow, "/large": large, "/broken": broken}


if __name__ == "__main__":
    worker.LAST_REQUEST_SECONDS = 60.0  # tests say hello to one client after the other
    sys.exit(main(sys.argv[1:], os.environ, routes))
