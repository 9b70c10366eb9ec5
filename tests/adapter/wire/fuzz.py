"""Bytes that no good client would send: requests torn, swollen, doubled and cut into odd pieces."""

import random
from collections.abc import Iterator

from tests.adapter.wire.serving import post

WEBSOCKET = (
    b"GET /ws HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)
CHUNKED = b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nabcd\r\n0\r\n\r\n"
GOOD = (
    post(b'{"jsonrpc":"2.0","id":1,"method":"ping"}', b"Accept: */*", b"Mcp-Session-Id: x"),
    b"GET http://a/b?c HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n\r\n",
    b"HEAD /stream HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
    b"GET /stream HTTP/1.1\r\nHost: a\r\n\r\n",
    b"GET /fail HTTP/1.1\r\nHost: [::1]:3\r\nOrigin: null\r\n\r\n",
    post(b"x" * 2000, b"Connection: Upgrade, HTTP2-Settings", b"Upgrade: h2c"),
    CHUNKED,
    WEBSOCKET + b"\x81\x82\0\0\0\0hi\x89\x80\0\0\0\0\x88\x82\0\0\0\0\x03\xe8",
)
TOKENS = (
    *(b"\r\n", b"\n", b"\r", b"\0", b" ", b"\t", b":", b",", b";", b"0", b"-1", b"\xff", b"%00"),
    *(b"Content-Length: 5\r\n", b"Transfer-Encoding: chunked\r\n", b"Host: b\r\n", b"HTTP/1.1"),
    *(b"Connection: close\r\n", b"Upgrade: websocket\r\n", b"Connection: Upgrade\r\n"),
    *(b"99999999999999999999", b"ffffffff\r\n", b"\x81\xfe\xff\xff", b"\x88\x80\0\0\0\0"),
)


def conversations(seed: int) -> Iterator[list[bytes]]:
    """Yield what clients send, in pieces, without end; the same for the same seed."""
    chance = random.Random(seed)
    while True:
        sent = b"".join(chance.choice(GOOD) for _ in range(chance.randrange(1, 4)))
        for _ in range(chance.randrange(4)):
            sent = _spoiled(sent, chance)
        yield list(_pieces(sent, chance))


def _spoiled(sent: bytes, chance: random.Random) -> bytes:
    """Return *sent* with one place changed."""
    at = chance.randrange(len(sent) + 1)
    match chance.randrange(5):
        case 0:
            return sent[:at] + chance.choice(TOKENS) + sent[at:]
        case 1:
            return sent[:at] + sent[at + chance.randrange(20) :]
        case 2:
            return sent[:at] + bytes((chance.randrange(256),)) + sent[at + 1 :]
        case 3:
            return sent[:at] + chance.choice(TOKENS) * chance.randrange(400) + sent[at:]
        case _:
            return sent[at:] + sent[:at]


def _pieces(sent: bytes, chance: random.Random) -> Iterator[bytes]:
    while sent:
        size = chance.choice((1, 7, 100, 10_000))
        yield sent[:size]
        sent = sent[size:]
