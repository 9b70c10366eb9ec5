"""Clients by the hundred, one class for each front; all of them do the same three things."""

import asyncio
import base64
import json
import os
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from typing import Any, Protocol

from tests.adapter.program import HOST
from tests.adapter.wires import Heard, Wire, wire

JSON = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream"}
KEY = "io.modelcontextprotocol/"
META = {
    f"{KEY}protocolVersion": "2026-07-28",
    f"{KEY}clientCapabilities": {},
    f"{KEY}clientInfo": {"name": "peer", "version": "1"},
}
INITIALIZE = {
    "protocolVersion": "2025-06-18",
    "capabilities": {},
    "clientInfo": {"name": "peer", "version": "1"},
}
Message = dict[str, Any]


class Refused(Exception):
    """The adapter answered with a status."""

    def __init__(self, heard: Heard) -> None:
        """Keep the whole answer."""
        super().__init__(f"{heard.status} {heard.body.decode(errors='replace')}")
        self.heard = heard


class Peer(Protocol):
    """One client."""

    async def open(self) -> None:
        """Begin."""

    async def together(self, *messages: Message) -> list[bytes]:
        """Return the answers to requests that are in flight at the same time, in any order."""
        ...

    async def close(self) -> None:
        """Leave."""


class Streamable:
    """A session over Streamable HTTP; each request in flight has a connection."""

    def __init__(self, port: int, host: str = HOST) -> None:
        """Talk to the adapter at *port* of *host*."""
        self.port = port
        self.host = host
        self.wires: list[Wire] = []
        self.session: dict[str, str] = {}

    async def open(self) -> None:
        """Begin a session."""
        line = await self.connection()
        self.wires.append(line)
        body = json.dumps(request("initialize", INITIALIZE)).encode()
        heard = await line.ask("POST", "/mcp", JSON, body)
        answer = await _last(line) if heard.is_stream else heard.body
        if heard.status != 200 or b'"error"' in answer:
            await self.leave()
            raise Refused(heard)
        self.session = {"Mcp-Session-Id": heard.headers["mcp-session-id"]}

    async def together(self, *messages: Message) -> list[bytes]:
        """Send each on a connection of its own."""
        return list(await asyncio.gather(*map(self.ask, messages)))

    async def ask(self, message: Message) -> bytes:
        """Return the answer to a request."""
        line = await self._line()
        try:
            answer = await self._asked(line, message)
        except BaseException:
            await line.close()
            raise
        self.wires.append(line)
        return answer

    async def _line(self) -> Wire:
        """Return a connection that was kept and is still good, or a new one."""
        while self.wires:
            line = self.wires.pop()
            if line.is_usable:
                return line
            await line.close()
        return await self.connection()

    async def close(self) -> None:
        """Hang up, and end the session."""
        await self.leave()
        if self.session:
            line = await self.connection()
            await line.ask("DELETE", "/mcp", {**JSON, **self.session})
            await line.close()

    async def leave(self) -> None:
        """Hang up; the session stays."""
        lines, self.wires = self.wires, []
        for line in lines:
            await line.close()

    def headers(self, message: Message) -> Mapping[str, str]:
        """Return what goes above a message."""
        del message
        return {**JSON, **self.session}

    async def _asked(self, line: Wire, message: Message) -> bytes:
        body = json.dumps(message, ensure_ascii=False).encode()
        heard = await line.ask("POST", "/mcp", self.headers(message), body)
        if not heard.is_stream:
            if heard.status != 200:
                raise Refused(heard)
            return heard.body
        return await _last(line)

    async def connection(self) -> Wire:
        """Return a new connection."""
        return await wire(self.port, self.host)


async def _last(line: Wire) -> bytes:
    """Return the last message of a stream, which every answer may become that takes long."""
    answer = b""
    while data := await line.data():
        answer = data
    return answer


class Modern(Streamable):
    """A client without a session."""

    async def open(self) -> None:
        """Do nothing: each request stands alone."""

    def headers(self, message: Message) -> Mapping[str, str]:
        """Repeat what the message says."""
        named = message["params"].get("name")
        more = {"Mcp-Method": message["method"], "MCP-Protocol-Version": "2026-07-28"}
        return {**JSON, **more, **({"Mcp-Name": named} if named else {})}

    async def _asked(self, line: Wire, message: Message) -> bytes:
        meta = {**META, **message["params"].get("_meta", {})}
        params = {**message["params"], "_meta": meta}
        return await super()._asked(line, {**message, "params": params})


class Events:
    """A session over HTTP+SSE."""

    def __init__(self, port: int) -> None:
        """Talk to the adapter at *port*."""
        self.capabilities: Message = {}
        self.port = port
        self.address = ""

    async def open(self) -> None:
        """Open the stream and begin a session."""
        self.stream, self._line = await wire(self.port), await wire(self.port)
        heard = await self.stream.ask("GET", "/sse", {"Accept": "text/event-stream"})
        if not heard.is_stream:
            await self.close()
            raise Refused(heard)
        self.address = "/" + (await self.stream.data()).decode()
        await shake_hands(self, self.capabilities)

    async def together(self, *messages: Message) -> list[bytes]:
        """Send all, and hear as many."""
        for message in messages:
            body = json.dumps(message, ensure_ascii=False).encode()
            heard = await self._line.ask("POST", self.address, JSON, body)
            if heard.status != 202:
                raise Refused(heard)
        return [await self.stream.data() for _ in messages]

    async def close(self) -> None:
        """Hang up."""
        await self.stream.close()
        await self._line.close()


class Socket:
    """A session over WebSocket."""

    def __init__(self, port: int) -> None:
        """Talk to the adapter at *port*."""
        self.capabilities: Message = {}
        self.port = port

    async def open(self) -> None:
        """Shake hands, and begin a session."""
        self.line = await wire(self.port)
        key = base64.b64encode(os.urandom(16)).decode()
        upgrade = {"Upgrade": "websocket", "Connection": "Upgrade"}
        more = {"Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": key}
        heard = await self.line.ask("GET", "/ws", {**upgrade, **more})
        if heard.status != 101:
            await self.close()
            raise Refused(heard)
        await shake_hands(self, self.capabilities)

    async def together(self, *messages: Message) -> list[bytes]:
        """Send all, and hear as many."""
        for message in messages:
            self.line.write_frame(json.dumps(message, ensure_ascii=False).encode())
        found = [await self.line.frame() for _ in messages]
        if any(kind != 1 for kind, _ in found):
            raise Refused(Heard(0, {}, b"".join(text for _, text in found)))
        return [text for _, text in found]

    async def close(self) -> None:
        """Hang up."""
        await self.line.close()


FRONTS: dict[str, type[Streamable] | type[Events] | type[Socket]] = {
    "streamable": Streamable,
    "modern": Modern,
    "sse": Events,
    "websocket": Socket,
}


def request(method: str, params: object, identity: object = 1) -> Message:
    """Return a request."""
    return {"jsonrpc": "2.0", "id": identity, "method": method, "params": params}


async def shake_hands(client: Peer, capabilities: Message) -> None:
    """Begin a session on a connection that is open, or hang up."""
    params = {**INITIALIZE, "capabilities": capabilities}
    (answer,) = await client.together(request("initialize", params))
    if b'"error"' in answer:
        await client.close()
        raise Refused(Heard(200, {}, answer))


def call(tool: str, identity: object = 1, **arguments: object) -> Message:
    """Return a call of a tool."""
    return request("tools/call", {"name": tool, "arguments": arguments}, identity)


def text(answer: bytes) -> str:
    """Return what a tool answered."""
    return str(json.loads(answer)["result"]["content"][0]["text"])


@asynccontextmanager
async def peer(front: str, port: int) -> AsyncGenerator[Peer]:
    """Lend a client that has begun."""
    made: Peer = FRONTS[front](port)
    await made.open()
    try:
        yield made
    finally:
        await made.close()
