"""The process: its ports, its candidacy, and what it does while it leads."""

import logging
import signal
import socket
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import replace
from importlib.metadata import version
from threading import Event
from types import FrameType

from adapter.injection.installation import AUTO, OFF
from cluster.client import Client
from cluster.connection import connect, namespace
from cluster.errors import ClusterError
from cluster.events import Recorder
from cluster.nodes import Nodes
from flags.options import complaining
from kinds.defaults import Runners
from reconciler.config import Config
from reconciler.exposition import Exposition
from reconciler.figures import Figures
from reconciler.leading import Alone, Elected, Term
from reconciler.permission import Permission
from reconciler.settings import PROGRAM, Settings, settings
from reconciler.term import Leader
from reconciler.tls import Contexts
from telemetry import logs, memory
from telemetry.listening import Address
from telemetry.metrics import Metrics
from telemetry.probes import Probes

log = logging.getLogger("reconciler")

STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT)
EXIT_FAILED = 1


class Installation:
    """What the installation says about servers; one part of it is looked up in the cluster."""

    def __init__(self, chosen: Settings, own_namespace: str, nodes: Nodes | None) -> None:
        """Ask *nodes* whether native sidecars run; without them, *chosen* says so."""
        self._chosen = chosen
        self._nodes = nodes
        adapter = chosen.config(version("kmcp"), own_namespace)
        self._configs = {
            native: Config(
                adapter=replace(adapter, native=native),
                runners=Runners(npx=chosen.npx_image, uvx=chosen.uvx_image),
                app_protocol=chosen.app_protocol,
                network_policy=chosen.network_policy,
            )
            for native in (True, False)
        }

    def config(self) -> Config:
        """Return it as it is now."""
        return self._configs[self._is_native()]

    def _is_native(self) -> bool:
        if self._nodes is None:
            return self._chosen.native_sidecars != OFF
        found = self._nodes.native_sidecars().native
        return True if found is None else found


class Process:
    """All that runs from start to stop."""

    def __init__(self, chosen: Settings) -> None:
        """Connect, and open the ports; raise ClusterError or OSError when that is not possible."""
        self._chosen = chosen
        self._client = Client(connect(chosen.kubeconfig, chosen.context))
        home = chosen.namespace or namespace(chosen.kubeconfig, chosen.context)
        identity = f"{socket.gethostname()}_{uuid.uuid4()}"
        self._figures = Figures(Metrics())
        self._client.connection.told = self._figures.note_request
        self._recorder = Recorder(self._client, identity, "Reconcile")
        self._figures.watch_events(self._recorder.counts)
        installation = Installation(chosen, home, self._nodes())
        self._leader = Leader(
            chosen, home, self._client, self._recorder, self._figures, installation.config
        )
        self._candidacy: Alone | Elected = (
            Elected(self._client, home, chosen.lease, identity) if chosen.leader_elect else Alone()
        )
        self._stop = Event()
        self._probes = self._opened_probes()
        self._exposition = self._opened_metrics()

    def run(self) -> None:
        """Work until a signal comes."""
        for one in STOP_SIGNALS:
            signal.signal(one, self._stopped)
        for what, port in (("probes", self._probes), ("metrics", self._exposition)):
            if port is not None:
                port.start()
                log.info("listening", extra={"what": what, "address": str(port.address)})
        self._say_what_is_off()
        memory.settle()
        try:
            self._candidacy.run(self._stop, self._lead)
        finally:
            self._recorder.close()

    def _stopped(self, number: int, frame: FrameType | None) -> None:
        del number, frame
        self._stop.set()

    def _lead(self, term: Term) -> None:
        self._figures.leading.set(1)
        try:
            self._leader.serve(term)
        finally:
            self._figures.leading.set(0)

    def _nodes(self) -> Nodes | None:
        looks = self._chosen.native_sidecars == AUTO and not self._chosen.watch_namespaces
        return Nodes(self._client) if looks else None

    def _opened_probes(self) -> Probes | None:
        where = self._chosen.health_probe_bind_address
        if where is None:
            return None
        return Probes(where, live={"loop": self._leader.hung}, ready={"work": self._unready})

    def _unready(self) -> str | None:
        """Return why we neither work nor could take over."""
        return self._leader.unready() if self._leader.is_serving else self._candidacy.problem()

    def _opened_metrics(self) -> Exposition | None:
        where: Address | None = self._chosen.metrics_bind_address
        content = self._figures.metrics.exposition
        if where is None:
            return None
        if not self._chosen.metrics_secure:
            return Exposition(where, content)
        context = Contexts(self._chosen).current
        return Exposition(where, content, context, Permission(self._client).verdict)

    def _say_what_is_off(self) -> None:
        """Tell an administrator what Roles alone do not allow."""
        if not self._chosen.watch_namespaces:
            return
        off = ["labels of namespaces do not count when uninjected Pods are looked for"]
        if self._chosen.native_sidecars == AUTO:
            off.append("Nodes are not looked at: native sidecars are taken for granted")
        if self._chosen.metrics_bind_address is not None and self._chosen.metrics_secure:
            off.append("metrics need the right to create TokenReviews and SubjectAccessReviews")
        namespaces = ",".join(self._chosen.watch_namespaces)
        log.info("looking after some namespaces only", extra={"namespaces": namespaces, "off": off})


def main(words: Sequence[str], environment: Mapping[str, str]) -> int:
    """Run the reconciler, and return the exit code."""
    chosen = settings(words, environment)
    with complaining(PROGRAM):
        chosen.require_image()
    logs.configure(chosen.log_level)
    memory.give_back()
    try:
        process = Process(chosen)
    except (ClusterError, OSError, ValueError) as error:
        log.critical("cannot start", extra={"reason": str(error)})
        return EXIT_FAILED
    process.run()
    log.info("stopped")
    return 0
