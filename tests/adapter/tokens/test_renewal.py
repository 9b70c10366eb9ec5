"""Where keys come from, when they are fetched again, and what happens while they cannot be."""

import json
import ssl
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest

from adapter.tokens.discovery import places
from adapter.tokens.issuers import Pace
from certs.authority import Subject, authority, leaf
from tests.adapter.program import wait
from tests.adapter.tokens.gated import EAGER, Gated, gated
from tests.adapter.tokens.issuing import KEYS, METADATA, WAIT_SECONDS, Issuer, issuing
from tests.adapter.tokens.signing import signer

OPENID = "/.well-known/openid-configuration"
OUT_OF_REACH = "tokens cannot be judged now: the keys of their issuer are out of reach"
TOO_LARGE = json.dumps({"keys": [signer().published()]}).encode() + b" " * 300_000
UNKNOWN = "the token is signed with an unknown key"


def assert_out_of_reach(gate: Gated, token: str) -> None:
    answer = gate.ask(token)
    assert (answer.status, answer.sentence) == (503, OUT_OF_REACH)
    assert answer.headers["retry-after"] == "5"
    assert answer.challenge == ""


def test_an_issuer_is_looked_for_in_three_places() -> None:
    assert places("https://a.example/t") == (
        "https://a.example/.well-known/oauth-authorization-server/t",
        "https://a.example/.well-known/openid-configuration/t",
        "https://a.example/t/.well-known/openid-configuration",
    )
    assert places("https://a.example/") == (
        "https://a.example/.well-known/oauth-authorization-server",
        "https://a.example/.well-known/openid-configuration",
    )


def test_an_issuer_with_a_path_is_found_as_openid_writes_it() -> None:
    with issuing("/tenant") as issuer:
        issuer.pages["/tenant" + OPENID] = issuer.pages.pop(METADATA + "/tenant")
        with gated(issuer.name) as gate:
            assert gate.ask(issuer.token()).status == 200


def test_metadata_of_another_issuer_is_passed_over(issuer: Issuer) -> None:
    issuer.pages[OPENID] = issuer.pages[METADATA]
    issuer.serve(METADATA, {"issuer": "https://evil", "jwks_uri": "https://evil/keys"})
    with gated(issuer.name) as gate:
        assert gate.ask(issuer.token()).status == 200


@pytest.mark.parametrize(
    ("path", "content"),
    [
        pytest.param(METADATA, b"{", id="metadata is no JSON"),
        pytest.param(METADATA, {"issuer": "x"}, id="metadata names no keys"),
        pytest.param(KEYS, b"[" * 100_000, id="keys are no JSON"),
        pytest.param(KEYS, {"keys": []}, id="no keys"),
        pytest.param(KEYS, TOO_LARGE, id="keys are too large"),
    ],
)
def test_an_issuer_that_publishes_nonsense_is_out_of_reach(
    issuer: Issuer, path: str, content: object
) -> None:
    issuer.serve(path, content)
    with gated(issuer.name) as gate:
        assert_out_of_reach(gate, issuer.token())


def test_an_address_of_keys_without_tls_is_not_used(
    issuer: Issuer, caplog: pytest.LogCaptureFixture
) -> None:
    issuer.serve(METADATA, {"issuer": issuer.name, "jwks_uri": "http://mcp.example.com/keys"})
    with gated(issuer.name) as gate:
        assert_out_of_reach(gate, issuer.token())
    (line,) = caplog.records
    assert "not safe" in vars(line)["reason"]


def test_redirects_are_not_followed(issuer: Issuer) -> None:
    issuer.pages["/elsewhere"] = issuer.pages[KEYS]
    issuer.serve(KEYS, b"", 302, Location=f"{issuer.origin}/elsewhere")
    with gated(issuer.name) as gate:
        assert_out_of_reach(gate, issuer.token())
    assert "/elsewhere" not in issuer.asked


def test_keys_can_be_named_without_metadata(issuer: Issuer) -> None:
    del issuer.pages[METADATA]
    with gated(issuer.name, keys=issuer.origin + KEYS) as gate:
        assert gate.ask(issuer.token()).status == 200


def test_keys_can_lie_in_a_file_that_changes(issuer: Issuer, tmp_path: Path) -> None:
    file = tmp_path / "keys.json"
    with gated(issuer.name, keys=str(file), pace=EAGER) as gate:
        assert_out_of_reach(gate, issuer.token())
        file.write_bytes(issuer.pages[KEYS][1])
        assert gate.ask(issuer.token()).status == 200
        assert issuer.asked == []


def test_an_issuer_that_is_down_is_no_fault_of_the_client_and_is_found_when_it_is_back(
    issuer: Issuer,
) -> None:
    kept = issuer.pages.pop(KEYS)
    with gated(issuer.name, pace=EAGER) as gate:
        assert_out_of_reach(gate, issuer.token())
        assert gate.ask(issuer.token(aud="https://other")).status == 401
        issuer.pages[KEYS] = kept
        assert gate.ask(issuer.token()).status == 200


def test_while_there_are_no_keys_they_are_not_asked_for_with_every_request(
    issuer: Issuer,
) -> None:
    del issuer.pages[KEYS]
    with gated(issuer.name, pace=Pace(retry=60.0)) as gate:
        for _ in range(5):
            assert_out_of_reach(gate, issuer.token())
    assert issuer.times_fetched() == 1


def test_a_new_key_is_found_when_a_token_names_it(issuer: Issuer) -> None:
    with gated(issuer.name, pace=EAGER) as gate:
        old = issuer.token()
        assert gate.ask(old).status == 200
        issuer.signer = signer(kid="two", which=1)
        issuer.publish(issuer.signer)
        assert gate.ask(issuer.token()).status == 200
        answer = gate.ask(old)  # known before, but its key was taken back
        assert (answer.status, answer.sentence) == (401, UNKNOWN)


def test_unknown_keys_make_nobody_fetch_more_than_once_a_minute(
    gate: Gated, issuer: Issuer
) -> None:
    assert gate.ask(issuer.token()).status == 200
    for number in range(5):
        forged = signer(kid=f"forged-{number}", which=1).token(issuer.claims())
        assert gate.ask(forged).sentence == UNKNOWN
    assert issuer.times_fetched() == 1


def test_keys_stay_when_they_cannot_be_renewed(issuer: Issuer) -> None:
    with gated(issuer.name, pace=EAGER) as gate:
        assert gate.ask(issuer.token()).status == 200
        del issuer.pages[KEYS]
        assert_out_of_reach(gate, signer(kid="two").token(issuer.claims()))
        assert gate.ask(issuer.token(sub="eve")).body == f"{issuer.name} subject eve"


def test_keys_are_renewed_when_nobody_asks(issuer: Issuer) -> None:
    fetched = threading.Semaphore(0)

    class Counted(list[str]):
        def append(self, path: str) -> None:
            super().append(path)
            if path == KEYS:
                fetched.release()

    issuer.asked = Counted()
    with gated(issuer.name, pace=Pace(renew=0.01)):
        for _ in range(3):
            assert fetched.acquire(timeout=WAIT_SECONDS)


def test_all_who_come_while_keys_are_fetched_wait_for_one_fetch(issuer: Issuer) -> None:
    issuer.may_answer.clear()
    with gated(issuer.name) as gate, ThreadPoolExecutor(8) as crowd:
        asked = [crowd.submit(gate.ask, issuer.token(sub=str(one))) for one in range(8)]
        issuer.may_answer.set()
        bodies = {one.result().body for one in asked}
    assert bodies == {f"{issuer.name} subject {one}" for one in range(8)}
    assert issuer.times_fetched() == 1


def test_nobody_waits_long_for_a_slow_issuer_and_no_second_fetch_is_begun(
    issuer: Issuer,
) -> None:
    issuer.may_answer.clear()
    with gated(issuer.name, pace=Pace(patience=0.1, retry=0.0)) as gate:
        for _ in range(3):
            assert_out_of_reach(gate, issuer.token())
        wait(lambda: issuer.asked)
        assert issuer.asked == [METADATA]
        issuer.may_answer.set()


def test_a_client_that_left_while_it_waited_is_not_let_in(issuer: Issuer) -> None:
    issuer.may_answer.clear()
    with gated(issuer.name) as gate, ThreadPoolExecutor(1) as other:
        left = gate.leave_behind(issuer.token(sub="gone"))
        waits = other.submit(gate.ask, issuer.token())
        gate.until(lambda: gate.server.connections == 2)
        left.close()
        gate.until(lambda: gate.server.connections == 1)
        issuer.may_answer.set()
        assert waits.result().status == 200
        assert gate.admitted == [f"{issuer.name} subject ada"]


def test_an_issuer_proves_itself_by_a_certificate_that_is_trusted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = authority("test", timedelta(hours=1))
    pair = leaf(root, Subject("issuer", hosts=["127.0.0.1"]), timedelta(hours=1))
    (tmp_path / "pair.pem").write_bytes(pair.certificate + pair.key)
    (tmp_path / "root.pem").write_bytes(root.certificate)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(tmp_path / "pair.pem")
    with issuing(tls=context) as issuer:
        assert issuer.name.startswith("https:")
        with gated(issuer.name) as gate:
            assert_out_of_reach(gate, issuer.token())
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "root.pem"))
        with gated(issuer.name) as gate:
            assert gate.ask(issuer.token()).status == 200
