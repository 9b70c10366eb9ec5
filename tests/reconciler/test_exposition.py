"""Metrics are told over TLS, and only to those whom the cluster lets read them."""

import http.client
import ssl
from contextlib import closing
from pathlib import Path

import pytest

from reconciler.exposition import Exposition
from reconciler.permission import Permission, Verdict
from telemetry.listening import Address
from tests.door.accounts import granted
from tests.reconciler.program import SECONDS
from tests.reconciler.site import Site

HERE = Address("127.0.0.1", 0)


def asked(
    port: int, token: str = "", *, secure: bool = True, path: str = "/metrics"
) -> tuple[int, str]:
    """Return what a client with this token is answered."""
    where = ("127.0.0.1", port, SECONDS)
    with closing(_secured(*where) if secure else _plain(*where)) as client:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        client.request("GET", path, headers=headers)
        answer = client.getresponse()
        return answer.status, answer.read().decode()


def _plain(host: str, port: int, seconds: float) -> http.client.HTTPConnection:
    return http.client.HTTPConnection(host, port, timeout=seconds)


def _secured(host: str, port: int, seconds: float) -> http.client.HTTPConnection:
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return http.client.HTTPSConnection(host, port, context=context, timeout=seconds)


@pytest.mark.parametrize("verdict", list(Verdict))
def test_each_verdict_has_its_answer(verdict: Verdict) -> None:
    port = Exposition(HERE, lambda: b"figures 1\n", None, lambda _: verdict)
    port.start()
    with closing(port):
        status, body = asked(port.address.port, "secret", secure=False)
        assert status == verdict.value
        assert ("figures" in body) == (verdict is Verdict.GRANTED)
        assert "secret" not in body


def test_who_shows_no_token_reads_how_to_get_one() -> None:
    asking = list[str]()

    def ask(token: str) -> Verdict:
        asking.append(token)
        return Verdict.UNKNOWN

    port = Exposition(HERE, lambda: b"", None, ask)
    port.start()
    with closing(port):
        status, body = asked(port.address.port, secure=False)
        assert (status, asking) == (401, [""])
        assert "kubectl create token" in body


def test_other_pages_are_not_there() -> None:
    port = Exposition(HERE, lambda: b"figures 1\n")
    port.start()
    with closing(port):
        assert asked(port.address.port, secure=False, path="/debug")[0] == 404
        assert asked(port.address.port, secure=False) == (200, "figures 1\n")


@pytest.mark.control_plane
@pytest.mark.slow
def test_the_cluster_says_who_may_read(site: Site, tmp_path: Path) -> None:
    may_review = [
        {"apiGroups": [group], "resources": [resource], "verbs": ["create"]}
        for group, resource in (
            ("authentication.k8s.io", "tokenreviews"),
            ("authorization.k8s.io", "subjectaccessreviews"),
        )
    ]
    reader = [{"nonResourceURLs": ["/metrics"], "verbs": ["get"]}]
    site.cluster.kubectl("create", "serviceaccount", "stranger")
    stranger = site.cluster.kubectl("create", "token", "stranger").strip()
    with granted(site.cluster, tmp_path, [*may_review, *reader]) as client:
        friend = site.cluster.kubectl("create", "token", "somebody").strip()
        permission = Permission(client)
        assert permission.verdict(friend) is Verdict.GRANTED
        assert permission.verdict(stranger) is Verdict.REFUSED
        assert permission.verdict("nonsense") is Verdict.UNKNOWN
        assert permission.verdict("") is Verdict.UNKNOWN


@pytest.mark.control_plane
@pytest.mark.slow
def test_a_program_asks_before_it_tells(site: Site) -> None:
    with site.running("--metrics-bind-address=127.0.0.1:0") as reconciler:
        reconciler.wait_ready()
        assert asked(reconciler.metrics)[0] == 401
    plain = ("--metrics-bind-address=127.0.0.1:0", "--metrics-secure=false")
    with site.running(*plain) as open_to_all:
        open_to_all.wait_ready()
        status, body = asked(open_to_all.metrics, secure=False)
        assert (status, "kmcp_leader 1.0" in body) == (200, True)
