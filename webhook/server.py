"""Put the parts together: probes first, then a certificate, then the port, until SIGTERM."""

import logging
import os
import signal
import ssl
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from types import FrameType

from cluster.connection import connect
from cluster.errors import ClusterError
from telemetry import logs
from telemetry.listening import Address, bound, listen, near
from telemetry.memory import give_back, settle
from telemetry.metrics import Metrics
from telemetry.probes import Check, Probes
from webhook.app import Limits, Route, create_app
from webhook.certificate import ApiSecret, Files, ServingCertificate, Source
from webhook.published import Published
from webhook.readiness import handshake_check
from webhook.service import Service
from webhook.settings import Settings, settings
from webhook.worker import AdmissionWorker, run

log = logging.getLogger(__name__)

STALLED_SECONDS = 30.0
"""The loop comes round every second; when it has not for so long, only a restart helps."""

Routes = Callable[[Settings, Metrics, ExitStack], Mapping[str, Route]]
"""Takes what is to be done at the end as well, however that comes about."""


@dataclass
class Stage:
    """How far the program has come, which is what the probes report."""

    certificate: ServingCertificate
    address: Address | None = None
    worker: AdmissionWorker | None = None

    def is_stalled(self) -> str | None:
        """Say for how long nothing has been accepted, if it is too long."""
        idle = time.monotonic() - self.worker.turned if self.worker else 0.0
        return f"nothing accepted for {idle:.0f} s" if idle > STALLED_SECONDS else None

    def is_stopping(self) -> str | None:
        """Say that requests should go elsewhere, if they should."""
        return "SIGTERM has come" if self.worker and self.worker.is_stopping else None

    def has_no_certificate(self) -> str | None:
        """Say why there is nothing to serve, if there is nothing."""
        return None if self.certificate.context else self.certificate.problem

    def context(self) -> ssl.SSLContext:
        """Return what a new connection shakes hands with."""
        assert self.certificate.context is not None
        return self.certificate.context


def main(words: Sequence[str], environment: Mapping[str, str], routes: Routes) -> int:
    """Run the webhook with these flags and return its exit code."""
    signal.signal(signal.SIGTERM, _leave)  # nothing is served yet, so nothing has to finish
    chosen = settings(words, environment)
    give_back()
    logs.configure(chosen.log_level)
    try:
        return serve(chosen, routes)
    except (OSError, ClusterError) as error:
        log.critical("cannot start", extra={"reason": str(error)})
        return 1


def serve(chosen: Settings, routes: Routes) -> int:
    """Answer *routes* until SIGTERM and return the exit code."""
    metrics = Metrics()
    with ExitStack() as endings:
        left = _served(chosen, routes(chosen, metrics, endings), metrics)
    if left:
        log.warning("gave up on unfinished requests", extra={"connections": left})
        _exit_without_waiting()
    log.info("stopped")
    return 0


def _served(chosen: Settings, answers: Mapping[str, Route], metrics: Metrics) -> int:
    """Serve, and return how many connections had not finished when time was up."""
    stage = Stage(ServingCertificate(source(chosen), chosen.tls_min_version))
    metrics.reading(
        "kmcp_webhook_cert_expiry_seconds",
        "When the serving certificate ends, in Unix time; 0 while there is none.",
        lambda: stage.certificate.expires,
    )
    _open_probes(chosen, stage)
    app = create_app(answers, Limits(body=chosen.body_limit), metrics)
    settle()
    stage.certificate.watch(chosen.certificate_poll)
    stage.certificate.loaded.wait()
    with listen(chosen.bind) as listener:
        stage.worker = AdmissionWorker(Service(app, chosen), listener, stage.context)
        stage.address = near(bound(listener))
        log.info("listening", extra={"what": "admission", "address": str(bound(listener))})
        return run(stage.worker)


def source(chosen: Settings) -> Source:
    """Return where the certificate comes from."""
    if chosen.certificate_secret is not None:
        api = connect(chosen.kubeconfig, chosen.context)
        return ApiSecret(api, chosen.certificate_secret)
    assert chosen.certificate_file is not None
    assert chosen.key_file is not None
    assert chosen.ca_file is not None
    return Files(chosen.certificate_file, chosen.key_file, chosen.ca_file)


def _open_probes(chosen: Settings, stage: Stage) -> None:
    if chosen.probes is None:
        return
    live: dict[str, Check] = {"loop": stage.is_stalled}
    ready: dict[str, Check] = {
        "stopping": stage.is_stopping,
        "certificate": stage.has_no_certificate,
        "tls": handshake_check(lambda: stage.address, _bundles(chosen, stage), chosen.server_name),
    }
    probes = Probes(chosen.probes, live, ready)
    probes.start()
    log.info("listening", extra={"what": "probes", "address": str(probes.address)})


def _bundles(chosen: Settings, stage: Stage) -> Callable[[], Sequence[bytes]]:
    """Return what reads the bundles by which the API server knows us, as far as we may look."""
    if chosen.configuration is not None:
        return Published(connect(chosen.kubeconfig, chosen.context), chosen.configuration).bundles
    return lambda: [stage.certificate.bundle]


def _leave(sig: int, frame: FrameType | None) -> None:  # noqa: ARG001 - a signal handler's signature
    sys.exit(0)


def _exit_without_waiting() -> None:
    """End now: a thread that is still busy would hold up an orderly end for ever."""
    logging.shutdown()
    os._exit(1)
