"""A whole reconciler keeps the certificate that a whole webhook serves with."""

import json
import socket
import ssl
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from cluster.certificates import Place
from cluster.connection import Body
from reconciler import rights
from reconciler.settings import settings
from tests.cluster.facade import Cluster, Object
from tests.cluster.session import Session
from tests.door.accounts import granted, rewritten
from tests.door.webhooks import KINDS, Scene, configuration, path
from tests.reconciler.program import Reconciler, running, wait
from tests.reconciler.site import allow
from tests.webhook.program import HOST, Program
from tests.webhook.program import running as running_webhook

pytestmark = [pytest.mark.control_plane, pytest.mark.slow]

SECRET = "webhook-tls"
LIFETIME, AUTHORITY = 12, 36


@dataclass
class Home:
    """A namespace in which kmcp is at home, and its webhook configurations."""

    cluster: Cluster
    scene: Scene
    words: list[str]
    """The flags of a reconciler; the first says how the API server is reached."""

    @contextmanager
    def reconciler(self) -> Generator[Reconciler]:
        with running(*self.words, "--watch=false", "--poll-interval=5s") as program:
            yield program

    @contextmanager
    def webhook(self) -> Generator[Program]:
        name = self.cluster.namespace
        words = [f"--certificate-secret={name}/{SECRET}", "--certificate-poll=200ms"]
        words += [f"--configuration={name}", self.words[0]]
        with running_webhook(*words) as program:
            yield program


@pytest.fixture
def home(simulated: Session, tmp_path: Path) -> Generator[Home]:
    with simulated.namespace("home") as cluster:
        name = cluster.namespace
        flags = [f"--certificate-secret={name}/{SECRET}", f"--configuration={name}"]
        flags += ["--metrics-bind-address=0", f"--watch-namespaces={name}"]
        chosen = settings(flags, {})
        with granted(cluster, tmp_path, rights.in_cluster(chosen)):
            local = [*rights.at_home(chosen), *rights.in_namespaces()]
            allow(cluster, local, name, "somebody")
            token = cluster.kubectl("create", "token", "somebody").strip()
            file = rewritten(cluster, tmp_path, token=token)
            words = [f"--kubeconfig={file}", f"--namespace={name}", *flags]
            words += [f"--certificate-lifetime={LIFETIME}s", f"--authority-lifetime={AUTHORITY}s"]
            with configured(cluster) as scene:
                yield Home(cluster, scene, words)


@contextmanager
def configured(cluster: Cluster) -> Generator[Scene]:
    """Register configurations without a bundle that match nothing real."""
    name = cluster.namespace
    for kind in KINDS:
        made = Body(json.dumps(configuration(kind, name, ("one", "two"))).encode())
        cluster.api.request("POST", path(kind), body=made)
    place = Place(namespace=name, secret=SECRET, mutating=(name,), validating=(name,))
    try:
        yield Scene(cluster, place)
    finally:
        for kind in KINDS:
            cluster.api.request("DELETE", path(kind, name))


def without_bundle(found: Object) -> Object:
    hooks = found["webhooks"]
    for hook in hooks:
        hook["clientConfig"].pop("caBundle", None)
    return {"webhooks": hooks, "labels": found["metadata"].get("labels")}


def is_there(home: Home) -> bool:
    return SECRET in {one["metadata"]["name"] for one in home.cluster.find("secrets")}


def wait_published(home: Home, it: Reconciler) -> bytes:
    """Return the bundle once it stands in the Secret and in every configuration."""

    def is_published() -> bool:
        return is_there(home) and home.scene.bundles() == {home.scene.secret()["ca.crt"]}

    wait(is_published, lambda: str(it.lines))
    return home.scene.secret()["ca.crt"]


def greeted(home: Home, port: int) -> set[str]:
    """Return which certificates the webhook shows to all who trust what is published.

    These are two bundles while configurations are written one after the other.
    """
    return {shown_to(bundle, home, port) for bundle in home.scene.bundles()}


def shown_to(bundle: bytes, home: Home, port: int) -> str:
    """Return which certificate the webhook shows to who trusts *bundle*."""
    context = ssl.create_default_context(cadata=bundle.decode())
    name = f"kmcp-webhook.{home.cluster.namespace}.svc"
    with (
        socket.create_connection((HOST, port), 10) as plain,
        context.wrap_socket(plain, server_hostname=name) as secured,
    ):
        shown = secured.getpeercert()
    assert shown is not None
    return str(shown["serialNumber"])


def test_the_bundle_is_all_that_is_written_into_the_configurations(home: Home) -> None:
    before = [without_bundle(home.scene.read(one)) for one in home.scene.paths]
    with home.reconciler() as it:
        wait_published(home, it)
    assert [without_bundle(home.scene.read(one)) for one in home.scene.paths] == before
    for one in home.scene.paths:
        managers = home.scene.read(one)["metadata"]["managedFields"]
        (owned,) = [entry["fieldsV1"] for entry in managers if entry["manager"] == "kmcp-certs"]
        assert set(owned) == {"f:webhooks"}
        assert all(
            hook == {"f:clientConfig": {"f:caBundle": {}}} for hook in owned["f:webhooks"].values()
        )


def test_a_webhook_serves_on_while_certificate_and_authority_are_renewed(home: Home) -> None:
    with home.reconciler() as it, home.webhook() as webhook:
        first = wait_published(home, it)
        webhook.logged("serving a new certificate")
        port, shown = webhook.port, set[str]()

        def is_renewed() -> bool:
            shown.update(greeted(home, port))  # which fails when it is not trusted
            return len(shown) >= 3 and home.scene.secret()["ca.crt"] != first

        wait(is_renewed, lambda: f"{shown} {it.lines}")
        assert webhook.process.poll() is None


def test_a_deleted_secret_comes_back(home: Home) -> None:
    with home.reconciler() as it:
        wait_published(home, it)
        before = home.scene.secret()
        home.cluster.kubectl("delete", "secret", SECRET)
        wait(lambda: is_there(home), lambda: str(it.lines))
        wait_published(home, it)
        assert home.scene.secret()["ca.key"] != before["ca.key"]


def test_a_secret_of_somebody_else_is_left_alone_and_named(home: Home) -> None:
    home.cluster.kubectl("create", "secret", "generic", SECRET, "--from-literal=tls.key=theirs")
    before = home.cluster.get("secret", SECRET)
    with home.reconciler() as it:
        line = it.logged("cannot keep the certificate")
        assert f"Secret {home.cluster.namespace}/{SECRET} is not kmcp's" in line["reason"]
        it.wait_ready()
        assert home.cluster.get("secret", SECRET) == before
        assert home.scene.bundles() == {b""}
        home.cluster.kubectl("delete", "secret", SECRET)
        wait_published(home, it)
        told = [one for one in it.lines if one["message"] == "cannot keep the certificate"]
        assert len(told) == 1
