"""The bridge asks for tokens before every front, and tells nobody what they were."""

import json
import os
import subprocess
import sys

import pytest

from tests.adapter.tokens.bridged import INITIALIZE, PING, Bridged, bridged
from tests.adapter.tokens.gated import Answer
from tests.adapter.tokens.issuing import AUDIENCE, Issuer

WELL_KNOWN = "/.well-known/oauth-protected-resource"
JSON = {"Content_Type": "application/json", "Accept": "application/json, text/event-stream"}
FRONTS = ("/mcp", "/sse", "/messages?session_id=x", "/ws")


def flags(issuer: Issuer, *more: str) -> list[str]:
    return [f"--token-issuer={issuer.name}", f"--token-audience={AUDIENCE}", *more]


def begin(bridge: Bridged, token: str | None) -> Answer:
    return bridge.ask(token, body=INITIALIZE, **JSON)


def ping(bridge: Bridged, token: str, session: str) -> int:
    return bridge.ask(token, body=PING, Mcp_Session_Id=session, **JSON).status


@pytest.mark.parametrize("path", FRONTS)
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE", "PUT"])
def test_every_front_asks_for_a_token(issuer: Issuer, path: str, method: str) -> None:
    with bridged(*flags(issuer)) as bridge:
        assert bridge.ask(path=path, method=method).status == 401
        assert bridge.written == []


def test_without_issuers_nobody_is_asked() -> None:
    with bridged() as bridge:
        assert begin(bridge, None).status == 200
        assert bridge.ask(path=WELL_KNOWN, method="GET").status == 404


def test_a_session_belongs_to_whom_it_was_begun_by(issuer: Issuer) -> None:
    with bridged(*flags(issuer)) as bridge:
        session = begin(bridge, issuer.token()).headers["mcp-session-id"]
        assert ping(bridge, issuer.token(), session) == 200
        assert ping(bridge, issuer.token(jti="another token of the same"), session) == 200
        assert ping(bridge, issuer.token(sub="eve"), session) == 404
        assert ping(bridge, issuer.token(sub=None, client_id="ada"), session) == 404
        assert bridge.ask(path="/mcp", method="GET", Mcp_Session_Id=session).status == 401


def test_the_token_never_reaches_the_server(issuer: Issuer) -> None:
    token = issuer.token()
    with bridged(*flags(issuer)) as bridge:
        session = begin(bridge, token).headers["mcp-session-id"]
        assert ping(bridge, token, session) == 200
        told = b"".join(bridge.written)
    assert b'"ping"' in told
    assert not any(part.encode() in told for part in token.split("."))


def test_clients_without_sessions_pass_the_gate_and_are_read(issuer: Issuer) -> None:
    with bridged(*flags(issuer)) as bridge:
        asked = {**JSON, "MCP_Protocol_Version": "2026-07-28"}
        answer = bridge.ask(issuer.token(), body=PING, **asked)
        assert "io.modelcontextprotocol/protocolVersion" in answer.body


def test_health_and_other_paths_need_no_token(issuer: Issuer) -> None:
    with bridged(*flags(issuer)) as bridge:
        assert bridge.ask(path="/health", method="GET").status == 200
        assert bridge.ask(path="/elsewhere", method="GET").status == 404


def test_strangers_are_turned_away_before_they_are_asked_for_a_token(issuer: Issuer) -> None:
    with bridged(*flags(issuer)) as bridge:
        assert bridge.ask(Host="evil.example.com").status == 421
        assert bridge.ask(Origin="https://evil.example.com").status == 403
        assert bridge.ask(path=WELL_KNOWN, method="GET", Host="evil.example.com").status == 421


@pytest.mark.parametrize("front", ["/mcp", "/sse", "/ws"])
def test_each_front_is_described_under_the_name_that_clients_call_it(
    issuer: Issuer, front: str
) -> None:
    with bridged(*flags(issuer)) as bridge:
        place = WELL_KNOWN + front
        assert (
            f'resource_metadata="http://{bridge.address}{place}"'
            in bridge.ask(path=front).challenge
        )
        answer = bridge.ask(path=place, method="GET")
        assert answer.status == 200
        assert answer.headers["content-type"] == "application/json"
        assert json.loads(answer.body) == {
            "resource": f"http://{bridge.address}{front}",
            "authorization_servers": [issuer.name],
            "bearer_methods_supported": ["header"],
        }


def test_the_document_at_the_root_is_that_of_streamable_http(issuer: Issuer) -> None:
    with bridged(*flags(issuer, "--token-scopes=b,a")) as bridge:
        told = json.loads(bridge.ask(path=WELL_KNOWN, method="GET").body)
        assert told["resource"] == f"http://{bridge.address}/mcp"
        assert told["scopes_supported"] == ["b", "a"]


def test_behind_a_proxy_with_tls_the_address_is_one_with_tls(issuer: Issuer) -> None:
    with bridged(*flags(issuer, "--allowed-hosts=mcp.example.com")) as bridge:
        asked = {"Host": "mcp.example.com", "X_Forwarded_Proto": "https"}
        told = json.loads(bridge.ask(path=WELL_KNOWN, method="GET", **asked).body)
        assert told["resource"] == "https://mcp.example.com/mcp"


@pytest.mark.parametrize(
    ("url", "front", "place", "resource"),
    [
        ("https://a.example/mcp", "/mcp", f"{WELL_KNOWN}/mcp", "https://a.example/mcp"),
        ("https://a.example/x/mcp", "/mcp", f"{WELL_KNOWN}/x/mcp", "https://a.example/x/mcp"),
        ("https://a.example/x/mcp", "/sse", f"{WELL_KNOWN}/x/sse", "https://a.example/x/sse"),
        ("https://a.example/x/mcp", "/messages", f"{WELL_KNOWN}/x/sse", "https://a.example/x/sse"),
        ("https://a.example", "/mcp", WELL_KNOWN, "https://a.example"),
        ("https://a.example/", "/ws", WELL_KNOWN, "https://a.example/"),
    ],
)
def test_the_address_that_was_given_is_told_whatever_the_host(
    issuer: Issuer, url: str, front: str, place: str, resource: str
) -> None:
    with bridged(*flags(issuer, f"--resource-url={url}")) as bridge:
        told = f'resource_metadata="https://a.example{place}"'
        assert told in bridge.ask(path=front).challenge
        found = json.loads(bridge.ask(path=place, method="GET").body)
        assert found["resource"] == resource


def test_web_pages_that_may_call_read_the_document_and_the_challenge(issuer: Issuer) -> None:
    page = "https://page.example.com"
    with bridged(*flags(issuer, f"--allowed-origins={page}")) as bridge:
        wish = {"Origin": page, "Access_Control_Request_Method": "GET"}
        assert bridge.ask(path=WELL_KNOWN, method="OPTIONS", **wish).status == 204
        for answer in (
            bridge.ask(path=WELL_KNOWN, method="GET", Origin=page),
            bridge.ask(Origin=page),
        ):
            assert answer.headers["access-control-allow-origin"] == page
            assert "WWW-Authenticate" in answer.headers["access-control-expose-headers"]
        assert bridge.ask(path="/mcp", method="OPTIONS", **wish).status == 204


def test_the_document_can_only_be_read(issuer: Issuer) -> None:
    with bridged(*flags(issuer)) as bridge:
        assert bridge.ask(path=WELL_KNOWN, method="HEAD").body == ""
        answer = bridge.ask(path=WELL_KNOWN, method="POST")
        assert (answer.status, answer.headers["allow"]) == (405, "GET, HEAD, OPTIONS")


@pytest.mark.slow
def test_who_asks_for_no_tokens_does_not_pay_for_cryptography() -> None:
    line = "import sys, adapter.bridge; sys.exit('cryptography' in sys.modules)"
    subprocess.run([sys.executable, "-c", line], check=True, env={**os.environ})
