"""Ask an HTTPS server at a fixed rate, whether it keeps up or not, and say how long it took.

Every question has its moment. An answer is timed from that moment and not from when a connection
was free, so that a server that falls behind cannot hide it.
"""

import asyncio
import ssl
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

CONNECTIONS = 16
"""As many as an API server keeps open would do; they stay open, as it keeps them."""
ANSWER_SECONDS = 30.0


@dataclass
class Figures:
    """How long each answer took, in seconds, and how many there were none of."""

    seconds: list[float] = field(default_factory=list[float])
    failed: int = 0

    def percentile(self, share: float) -> float:
        """Return the time within which *share* of the answers came."""
        ordered = sorted(self.seconds)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))]

    def line(self) -> str:
        """Return the figures for people, in milliseconds."""
        parts = [f"p{share:g} {self.percentile(share / 100) * 1000:.1f}" for share in (50, 90, 99)]
        slowest = max(self.seconds) * 1000
        return f"{' '.join(parts)} max {slowest:.1f} ms, {self.failed} failed"


@dataclass(frozen=True)
class Target:
    """Where to ask, and what."""

    port: int
    path: str
    authority: Path
    body: bytes

    def request(self) -> bytes:
        """Return the request as it goes over the wire."""
        head = (
            f"POST {self.path}?timeout=10s HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(self.body)}\r\n\r\n"
        )
        return head.encode() + self.body


class Asker:
    """Keeps connections open and lends them."""

    def __init__(self, target: Target) -> None:
        """Prepare to ask *target*."""
        self._target = target
        self._request = target.request()
        self._context = ssl.create_default_context(cafile=str(target.authority))
        self._idle: asyncio.Queue[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = (
            asyncio.Queue()
        )

    async def open(self, connections: int) -> None:
        """Open the connections before anything is timed."""
        for _ in range(connections):
            pair = await asyncio.open_connection("127.0.0.1", self._target.port, ssl=self._context)
            self._idle.put_nowait(pair)

    async def ask(self) -> None:
        """Ask once; raise when the answer is no 200."""
        reader, writer = await self._idle.get()
        writer.write(self._request)
        await writer.drain()
        head = await reader.readuntil(b"\r\n\r\n")
        lines = head.decode().lower().split("\r\n")
        (length,) = (line.partition(":")[2] for line in lines if line.startswith("content-length:"))
        await reader.readexactly(int(length))
        self._idle.put_nowait((reader, writer))
        if " 200 " not in lines[0]:
            raise ConnectionError(lines[0])

    async def close(self) -> None:
        """Close the connections."""
        while not self._idle.empty():
            _, writer = self._idle.get_nowait()
            writer.close()


async def _timed(asker: Asker, moment: float, figures: Figures) -> None:
    await asyncio.sleep(moment - time.monotonic())
    try:
        await asyncio.wait_for(asker.ask(), ANSWER_SECONDS)
    except (OSError, TimeoutError, asyncio.IncompleteReadError):
        figures.failed += 1
    else:
        figures.seconds.append(time.monotonic() - moment)


async def _run(target: Target, moments: Sequence[float], connections: int) -> Figures:
    asker, figures = Asker(target), Figures()
    await asker.open(connections)
    start = time.monotonic() + 0.1
    await asyncio.gather(*(_timed(asker, start + moment, figures) for moment in moments))
    await asker.close()
    return figures


def steady(target: Target, rate: float, seconds: float) -> Figures:
    """Ask *rate* times a second."""
    moments = [number / rate for number in range(int(rate * seconds))]
    return asyncio.run(_run(target, moments, CONNECTIONS))


def burst(target: Target, count: int) -> Figures:
    """Ask *count* times at once, each over a connection of its own."""
    return asyncio.run(_run(target, [0.0] * count, count))
