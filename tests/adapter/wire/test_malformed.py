"""What is no request, or could be taken for two, is refused, and nothing more is read."""

import json
from collections.abc import Iterator

import pytest

from adapter.wire.limits import Limits
from tests.adapter.wire.serving import (
    Asked,
    Serving,
    echo,
    post,
    read_all,
    read_until,
    serving,
    status,
    wait_until,
)

LIMITS = Limits(head=2048, headers=10, body=1000, bodies=2500, pipelined=4)
MUCH = 600_000
"""More than is ever read at once, which is what bytes between the parts are measured by."""
HEAD = b"POST / HTTP/1.1\r\nHost: a\r\n"
NEXT = b"GET /second HTTP/1.1\r\nHost: a\r\n\r\n"
UPGRADE = b"GET /ws HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
KEY = b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
THIRTEEN = b"Sec-WebSocket-Version: 13\r\n"

MALFORMED = [
    pytest.param(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400, id="TLS"),
    pytest.param(b"hello\r\n\r\n", 400, id="no request line"),
    pytest.param(b"GET /\r\n\r\n", 505, id="HTTP 0.9"),
    pytest.param(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400, id="HTTP 2"),
    pytest.param(b"GET / HTTP/1.1\r\n\r\n", 400, id="no host"),
    pytest.param(b"GET / HTTP/1.2\r\nHost: a\r\n\r\n", 400, id="unknown version"),
    pytest.param(b"GET / HTTP/2.0\r\nHost: a\r\n\r\n", 505, id="another version"),
    pytest.param(b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400, id="two hosts"),
    pytest.param(b"GET / HTTP/1.1\r\nHost: a\r\nOrigin: b\r\norigin: c\r\n\r\n", 400, id="origins"),
    pytest.param(b"GET nowhere HTTP/1.1\r\nHost: a\r\n\r\n", 400, id="relative target"),
    pytest.param(b"GET /a#b HTTP/1.1\r\nHost: a\r\n\r\n", 400, id="fragment"),
    pytest.param(b"GET /\xc3\xa4 HTTP/1.1\r\nHost: a\r\n\r\n", 400, id="target not ASCII"),
    pytest.param(b"GET ftp://a/ HTTP/1.1\r\nHost: a\r\n\r\n", 400, id="foreign target"),
    pytest.param(b"GET /a b HTTP/1.1\r\nHost: a\r\n\r\n", 400, id="space in target"),
    pytest.param(b"CONNECT a:80 HTTP/1.1\r\nHost: a\r\n\r\n", 405, id="tunnel"),
    pytest.param(b"FETCH / HTTP/1.1\r\nHost: a\r\n\r\n", 400, id="unknown method"),
    pytest.param(b"GET / HTTP/1.1\r\nHost: a\r\nNo Name: b\r\n\r\n", 400, id="space in name"),
    pytest.param(b"GET / HTTP/1.1\r\nHost : a\r\n\r\n", 400, id="space before colon"),
    pytest.param(b"GET / HTTP/1.1\r\nHost: a\r\nX: b\r\n c\r\n\r\n", 400, id="folded header"),
    pytest.param(b"GET / HTTP/1.1\r\nHost: a\r\nX: a\0b\r\n\r\n", 400, id="NUL in header"),
    pytest.param(b"GET / HTTP/1.1\r\nHost: a\r\nX: a\rb\r\n\r\n", 400, id="CR in header"),
    pytest.param(b"GET / HTTP/1.1\nHost: a\n\n", 400, id="LF alone"),
    pytest.param(b"GET / HTTP/1.1\r\nHost: a\r\n: b\r\n\r\n", 400, id="header without name"),
    pytest.param(HEAD + b"Content-Length: -1\r\n\r\n", 400, id="negative length"),
    pytest.param(HEAD + b"Content-Length: +5\r\n\r\nhello", 400, id="signed length"),
    pytest.param(HEAD + b"Content-Length: 0x5\r\n\r\nhello", 400, id="hexadecimal length"),
    pytest.param(HEAD + b"Content-Length: 5, 5\r\n\r\nhello", 400, id="list of lengths"),
    pytest.param(HEAD + b"Content-Length:\r\n\r\n", 400, id="empty length"),
    pytest.param(HEAD + b"Content-Length: %d\r\n\r\n" % 2**70, 400, id="length over 64 bits"),
    pytest.param(HEAD + b"Expect: miracles\r\n\r\n", 417, id="unknown expectation"),
    pytest.param(UPGRADE + THIRTEEN + b"\r\n", 400, id="upgrade without key"),
    pytest.param(UPGRADE + THIRTEEN + b"Sec-WebSocket-Key: eA==\r\n\r\n", 400, id="short key"),
    pytest.param(UPGRADE + THIRTEEN + b"Sec-WebSocket-Key: ?\r\n\r\n", 400, id="key not base64"),
    pytest.param(UPGRADE + KEY + b"Sec-WebSocket-Version: 8\r\n\r\n", 426, id="old WebSocket"),
    pytest.param(
        UPGRADE + KEY + THIRTEEN + b"Content-Length: 2\r\n\r\n", 400, id="upgrade with body"
    ),
]

TWO_IN_ONE = [
    pytest.param(
        b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", id="length and chunked"
    ),
    pytest.param(
        b"Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n", id="chunked and length"
    ),
    pytest.param(b"Content-Length: 0\r\nContent-Length: 4\r\n\r\n", id="two lengths"),
    pytest.param(b"Content-Length: 4\r\nContent-Length: 4\r\n\r\nabcd", id="one length twice"),
    pytest.param(b"Transfer-Encoding: identity\r\n\r\n", id="identity"),
    pytest.param(b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", id="gzip and chunked"),
    pytest.param(b"Transfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n", id="chunked not last"),
    pytest.param(b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", id="nearly chunked"),
    pytest.param(b"Transfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n", id="vertical tab"),
    pytest.param(
        b"Transfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n\r\n0\r\n\r\n", id="two codings"
    ),
    pytest.param(b"Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n", id="space before colon"),
    pytest.param(b"Transfer-Encoding: chunked\r\n\r\nzz\r\n\r\n", id="chunk size no number"),
    pytest.param(b"Transfer-Encoding: chunked\r\n\r\n-1\r\n\r\n", id="chunk size negative"),
    pytest.param(b"Transfer-Encoding: chunked\r\n\r\n0x1\r\na\r\n0\r\n\r\n", id="chunk size 0x"),
    pytest.param(b"Transfer-Encoding: chunked\r\n\r\n1\nab\r\n0\r\n\r\n", id="chunk line with LF"),
    pytest.param(b"Transfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n0\r\n\r\n", id="chunk too long"),
    pytest.param(
        b"Transfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\na\r\n", id="chunk size too large"
    ),
]


@pytest.fixture(scope="module")
def server() -> Iterator[Serving]:
    with serving(echo, LIMITS) as running:
        yield running


def is_the_only_answer(answer: bytes) -> bool:
    """Return whether it is one error that JSON-RPC clients understand, then the end."""
    head, _, body = answer.partition(b"\r\n\r\n")
    error = json.loads(body)
    assert (error["jsonrpc"], error["id"], error["error"]["code"]) == ("2.0", None, -32600)
    assert b"Connection: close" in head
    assert b"Server:" not in head
    return b"HTTP/1.1 200" not in body and b"Traceback" not in body


@pytest.mark.parametrize(("sent", "code"), MALFORMED)
def test_what_is_no_request_is_refused(server: Serving, sent: bytes, code: int) -> None:
    answer = server.exchange(sent)
    assert (status(answer), is_the_only_answer(answer)) == (code, True)
    assert server.why_refused()


@pytest.mark.parametrize("sent", TWO_IN_ONE)
def test_what_could_be_two_requests_is_refused(server: Serving, sent: bytes) -> None:
    answer = server.exchange(HEAD + sent + NEXT)
    assert status(answer) in (400, 501)
    assert is_the_only_answer(answer)
    assert server.why_refused()


def test_chunked_is_unknown_to_http_1_0(server: Serving) -> None:
    sent = b"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
    assert status(server.exchange(sent + NEXT)) == 400
    assert server.why_refused()


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        pytest.param(b"GET /" + b"a" * 3000 + b" HTTP/1.1\r\nHost: a\r\n\r\n", 431, id="target"),
        pytest.param(HEAD + b"X: " + b"a" * 3000 + b"\r\n\r\n", 431, id="one header"),
        pytest.param(HEAD + b"X: " + b"a" * 3000, 431, id="header without end"),
        pytest.param(HEAD + b"X" * 3000, 431, id="name without end"),
        pytest.param(
            HEAD + b"".join(b"X%d: \r\n" % i for i in range(20)) + b"\r\n", 431, id="many headers"
        ),
        pytest.param(HEAD + b"X: \r\n" * 20 + b"\r\n", 431, id="one header many times"),
        pytest.param(b"\r\n" * 3000, 431, id="empty lines"),
        pytest.param(post(b"a" * 1001), 413, id="body"),
        pytest.param(HEAD + b"Content-Length: 1001\r\n\r\n", 413, id="body that is announced"),
        pytest.param(
            HEAD + b"Content-Length: 1001\r\nExpect: 100-continue\r\n\r\n", 413, id="body to come"
        ),
        pytest.param(
            HEAD + b"Transfer-Encoding: chunked\r\n\r\n3e9\r\n" + b"a" * 1001, 413, id="chunk"
        ),
        pytest.param(
            HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + b"1\r\na\r\n" * 1001, 413, id="chunks"
        ),
        pytest.param(
            HEAD + b"Transfer-Encoding: chunked\r\n\r\n1;" + b"a" * MUCH, 431, id="chunk extension"
        ),
        pytest.param(
            HEAD + b"Transfer-Encoding: chunked\r\n\r\n0\r\n" + b"X: y\r\n" * (MUCH // 6),
            431,
            id="trailers",
        ),
        pytest.param(
            HEAD + b"Transfer-Encoding: chunked\r\n\r\n0\r\nX: " + b"y" * MUCH, 431, id="trailer"
        ),
    ],
)
def test_what_is_too_large_is_refused(server: Serving, sent: bytes, code: int) -> None:
    with server.connect() as client:
        for start in range(0, len(sent), 1000):
            client.sendall(sent[start : start + 1000])
        answer = read_all(client)
    assert (status(answer), is_the_only_answer(answer)) == (code, True)
    assert server.why_refused()


def test_what_is_not_too_large_is_served(server: Serving) -> None:
    close = b"Connection: close"
    assert server.exchange(post(b"a" * 1000, close)).endswith(b"\r\n\r\n" + b"a" * 1000)
    assert status(server.exchange(post(b"", close, b"X: " + b"a" * 1900))) == 200


def test_a_refused_body_is_read_until_the_client_listens() -> None:
    with serving(echo) as running:
        client = running.client()
        client.request("POST", "/", body=b"a" * 20_000_000)
        answer = client.getresponse()
        assert (answer.status, json.loads(answer.read())["id"]) == (413, None)
        client.close()


def test_all_unfinished_bodies_together_are_bounded(server: Serving) -> None:
    with server.connect() as one, server.connect() as two, server.connect() as three:
        for client in (one, two):
            client.sendall(post(b"a" * 1000)[:-1])
        assert wait_until(lambda: server.server.bodies == 1998)
        three.sendall(post(b"a" * 1000)[:-1])
        answer = read_all(three)
        assert status(answer) == 503
        assert b"Retry-After: 1\r\n" in answer
        assert server.why_refused() == "too many bodies at once"
        one.sendall(b"a")
        assert read_until(one, b"a" * 1000).startswith(b"HTTP/1.1 200")


def test_answers_that_are_owed_come_before_a_refusal() -> None:
    asked = Asked()
    with serving(asked, LIMITS) as running, running.connect() as client:
        client.sendall(NEXT + b"rubbish\r\n\r\n")
        running.do(lambda: asked.next()[1].answer(200, b"first"))
        answers = read_all(client)
        assert answers.index(b"first") < answers.index(b"HTTP/1.1 400")


def test_too_many_pipelined_requests_are_refused_after_the_others(server: Serving) -> None:
    answers = server.exchange(NEXT * 6)
    assert answers.count(b"HTTP/1.1 200") == 4
    assert answers.count(b"HTTP/1.1 429") == 1
    assert server.why_refused()
