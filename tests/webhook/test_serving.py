"""The running webhook: what it speaks, when it opens, and how it reloads."""

import http.client
import json
import socket
import ssl
import threading
import time
import warnings
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest

from certs.authority import authority
from tests.cluster.facade import Cluster
from tests.webhook.program import (
    HOST,
    JSON,
    LIFETIME,
    MUTATE,
    REVIEW,
    WAIT_SECONDS,
    Identity,
    Program,
    ask,
    post,
    reserved_port,
    running,
    wait,
)
from tests.webhook.test_certificate import parts, secret

pytestmark = pytest.mark.slow

HEAVIEST = 90
"""MiB; what one webhook may weigh, with everything that it can load."""

KEPT = 6
"""MiB, of the 100 that so many large requests take."""
AT_ONCE = 16
ROTATIONS = 5


@pytest.fixture(scope="module")
def shared_identity(tmp_path_factory: pytest.TempPathFactory) -> Identity:
    made = Identity(tmp_path_factory.mktemp("identity"))
    made.write()
    return made


@pytest.fixture(scope="module")
def shared(shared_identity: Identity) -> Generator[Program]:
    """A webhook that tests only talk to."""
    with running(*shared_identity.flags, module="tests.webhook.trial") as program:
        program.wait_ready()
        yield program


def limited(identity: Identity, version: ssl.TLSVersion) -> ssl.SSLContext:
    """Return a client that speaks this version of TLS and no other."""
    context = identity.client()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # old versions are the point
        context.minimum_version = context.maximum_version = version
    context.set_ciphers("DEFAULT:@SECLEVEL=0")
    return context


@pytest.mark.parametrize("version", ["TLSv1.2", "TLSv1.3"])
def test_modern_tls_is_spoken(shared: Program, shared_identity: Identity, version: str) -> None:
    chosen = {"TLSv1.2": ssl.TLSVersion.TLSv1_2, "TLSv1.3": ssl.TLSVersion.TLSv1_3}[version]
    client = shared.connect(limited(shared_identity, chosen))
    assert post(client).status == 200
    assert client.sock.version() == version


def test_old_tls_is_refused(shared: Program, shared_identity: Identity) -> None:
    client = shared.connect(limited(shared_identity, ssl.TLSVersion.TLSv1_1))
    with pytest.raises(ssl.SSLError, match="PROTOCOL_VERSION"):
        client.connect()


def test_the_oldest_tls_can_be_chosen(identity: Identity) -> None:
    with running(*identity.flags, "--tls-min-version=1.3") as program:
        client = program.connect(limited(identity, ssl.TLSVersion.TLSv1_2))
        with pytest.raises(ssl.SSLError, match="PROTOCOL_VERSION"):
            client.connect()


def test_an_answer_copies_the_uid(shared: Program, shared_identity: Identity) -> None:
    client = shared.connect(shared_identity.client())
    response = json.loads(post(client).body)["response"]
    assert (response["uid"], response["allowed"]) == ("42", True)


def test_a_body_in_pieces_is_bounded_too(shared: Program, shared_identity: Identity) -> None:
    client = shared.connect(shared_identity.client())
    pieces = iter([b"x" * 2**20] * 8)
    answer = ask(client, "POST", MUTATE, body=pieces, headers=JSON, encode_chunked=True)
    assert (answer.status, b"limit" in answer.body) == (413, True)


def test_a_long_header_is_refused(shared: Program, shared_identity: Identity) -> None:
    client = shared.connect(shared_identity.client())
    headers = {**JSON, "X-Long": "x" * 10_000}
    assert ask(client, "POST", MUTATE, body=REVIEW, headers=headers).status == 431


def test_a_mistake_is_one_line_in_the_log_and_500_outside(
    shared: Program, shared_identity: Identity
) -> None:
    client = shared.connect(shared_identity.client())
    answer = post(client, "/broken")
    assert (answer.status, b"secret" in answer.body) == (500, False)
    line = shared.logged("request failed", path="/broken")
    assert line["error"].startswith("RuntimeError: secret detail about")
    assert "Traceback" in line["traceback"]


def test_the_metrics_stand_beside_the_routes(shared: Program, shared_identity: Identity) -> None:
    client = shared.connect(shared_identity.client())
    text = ask(client, "GET", "/metrics").body.decode()
    (line,) = (one for one in text.splitlines() if one.startswith("kmcp_webhook_cert_expiry"))
    assert 0 < float(line.split()[1]) - time.time() <= LIFETIME.total_seconds()


def test_the_port_is_closed_until_there_is_a_certificate(identity: Identity) -> None:
    key = identity.folder / "tls.key"
    hidden = key.rename(identity.folder / "hidden")
    flags = [*identity.flags, "--certificate-poll=100ms"]
    with reserved_port() as port, running(*flags, f"--bind={HOST}:{port}") as program:
        program.logged("certificate not usable", served="none")
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection((HOST, port))
        assert program.probe("/healthz") == (200, "ok\n")
        status, text = program.probe()
        assert (status, text.splitlines()[0]) == (
            503,
            f"certificate: cannot read {key}: No such file or directory",
        )
        hidden.rename(key)
        program.wait_ready()
        assert program.port == port


def test_sigterm_before_there_is_a_certificate_ends_at_once(identity: Identity) -> None:
    (identity.folder / "tls.key").unlink()
    with running(*identity.flags) as program:
        program.logged("certificate not usable")
        program.terminate()
        assert program.exit_code() == 0


def test_a_certificate_that_the_api_server_would_not_trust_is_not_ready(
    identity: Identity,
) -> None:
    flags = ["--server-name=elsewhere.svc", "--certificate-poll=100ms"]
    with running(*identity.flags, *flags) as program:
        assert program.port
        wait(lambda: "Hostname mismatch" in program.probe()[1], program.probe)
        foreign = authority("another", LIFETIME).certificate
        identity.write(identity.pair("elsewhere.svc"), bundle=foreign)
        wait(lambda: "certificate verify failed" in program.probe()[1], program.probe)
        assert program.probe()[0] == 503
        identity.write(identity.pair("elsewhere.svc"))
        program.wait_ready()


def test_a_port_in_use_is_told_in_one_line(identity: Identity) -> None:
    with socket.create_server((HOST, 0)) as taken:
        port = taken.getsockname()[1]
        with running(*identity.flags, f"--bind={HOST}:{port}") as program:
            assert program.exit_code() == 1
            assert "Address already in use" in program.logged("cannot start")["reason"]


class Traffic:
    """Clients that ask again and again until they are told to stop."""

    def __init__(self, *asks: Callable[[], None]) -> None:
        self.answered = 0
        self.failures: list[Exception] = []
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._run, args=(ask,)) for ask in asks]
        for thread in self._threads:
            thread.start()

    def _run(self, ask: Callable[[], None]) -> None:
        while not self._stop.is_set():
            try:
                ask()
                self.answered += 1
            except Exception as error:  # noqa: BLE001 - any failure is what the test is about
                self.failures.append(error)

    def stop(self) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()


def shown(program: Program, identity: Identity) -> bytes:
    """Return the certificate that a new connection gets."""
    with program.agreed(identity.client()) as client:
        found = client.getpeercert(binary_form=True)
    assert found is not None
    return found


def test_certificates_change_under_traffic_without_one_failed_request(
    identity: Identity,
) -> None:
    with running(*identity.flags, "--certificate-poll=100ms") as program:
        program.wait_ready()
        context = identity.client()
        kept = program.connect(context)

        def anew() -> None:
            with closing(program.connect(context)) as client:
                assert post(client).status == 200

        def again() -> None:
            assert post(kept).status == 200

        traffic = Traffic(anew, anew, again)
        (identity.folder / "tls.crt").write_bytes(identity.pair().certificate)
        program.logged("certificate not usable", served="the one before")
        for _ in range(ROTATIONS):
            pair = identity.pair()
            expected = ssl.PEM_cert_to_DER_cert(pair.certificate.decode())
            identity.write(pair)
            wait(lambda wanted=expected: shown(program, identity) == wanted, lambda: program.lines)
        traffic.stop()
        assert traffic.failures == []
        assert traffic.answered > ROTATIONS


def resident(process: int) -> float:
    """Return how much memory a process holds, which must have no children, in MiB."""
    assert Path(f"/proc/{process}/task/{process}/children").read_text() == ""
    status = Path(f"/proc/{process}/status").read_text()
    (line,) = (one for one in status.splitlines() if one.startswith("VmRSS:"))
    return int(line.split()[1]) / 1024


def test_a_webhook_with_a_secret_reloads_survives_its_deletion_and_stays_small(
    control_plane: Cluster, identity: Identity
) -> None:
    kubeconfig = identity.folder / "kubeconfig"
    kubeconfig.write_text(control_plane.kubectl("config", "view", "--raw"))
    flags = [
        f"--certificate-secret={control_plane.namespace}/webhook",
        f"--kubeconfig={kubeconfig}",
        "--certificate-poll=200ms",
    ]
    with running(*flags) as program:
        assert "not found" in program.logged("certificate not usable", served="none")["reason"]
        first, second = parts(identity), parts(identity)
        secret(control_plane, "POST", first)
        program.wait_ready()
        secret(control_plane, "DELETE")
        program.logged("certificate not usable", served="the one before")
        assert program.probe() == (200, "ok\n")
        secret(control_plane, "POST", second)
        expected = ssl.PEM_cert_to_DER_cert(second["tls.crt"].decode())
        wait(lambda: shown(program, identity) == expected, lambda: program.lines)
        assert post(program.connect(identity.client())).status == 200
        assert resident(program.process.pid) < HEAVIEST


def test_plain_http_on_the_tls_port_is_hung_up_on(shared: Program) -> None:
    client = http.client.HTTPConnection(HOST, shared.port, timeout=WAIT_SECONDS)
    with closing(client), pytest.raises((http.client.BadStatusLine, ConnectionError)):
        ask(client, "GET", "/metrics")
    assert shared.logged("no TLS with a client", reason="HTTP_REQUEST")["client"] == HOST


def test_what_large_requests_took_is_given_back(shared: Program, shared_identity: Identity) -> None:
    large = REVIEW + b" " * (6 * 2**20)
    clients = [shared.connect(shared_identity.client()) for _ in range(AT_ONCE)]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        small = [one.status for one in pool.map(post, clients)]
        before = resident(shared.process.pid)
        answers = [one.status for one in pool.map(partial(post, body=large), clients)]
    assert small == [200] * AT_ONCE
    assert {200} <= set(answers) <= {200, 503}  # so many large ones at once may have to come again

    def kept() -> float:
        return resident(shared.process.pid) - before

    wait(lambda: kept() < KEPT, kept)  # an answer is there a moment before its thread lets go
