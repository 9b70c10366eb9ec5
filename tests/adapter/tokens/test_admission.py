"""How a token is shown, what it must allow, and what is remembered of it."""

import logging
import socket
import time

import pytest

from adapter.tokens.passes import Passes
from tests.adapter.tokens.gated import Gated, gated
from tests.adapter.tokens.issuing import Issuer, issuing
from tests.adapter.tokens.signing import signer

MALFORMED = "the Authorization header is malformed"
NEEDED = "a bearer token is needed"
LONG = "the token is longer than 16384 bytes"


def where(gate: Gated) -> str:
    return f'resource_metadata="http://{gate.address}/.well-known/oauth-protected-resource/mcp"'


def raw(gate: Gated, *lines: str) -> str:
    head = "\r\n".join(["GET /mcp HTTP/1.1", f"Host: {gate.address}", "Connection: close", *lines])
    with socket.create_connection((gate.address.host, gate.address.port), 10) as client:
        client.sendall(head.encode() + b"\r\n\r\n")
        return client.makefile("rb").read().decode()


@pytest.mark.parametrize("given", [None, "Basic YTpi", "DPoP abc"])
def test_without_a_token_the_answer_says_where_to_learn_more_and_blames_nobody(
    gate: Gated, given: str | None
) -> None:
    answer = gate.ask(**({} if given is None else {"Authorization": given}))
    assert (answer.status, answer.sentence) == (401, NEEDED)
    assert answer.challenge == f"Bearer {where(gate)}"


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        pytest.param("Bearer", MALFORMED, id="no token"),
        pytest.param("Bearer a b", MALFORMED, id="two words"),
        pytest.param("Bearer a,b", MALFORMED, id="letters that no token has"),
        pytest.param("BearerA", MALFORMED, id="no blank"),
        pytest.param("Bearer " + "a" * 20_000, LONG, id="huge"),
    ],
)
def test_a_malformed_header_is_a_bad_request(gate: Gated, given: str, sentence: str) -> None:
    answer = gate.ask(Authorization=given)
    assert (answer.status, answer.sentence) == (400, sentence)
    assert 'error="invalid_request"' in answer.challenge


def test_the_scheme_may_be_written_in_any_case(gate: Gated, issuer: Issuer) -> None:
    assert gate.ask(Authorization=f"bEARER  {issuer.token()}").status == 200


def test_a_token_that_comes_twice_is_refused_even_if_it_is_known(
    gate: Gated, issuer: Issuer
) -> None:
    token = issuer.token()
    assert gate.ask(token).status == 200
    answer = raw(gate, f"Authorization: Bearer {token}", "Authorization: Bearer x")
    assert answer.startswith("HTTP/1.1 400 ")
    assert "came more than once" in answer


def test_a_token_in_the_address_is_refused_even_beside_a_good_one(
    gate: Gated, issuer: Issuer
) -> None:
    token = issuer.token()
    assert gate.ask(token).status == 200
    for shown in (token, None):
        answer = gate.ask(shown, path=f"/mcp?access_token={token}")
        assert answer.status == 400
        assert token not in answer.body + answer.challenge


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"scope": "mcp:other mcp:tools  mcp:read"}, id="one text"),
        pytest.param({"scp": ["mcp:read", "mcp:tools"]}, id="a list"),
        pytest.param({"scope": "mcp:read", "scp": "mcp:tools"}, id="in two places"),
    ],
)
def test_scopes_are_found_where_issuers_write_them(
    issuer: Issuer, changes: dict[str, object]
) -> None:
    with gated(issuer.name, scopes=("mcp:read", "mcp:tools")) as gate:
        assert gate.ask(issuer.token(**changes)).status == 200


@pytest.mark.parametrize(
    "scope", [None, "", "mcp:read", "mcp:read mcp:tools2", "MCP:READ MCP:TOOLS"]
)
def test_a_token_that_allows_too_little_is_forbidden_and_told_what_to_ask_for(
    issuer: Issuer, scope: str | None
) -> None:
    with gated(issuer.name, scopes=("mcp:read", "mcp:tools")) as gate:
        answer = gate.ask(issuer.token(scope=scope))
        assert answer.status == 403
        assert answer.challenge == (
            'Bearer error="insufficient_scope", '
            'error_description="the token lacks a scope that is needed here", '
            f'scope="mcp:read mcp:tools", {where(gate)}'
        )


def test_the_challenge_names_the_scopes_before_any_token_was_shown(issuer: Issuer) -> None:
    with gated(issuer.name, scopes=("mcp:read",)) as gate:
        assert gate.ask().challenge == f'Bearer scope="mcp:read", {where(gate)}'


@pytest.mark.parametrize("host", ['a"b', "a b", "a,b", "x" * 300, ""])
def test_a_strange_host_never_gets_into_the_challenge(gate: Gated, host: str) -> None:
    assert gate.ask(Host=host).challenge == "Bearer"


def test_the_token_of_one_issuer_is_not_judged_by_the_keys_of_another(issuer: Issuer) -> None:
    with issuing() as other, gated(issuer.name, other.name) as gate:
        other.signer = signer(which=1)
        assert gate.ask(issuer.token()).body == f"{issuer.name} subject ada"
        assert gate.ask(issuer.token(iss=other.name)).status == 200  # both publish the same key
        answer = gate.ask(other.token(iss=issuer.name))
        assert (answer.status, answer.sentence) == (401, "the signature of the token is wrong")


def test_a_known_token_is_not_judged_again_until_its_end(gate: Gated, issuer: Issuer) -> None:
    end = int(time.time()) + 100
    token = issuer.token(exp=end)
    assert gate.ask(token).status == 200
    passes, credential = gate.gate.passes, f"Bearer {token}".encode()
    assert passes.find(credential, end + 59.9) == f"{issuer.name} subject ada"
    assert passes.find(credential, end + 60.0) is None
    assert len(passes) == 0


def test_bad_tokens_are_not_remembered(gate: Gated, issuer: Issuer) -> None:
    gate.ask(issuer.token(sub=None))
    assert len(gate.gate.passes) == 0


def test_what_is_remembered_is_bounded_and_the_least_used_goes_first() -> None:
    passes = Passes(most=2)
    for name in (b"one", b"two"):
        passes.keep(name, name.decode(), 10.0)
    assert passes.find(b"one", 0.0) == "one"
    passes.keep(b"three", "three", 10.0)
    assert len(passes) == 2
    found = [passes.find(name, 0.0) for name in (b"one", b"two", b"three")]
    assert found == ["one", None, "three"]


def test_tokens_are_kept_nowhere_and_never_logged(
    gate: Gated, issuer: Issuer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    good, bad = issuer.token(), issuer.token(aud="https://other")
    answers = [gate.ask(good), gate.ask(bad)]
    told = f"{answers} {gate.figures} {caplog.text} {vars(gate.gate.passes)}"
    for token in (good, bad):
        assert not any(part in told for part in token.split("."))
