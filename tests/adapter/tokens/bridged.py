"""The whole bridge behind tokens, on a real port; its server answers from this process."""

import asyncio
import json
import queue
import threading
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field

from adapter.bridge import Bridge
from adapter.choices import choice
from adapter.processes import Ending, Listener
from adapter.wire.limits import Limits
from adapter.wire.server import Server, run
from telemetry.listening import Address, bound, listen
from tests.adapter.tokens.gated import WAIT_SECONDS, Running

VERSION = "2025-11-25"
INITIALIZE = json.dumps(
    {
        "jsonrpc": "2.0",
        "id": 1,
        "method": "initialize",
        "params": {
            "protocolVersion": VERSION,
            "capabilities": {},
            "clientInfo": {"name": "test", "version": "1"},
        },
    }
)
PING = '{"jsonrpc":"2.0","id":2,"method":"ping"}'


@dataclass
class Bridged(Running):
    """What a test knows of the bridge."""

    bridge: Bridge
    written: list[bytes]
    """All that servers were told."""


class Echo:
    """A server that answers every request."""

    def __init__(self, listener: Listener, written: list[bytes]) -> None:
        """Begin at once."""
        self._listener = listener
        self._written = written
        self._loop = asyncio.get_running_loop()
        self._loop.call_soon(listener.started, 1)

    def write(self, data: bytes) -> None:
        """Answer every line."""
        self._written.append(data)
        for line in data.splitlines():
            asked = json.loads(line)
            if "id" not in asked:
                continue
            result: dict[str, object] = {}
            if asked["method"] == "initialize":
                server = {"name": "echo", "version": "1"}
                result = {"protocolVersion": VERSION, "capabilities": {}, "serverInfo": server}
            answer = {"jsonrpc": "2.0", "id": asked["id"], "result": result}
            self._loop.call_soon(self._listener.received, json.dumps(answer).encode() + b"\n")

    def handshaken(self) -> None:
        """Do nothing."""

    def stop(self) -> None:
        """End."""
        self._loop.call_soon(self._listener.ended, Ending(code=0))

    def kill(self) -> None:
        """End."""
        self.stop()


@dataclass
class Echoes:
    """What starts such servers."""

    written: list[bytes] = field(default_factory=list[bytes])

    def spawn(self, listener: Listener) -> Echo:
        """Start one."""
        return Echo(listener, self.written)

    def is_once(self) -> bool:
        """Return False."""
        return False

    def unavailable(self) -> str | None:
        """Return None."""
        return None

    def facts(self) -> dict[str, object]:
        """Return nothing."""
        return {}


@contextmanager
def bridged(*flags: str) -> Generator[Bridged]:
    """Serve with these flags until the test is over."""
    words = ["--era=legacy", *flags, "--", "server"]
    settings = choice(words, {}).settings
    made: queue.Queue[Bridged] = queue.Queue()
    over = threading.Event()

    async def serve() -> None:
        echoes = Echoes()
        bridge = Bridge(settings, echoes)
        server = Server(bridge.routes.handle, Limits(), lambda _: None)
        listener = listen(Address("127.0.0.1", 0))
        where = bound(listener)
        await server.start([listener])
        bridge.servers.append(server)
        made.put(Bridged(where, asyncio.get_running_loop(), bridge, echoes.written))
        await asyncio.to_thread(over.wait)
        await bridge.stop()
        await server.closed

    thread = threading.Thread(target=lambda: run(serve()))
    thread.start()
    try:
        yield made.get(timeout=WAIT_SECONDS)
    finally:
        over.set()
        thread.join(WAIT_SECONDS)
        assert not thread.is_alive()
