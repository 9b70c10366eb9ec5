"""Connections of raw clients: HTTP/1.1 and WebSocket, asynchronous, without a library between."""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import cast

from tests.adapter.program import HOST

LONGEST = 2**27
"""Bytes of a line: some tests send large ones."""
PING, PONG = 9, 10
WITHIN = 120.0
"""Seconds after which an answer will not come any more."""


@dataclass
class Heard:
    """What came back to one request; of a stream only its head."""

    status: int
    headers: dict[str, str]
    body: bytes = b""

    @property
    def is_stream(self) -> bool:
        """Whether events follow."""
        return self.headers.get("content-type", "") == "text/event-stream"


class Wire:
    """One connection that may be used again and again."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Speak on an open connection."""
        self.reader = reader
        self.writer = writer
        self.is_last = False
        """Whether the other side has said that it hears no further request here."""

    @property
    def is_usable(self) -> bool:
        """Say whether another request may be sent, as far as one can know."""
        return not self.is_last and not self.reader.at_eof()

    async def ask(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes = b""
    ) -> Heard:
        """Return the answer to a request; of a stream only its head."""
        async with asyncio.timeout(WITHIN):
            await self.send(method, path, headers, body)
            return await self.heard()

    async def send(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes = b""
    ) -> None:
        """Send a request."""
        lines = [f"{method} {path} HTTP/1.1", "Host: localhost"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        lines.append(f"Content-Length: {len(body)}")
        self.writer.write("\r\n".join([*lines, "", ""]).encode() + body)
        await self.writer.drain()

    async def heard(self) -> Heard:
        """Return what is answered next."""
        first, *lines = (await self.reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")[:-2]
        assert first.startswith("HTTP/1.1 "), f"no answer begins with {first!r}, {lines}"
        pairs = (line.partition(": ") for line in lines)
        headers = {name.lower(): value for name, _, value in pairs}
        answer = Heard(int(first.split(" ")[1]), headers)
        self.is_last = headers.get("connection") == "close"
        if "content-length" in headers:
            answer.body = await self.reader.readexactly(int(headers["content-length"]))
        return answer

    async def data(self) -> bytes:
        """Return the data of the next event that has some; empty at the end of the stream."""
        while chunk := await self._chunk():
            for line in chunk.split(b"\n"):
                if line.startswith(b"data:") and len(line) > len(b"data: "):
                    return line.removeprefix(b"data:").removeprefix(b" ")
        return b""

    async def _chunk(self) -> bytes:
        async with asyncio.timeout(WITHIN):
            size = int(await self.reader.readuntil(b"\r\n"), 16)
            return (await self.reader.readexactly(size + 2))[:-2]

    async def frame(self) -> tuple[int, bytes]:
        """Return kind and content of the next frame of a WebSocket; pings are answered."""
        async with asyncio.timeout(WITHIN):
            kind, content = await self._frame()
            while kind == PING:
                self.write_frame(content, PONG)
                kind, content = await self._frame()
            return kind, content

    async def _frame(self) -> tuple[int, bytes]:
        kind, length = await self.reader.readexactly(2)
        if length > 125:
            more = await self.reader.readexactly(2 if length == 126 else 8)
            length = int.from_bytes(more, "big")
        return kind & 0xF, await self.reader.readexactly(length)

    def write_frame(self, text: bytes, kind: int = 1) -> None:
        """Send a frame; a mask of zeros changes nothing."""
        length = len(text)
        if length < 126:
            size = bytes((0x80 | length,))
        elif length < 2**16:
            size = bytes((0x80 | 126,)) + length.to_bytes(2, "big")
        else:
            size = bytes((0x80 | 127,)) + length.to_bytes(8, "big")
        self.writer.write(bytes((0x80 | kind,)) + size + bytes(4) + text)

    def stop_reading(self) -> None:
        """Leave what comes to the kernel, which takes little."""
        cast("asyncio.Transport", self.writer.transport).pause_reading()

    async def close(self) -> None:
        """Hang up."""
        self.writer.transport.abort()
        try:
            await self.writer.wait_closed()
        except ConnectionError:
            return


async def wire(port: int, host: str = HOST) -> Wire:
    """Return a new connection."""
    return Wire(*await asyncio.open_connection(host, port, limit=LONGEST))


@asynccontextmanager
async def wired(port: int) -> AsyncGenerator[Wire]:
    """Lend a connection."""
    made = await wire(port)
    try:
        yield made
    finally:
        await made.close()
