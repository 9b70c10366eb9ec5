"""Certificates that live for seconds, renewed while admissions go on without a single failure."""

import json
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from threading import Event, Thread

import pytest

from certs.rotation import Wish
from cluster.certificates import Kept, Place, keep
from cluster.connection import Body, Connection
from cluster.errors import ClusterError
from kinds.reading import within
from tests.cluster.facade import Cluster
from tests.cluster.session import Session
from tests.webhook.configured import GROUP, PLURALS, documents
from tests.webhook.program import Program, running

SELECTED = {"kmcp.dev/rotation-test": "on"}
SECRET = "webhook-certificate"
PASS_SECONDS = 0.5
READY_SECONDS = 90.0
SERVER = {
    "apiVersion": "kagent.dev/v1alpha1",
    "kind": "MCPServer",
    "metadata": {"name": "web"},
    "spec": {"deployment": {"image": "example/server:1", "cmd": "/server"}},
}


@dataclass
class Writer:
    """Runs the passes of the certificate writer, as a reconciler would."""

    api: Connection
    place: Place
    wish: Wish
    steps: list[str] = field(default_factory=list[str])
    passed: Event = field(default_factory=Event)
    over: Event = field(default_factory=Event)

    def one_pass(self) -> Kept:
        kept = keep(self.api, self.place, self.wish, datetime.now(UTC))
        self.steps += kept.steps
        return kept

    def run(self) -> None:
        while not self.over.wait(PASS_SECONDS):
            self.one_pass()


@dataclass
class Load:
    """Asks for admission, one dry run after another, and keeps what went wrong."""

    api: Connection
    path: str
    answered: int = 0
    failures: list[str] = field(default_factory=list[str])
    over: Event = field(default_factory=Event)

    def run(self) -> None:
        body = Body(json.dumps(SERVER).encode())
        while not self.over.is_set():
            try:
                answer = json.loads(self.api.request("POST", self.path, {"dryRun": "All"}, body))
            except ClusterError as error:
                self.failures.append(str(error))
            else:
                assert answer["spec"]["deployment"]["port"] == 3000
                self.answered += 1


@pytest.fixture
def place(kinds_session: Session, request: pytest.FixtureRequest) -> Iterator[Cluster]:
    """Lend a namespace about which the rotating webhook is asked."""
    with kinds_session.namespace(request.node.originalname) as cluster:
        cluster.kubectl("label", "namespace", cluster.namespace, "kmcp.dev/rotation-test=on")
        yield cluster


@contextmanager
def in_background(*runs: Load | Writer) -> Generator[None]:
    threads = [Thread(target=run.run) for run in runs]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        for run in runs:
            run.over.set()
        for thread in threads:
            thread.join(READY_SECONDS)


@contextmanager
def rotating(cluster: Cluster, kubeconfig: str, wish: Wish) -> Generator[tuple[Writer, Program]]:
    """Run a webhook whose certificate is kept in a Secret, and register it without a bundle."""
    name = cluster.namespace
    words = [f"--certificate-secret={name}/{SECRET}", "--certificate-poll=200ms"]
    words += [f"--configuration={name}"]
    with running(*words, f"--kubeconfig={kubeconfig}") as program:
        status, why = program.probe("/readyz")
        assert (status, "certificate" in why) == (503, True)
        where = Place(namespace=name, secret=SECRET, mutating=(name,), validating=(name,))
        writer = Writer(cluster.api, where, wish)
        writer.one_pass()
        url = f"https://127.0.0.1:{program.port}"
        written = documents(name, url, b"", SELECTED)
        for document in written:
            kind = f"{GROUP}/{PLURALS[document['kind']]}"
            cluster.api.request("POST", kind, body=Body(json.dumps(document).encode()))
        try:
            assert program.probe("/readyz") == (503, "tls: no bundle has been published yet\n")
            writer.one_pass()
            program.wait_ready()
            yield writer, program
        finally:
            for document in written:
                cluster.api.request("DELETE", f"{GROUP}/{PLURALS[document['kind']]}/{name}")


def load(cluster: Cluster) -> Load:
    path = f"/apis/kagent.dev/v1alpha1/namespaces/{cluster.namespace}/mcpservers"
    return Load(cluster.api, path)


def wait_until_answered(cluster: Cluster) -> None:
    """Return once the API server has learned of the webhook and its bundle."""
    probe = load(cluster)
    deadline = time.monotonic() + READY_SECONDS
    body = Body(json.dumps(SERVER).encode())
    while True:
        answer: object = None
        with suppress(ClusterError):
            answer = json.loads(probe.api.request("POST", probe.path, {"dryRun": "All"}, body))
        if within(answer, "spec", "deployment", "port") == 3000:
            return
        assert time.monotonic() < deadline, "the webhook is never asked"
        time.sleep(0.05)


def rotate_under_load(cluster: Cluster, kubeconfig: str, wish: Wish, seconds: float) -> None:
    with rotating(cluster, kubeconfig, wish) as (writer, program):
        wait_until_answered(cluster)
        asking = load(cluster)
        process = program.process.pid
        with in_background(asking, writer):
            Event().wait(seconds / 2)
            cluster.kubectl("delete", "secret", SECRET)
            Event().wait(seconds / 2)
        served = [line for line in program.lines if line["message"] == "serving a new certificate"]
        assert asking.failures == []
        program.wait_ready()
        assert asking.answered > seconds / 4  # far fewer than a slow machine manages
        assert program.process.poll() is None
        assert program.process.pid == process
        print(f"{asking.answered} answered, {len(served)} certificates, {writer.steps}")
        assert len({line["expires"] for line in served}) >= 3
        assert len([step for step in writer.steps if "authority" in step]) >= 2


def test_no_admission_fails_while_certificates_and_authority_change(
    place: Cluster, kinds_session: Session
) -> None:
    wish = Wish(
        hosts=("127.0.0.1",),
        leaf_lifetime=timedelta(seconds=18),
        authority_lifetime=timedelta(seconds=36),
        settle=timedelta(seconds=4),
    )
    rotate_under_load(place, str(kinds_session.kubeconfig), wish, seconds=52)


@pytest.mark.long
def test_no_admission_fails_for_minutes_with_lifetimes_of_a_minute(
    place: Cluster, kinds_session: Session
) -> None:
    minute = timedelta(minutes=1)
    wish = Wish(
        hosts=("127.0.0.1",), leaf_lifetime=minute, authority_lifetime=2 * minute, settle=minute / 6
    )
    rotate_under_load(place, str(kinds_session.kubeconfig), wish, seconds=300)
