"""The guard lets in who was meant to come, and no page that a browser was lured to."""

import pytest

from adapter.wire.guard import MOST_VERDICTS, Guard, Verdict

LOCAL = Guard()
LISTED = Guard(["mcp.example.com", "*.tools.example.com", "Trailing.Example.org."])
POD = Guard(["mcp.example.com"], ["https://app.example.com"], in_pod=True)
BROWSER = Guard(origins=["https://App.example.com:443", "http://dev.example.com:8080", "null"])


def judged(guard: Guard, host: str | None, origin: str | None = None) -> int:
    """Return the status with which a request would be turned away, 0 for none."""
    named = {b"host": host, b"origin": origin}
    return guard.judge({k: v.encode() for k, v in named.items() if v is not None}).status


@pytest.mark.parametrize(
    ("guard", "host", "status"),
    [
        pytest.param(LOCAL, "localhost", 0, id="localhost"),
        pytest.param(LOCAL, "LocalHost:3000", 0, id="any port and case"),
        pytest.param(LOCAL, "127.0.0.1:1", 0, id="IPv4 loopback"),
        pytest.param(LOCAL, "[::1]:3000", 0, id="IPv6 loopback"),
        pytest.param(LOCAL, "evil.example.com", 421, id="rebound name"),
        pytest.param(LOCAL, "localhost.evil.com", 421, id="name that begins well"),
        pytest.param(LOCAL, "evil.com:localhost", 421, id="port that is a name"),
        pytest.param(LOCAL, "evil.com@localhost", 421, id="user in front"),
        pytest.param(LOCAL, "localhost@evil.com", 421, id="user that looks well"),
        pytest.param(LOCAL, "localhost/evil", 421, id="path"),
        pytest.param(LOCAL, "192.168.0.1", 421, id="address of a neighbour"),
        pytest.param(LOCAL, "web", 421, id="short name outside a cluster"),
        pytest.param(LOCAL, "", 421, id="empty"),
        pytest.param(LOCAL, None, 421, id="none"),
        pytest.param(LOCAL, "[::1", 421, id="bracket without end"),
        pytest.param(LOCAL, "löcalhost", 421, id="not ASCII"),
        pytest.param(LOCAL, "localhost, evil.com", 421, id="two"),
        pytest.param(LISTED, "mcp.example.com:443", 0, id="listed"),
        pytest.param(LISTED, "MCP.example.com.", 0, id="listed, absolute"),
        pytest.param(LISTED, "trailing.example.org", 0, id="listed as absolute"),
        pytest.param(LISTED, "a.tools.example.com", 0, id="below"),
        pytest.param(LISTED, "a.b.tools.example.com", 0, id="far below"),
        pytest.param(LISTED, "tools.example.com", 421, id="the name itself is not below it"),
        pytest.param(LISTED, "xtools.example.com", 421, id="beside"),
        pytest.param(LISTED, "*.tools.example.com", 0, id="a star is below too"),
        pytest.param(POD, "web", 0, id="service in the namespace"),
        pytest.param(POD, "web.shop.svc", 0, id="service"),
        pytest.param(POD, "web.shop.svc.cluster.local:3000", 0, id="whole service name"),
        pytest.param(POD, "web.shop.svc.evil.com", 421, id="service of somebody else"),
        pytest.param(POD, "web.shop", 421, id="half a service name"),
        pytest.param(POD, "10.0.0.7:3000", 0, id="address of the Pod"),
        pytest.param(POD, "[fd00::7]:3000", 0, id="IPv6 address of the Pod"),
        pytest.param(POD, "localhost", 0, id="localhost in a Pod"),
        pytest.param(POD, "evil.example.com", 421, id="foreign name in a Pod"),
        pytest.param(Guard(["*"]), "anything.at.all", 0, id="switched off"),
        pytest.param(
            Guard(in_pod=True, cluster_domain="corp.example."),
            "web.shop.svc.corp.example",
            0,
            id="cluster of another domain",
        ),
    ],
)
def test_the_host_must_be_one_that_is_served(guard: Guard, host: str | None, status: int) -> None:
    assert judged(guard, host) == status


@pytest.mark.parametrize(
    ("guard", "origin", "status"),
    [
        pytest.param(LOCAL, None, 0, id="no browser"),
        pytest.param(LOCAL, "http://localhost:6274", 0, id="local page"),
        pytest.param(LOCAL, "http://127.0.0.1", 0, id="local page by address"),
        pytest.param(LOCAL, "https://[::1]:3000", 0, id="local page by IPv6 address"),
        pytest.param(LOCAL, "http://evil.example.com", 403, id="foreign page"),
        pytest.param(LOCAL, "http://localhost.evil.com", 403, id="name that begins well"),
        pytest.param(LOCAL, "null", 403, id="sandboxed page"),
        pytest.param(LOCAL, "", 403, id="empty"),
        pytest.param(LOCAL, "localhost", 403, id="no scheme"),
        pytest.param(LOCAL, "http://localhost, http://evil.com", 403, id="two"),
        pytest.param(LOCAL, "http://localhost:x", 403, id="port that is none"),
        pytest.param(LOCAL, "http://ä", 403, id="not ASCII"),
        pytest.param(POD, "https://app.example.com", 0, id="listed"),
        pytest.param(POD, "http://app.example.com", 403, id="listed under another scheme"),
        pytest.param(POD, "https://app.example.com:8443", 403, id="listed under another port"),
        pytest.param(POD, "http://localhost:3000", 403, id="local page, but not our Pod's"),
        pytest.param(BROWSER, "https://app.example.com", 0, id="usual port, other case"),
        pytest.param(BROWSER, "http://dev.example.com:8080", 0, id="listed with its port"),
        pytest.param(BROWSER, "null", 0, id="sandboxed pages, listed"),
        pytest.param(Guard(origins=["*"]), "https://anything.example", 0, id="switched off"),
    ],
)
def test_the_origin_must_be_listed_or_local(guard: Guard, origin: str | None, status: int) -> None:
    assert judged(guard, "localhost", origin) == status


def test_a_listed_origin_may_read_the_answers() -> None:
    verdict = POD.judge({b"host": b"web", b"origin": b"https://app.example.com"})
    assert verdict == Verdict(
        0,
        "",
        b"Access-Control-Allow-Origin: https://app.example.com\r\n"
        b"Access-Control-Expose-Headers: Mcp-Session-Id, MCP-Protocol-Version, WWW-Authenticate\r\n"
        b"Vary: Origin\r\n",
    )


def test_who_is_no_browser_is_told_nothing_about_origins() -> None:
    assert POD.judge({b"host": b"web"}) == Verdict()


@pytest.mark.parametrize(
    ("asked", "allowed"),
    [
        pytest.param(b"content-type, Mcp-Session-Id", b"content-type, Mcp-Session-Id", id="fit"),
        pytest.param(b"mcp-param-x,authorization", b"mcp-param-x, authorization", id="any Mcp-"),
        pytest.param(b"x-evil", None, id="unknown"),
        pytest.param(b"mcp-a\r\nX: y", None, id="more than one line"),
        pytest.param(b"mcp-" + b"a" * 500, None, id="too long"),
        pytest.param(b"", None, id="empty"),
        pytest.param(None, None, id="not asked"),
    ],
)
def test_a_preflight_is_answered_with_what_may_be_sent(
    asked: bytes | None, allowed: bytes | None
) -> None:
    lines = POD.preflight({} if asked is None else {b"access-control-request-headers": asked})
    usual = b"Authorization, Content-Type, Accept, Last-Event-ID, Mcp-Session-Id, "
    assert b"Access-Control-Allow-Headers: " + (allowed or usual) in lines
    assert b"Access-Control-Allow-Methods: GET, POST, DELETE\r\n" in lines
    assert lines.count(b"\r\n") == 3


def test_what_is_remembered_is_bounded() -> None:
    guard = Guard()
    for number in range(3 * MOST_VERDICTS):
        guard.judge({b"host": b"a%d.example" % number})
        guard.judge({b"host": b"a" * 1000 + b"%d" % number})
    remembered = vars(guard)["_verdicts"]
    assert len(remembered) <= MOST_VERDICTS
    assert max(len(host) for host, _ in remembered) < 300
    assert judged(guard, "localhost") == 0
