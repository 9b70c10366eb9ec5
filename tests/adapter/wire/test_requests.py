"""Well-formed requests reach the handler as they were meant, and answers the client as given."""

import http.client
from collections.abc import Iterator
from contextlib import suppress

import pytest

from adapter.wire.replies import Reply, header
from adapter.wire.requests import Request
from tests.adapter.wire.serving import (
    Asked,
    Serving,
    echo,
    post,
    read_until,
    serving,
    status,
)

CLOSE = b"Connection: close"


@pytest.fixture(scope="module")
def server() -> Iterator[Serving]:
    with serving(echo) as running:
        yield running


def seen(sent: bytes) -> Request:
    """Return what the handler sees of the bytes that a client sent."""
    asked = Asked()
    with serving(asked) as running, running.connect() as client:
        client.sendall(sent)
        return asked.next()[0]


def test_a_request_is_seen_with_all_its_parts() -> None:
    request = seen(
        b"PUT /a%20b?c=%20d HTTP/1.1\r\nHost: x:1\r\nX-One:  1 \r\nx-ONE: 2\r\nX-None:\r\n"
        b"Content-Length: 3\r\n\r\nabc"
    )
    assert (request.method, request.path, request.query) == (b"PUT", "/a b", "c=%20d")
    assert request.headers == {
        b"host": b"x:1",
        b"x-one": b"1",
        b"x-none": b"",
        b"content-length": b"3",
    }
    assert (request.repeated, request.body, request.peer) == ({b"x-one"}, b"abc", "127.0.0.1")


@pytest.mark.parametrize(
    ("target", "path", "query", "host"),
    [
        pytest.param(b"http://other:80/a?b", "/a", "b", b"other:80", id="absolute"),
        pytest.param(b"HTTP://other", "/", "", b"other", id="absolute without path"),
        pytest.param(b"https://other?b", "/", "b", b"other", id="absolute with query alone"),
        pytest.param(b"//double", "//double", "", b"x", id="two slashes are a path"),
    ],
)
def test_the_target_may_name_the_host(target: bytes, path: str, query: str, host: bytes) -> None:
    request = seen(b"GET %b HTTP/1.1\r\nHost: x\r\n\r\n" % target)
    assert (request.path, request.query, request.headers[b"host"]) == (path, query, host)


def test_a_body_that_comes_in_many_pieces_is_put_together(server: Serving) -> None:
    with server.connect() as client:
        for byte in post(b"hello, world"):
            client.sendall(bytes((byte,)))
        assert read_until(client, b"hello, world").startswith(b"HTTP/1.1 200 OK\r\n")


def test_a_chunked_body_is_put_together(server: Serving) -> None:
    sent = (
        b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: Chunked\r\nConnection: close\r\n\r\n"
        b"4;name=value\r\nwiki\r\n005\r\npedia\r\n0\r\nX-Trailer: ignored\r\n\r\n"
    )
    assert server.exchange(sent).endswith(b"\r\n\r\nwikipedia")


def test_one_connection_serves_many_requests(server: Serving) -> None:
    client = server.client()
    for number in range(5):
        client.request("POST", "/", body=b"%d" % number)
        assert client.getresponse().read() == b"%d" % number
    client.close()


def test_the_client_is_told_to_go_on_with_its_body(server: Serving) -> None:
    with server.connect() as client:
        client.sendall(
            b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n"
        )
        assert read_until(client, b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
        client.sendall(b"ok")
        assert read_until(client, b"ok").startswith(b"HTTP/1.1 200 OK\r\n")


@pytest.mark.parametrize(
    ("head", "kept"),
    [
        pytest.param(b"HTTP/1.1\r\nHost: a\r\n", b"", id="1.1 goes on"),
        pytest.param(
            b"HTTP/1.1\r\nHost: a\r\nConnection: close\r\n",
            b"Connection: close\r\n",
            id="unless the client says otherwise",
        ),
        pytest.param(b"HTTP/1.0\r\n", b"Connection: close\r\n", id="1.0 ends"),
        pytest.param(
            b"HTTP/1.0\r\nConnection: keep-alive\r\n",
            b"Connection: keep-alive\r\n",
            id="1.0 goes on when asked to",
        ),
    ],
)
def test_both_sides_know_whether_the_connection_stays(
    server: Serving, head: bytes, kept: bytes
) -> None:
    expected = (
        b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n%bContent-Length: 2\r\n\r\n/x" % kept
    )
    with server.connect() as client:
        client.sendall(b"GET /x " + head + b"\r\n")
        assert read_until(client, b"/x") == expected
        if b"close" in kept:
            assert client.recv(1) == b""


def test_head_has_the_length_of_a_body_that_is_not_sent(server: Serving) -> None:
    answer = server.exchange(b"HEAD /abc HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
    assert answer.endswith(b"Content-Length: 4\r\n\r\n")


@pytest.mark.parametrize("code", [202, 204, 404])
def test_an_answer_may_be_empty(code: int) -> None:
    with serving(lambda _, reply: reply.answer(code, headers=b"X-A: b\r\n")) as running:
        client = running.client()
        for _ in range(2):
            client.request("POST", "/", body=b"{}")
            answer = client.getresponse()
            got = (answer.status, answer.read(), answer.getheader("X-A"))
            assert got == (code, b"", "b")
            assert answer.getheader("Content-Type") is None
        client.close()


def test_a_large_answer_arrives_whole() -> None:
    body = bytes(range(256)) * 40_000
    with serving(lambda _, reply: reply.answer(200, body)) as running:
        client = running.client()
        for _ in range(3):
            client.request("GET", "/")
            assert client.getresponse().read() == body
        client.close()


def test_a_client_that_wishes_for_http2_is_served_its_body_all_the_same(server: Serving) -> None:
    wish = (b"Connection: Upgrade, HTTP2-Settings", b"Upgrade: h2c", b"HTTP2-Settings: AAMAAABk")
    with server.connect() as client:
        for body in (b"first", b"again"):
            client.sendall(post(body, *wish))
            assert status(read_until(client, body)) == 200
        whole = post(b"later", *wish)
        client.sendall(whole[:-3])
        client.sendall(whole[-3:] + post(b"and one more", CLOSE))
        assert read_until(client, b"and one more").count(b"HTTP/1.1 200 OK") == 2


def test_a_handler_that_fails_costs_one_answer(caplog: pytest.LogCaptureFixture) -> None:
    def failing(request: Request, reply: Reply) -> None:
        if request.path == "/bad":
            raise LookupError("secret")
        echo(request, reply)

    with serving(failing) as running:
        client = running.client()
        client.request("GET", "/bad")
        answer = client.getresponse()
        text = answer.read()
        assert answer.status == 500
        assert (
            text
            == b'{"jsonrpc":"2.0","id":null,"error":{"code":-32603,"message":"internal error"}}'
        )
        client.request("GET", "/good")
        assert client.getresponse().read() == b"/good"
        client.close()
        assert running.why_refused() == "handler failed"
    assert [record.message for record in caplog.records] == ["failed while serving a client"]


def test_a_handler_that_fails_in_the_middle_ends_the_connection() -> None:
    def failing(_: Request, reply: Reply) -> None:
        reply.stream()
        reply.send(b"data: 1\n\n")
        raise LookupError("secret")

    with serving(failing) as running, running.connect() as client:
        client.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        with suppress(ConnectionResetError):
            assert not read_until(client, b"never").endswith(b"0\r\n\r\n")
        assert running.why_refused() == "handler failed"


@pytest.mark.parametrize("value", [b"a\r\nX: y", b"a\nb", b"a\0b", b"\x7f", "ü".encode()])
def test_a_header_line_is_never_made_of_more_than_one_line(value: bytes) -> None:
    with pytest.raises(ValueError, match="not printable ASCII"):
        header(b"X-From-Outside", value)


@pytest.mark.parametrize("lines", [b"X: y", b"\r\n", b"X: y\r\n\r\n<html>\r\n"])
def test_header_lines_that_would_end_the_head_are_refused(lines: bytes) -> None:
    asked = Asked()
    with serving(asked) as running, running.connect() as client:
        client.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        _, reply = asked.next()
        with pytest.raises(ValueError, match="header lines"):
            running.do(lambda: reply.answer(200, headers=lines))


def test_a_request_is_answered_once() -> None:
    asked = Asked()
    with serving(asked) as running, running.connect() as client:
        client.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        _, reply = asked.next()
        running.do(reply.stream)
        with pytest.raises(RuntimeError, match="answered once"):
            running.do(reply.stream)


def test_ordinary_clients_understand_streams() -> None:
    def three(_: Request, reply: Reply) -> None:
        reply.stream(b"X-A: b\r\n")
        for number in range(3):
            reply.send(b"data: %d\n\n" % number)
        reply.end()

    with serving(three) as running:
        client = running.client()
        for _ in range(2):
            client.request("GET", "/")
            answer: http.client.HTTPResponse = client.getresponse()
            assert answer.getheader("Content-Type") == "text/event-stream"
            assert answer.getheader("Cache-Control") == "no-cache, no-transform"
            assert answer.getheader("X-Accel-Buffering") == "no"
            assert answer.getheader("X-A") == "b"
            assert answer.read() == b"data: 0\n\ndata: 1\n\ndata: 2\n\n"
        client.close()
