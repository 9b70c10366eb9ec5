"""Many clients that come, go, stall and misbehave: `python -m tests.adapter.soak --help`."""

import argparse
import asyncio
import json
import random
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

from tests.adapter.peers import FRONTS, JSON, Modern, Peer, Refused, Streamable, call, text
from tests.adapter.program import Adapter, serving
from tests.adapter.programs import echo
from tests.adapter.residue import descriptors, memory
from tests.adapter.wires import wired

CLIENTS = 200
FLAGS = ("--sessions=96", "--session-idle=40s")
"""Fewer sessions than clients, so that some are turned away; those that are left end soon, and yet
later than a call comes from a client that waits for the processor, as all of them are one process.
"""
HALF_REQUEST = b"POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99\r\n\r\n{"


@dataclass(frozen=True)
class Sample:
    """How the adapter was at one moment."""

    at: float
    memory: int
    descriptors: int
    sessions: int
    ready: bool


@dataclass
class Record:
    """What happened."""

    counts: Counter[str] = field(default_factory=Counter[str])
    losses: list[str] = field(default_factory=list[str])
    """When answers were lost, and how long their client had been silent."""
    samples: list[Sample] = field(default_factory=list[Sample])

    def growth(self) -> float:
        """Return the most memory of the last quarter, as a multiple of that of the second."""
        quarter = len(self.samples) // 4
        early = max(one.memory for one in self.samples[quarter : 2 * quarter])
        return max(one.memory for one in self.samples[-quarter:]) / early

    def pause(self) -> float:
        """Return the longest time between two samples, which is long when the machine is busy."""
        times = [one.at for one in self.samples]
        return max(later - earlier for earlier, later in pairwise(times))


async def soak(adapter: Adapter, seconds: float, seed: int = 1) -> Record:
    """Have all clients do what they do until the time is over."""
    record, until = Record(), time.monotonic() + seconds
    async with asyncio.TaskGroup() as group:
        group.create_task(_watch(adapter, record, until))
        for number in range(CLIENTS):
            chance = random.Random(seed * CLIENTS + number)
            group.create_task(_live(adapter.port, chance, record, until))
    return record


async def _watch(adapter: Adapter, record: Record, until: float) -> None:
    pid, began = adapter.process.pid, time.monotonic()
    while time.monotonic() < until:
        ready, _ = await asyncio.to_thread(adapter.ask, "/readyz")
        found = await asyncio.to_thread(adapter.status)
        sample = Sample(
            time.monotonic() - began, memory(pid), descriptors(pid), found["sessions"], ready == 200
        )
        record.samples.append(sample)
        await asyncio.sleep(0.5)


async def _live(port: int, chance: random.Random, record: Record, until: float) -> None:
    while time.monotonic() < until:
        if chance.random() < 0.1:
            await _misbehave(port, chance)
            record.counts["misbehaved"] += 1
        else:
            await _visit(port, chance, record)
        await asyncio.sleep(chance.uniform(0.5, 4))


async def _visit(port: int, chance: random.Random, record: Record) -> None:
    client = FRONTS[chance.choice(list(FRONTS))](port)
    try:
        await client.open()
    except Refused as refused:
        record.counts["turned away" if refused.heard.status == 503 else "lost"] += 1
        return
    try:
        for _ in range(chance.randint(1, 20)):
            await _call(client, chance, record)
            await asyncio.sleep(chance.choice([0, 0, 0.05, 0.5]))
    finally:
        leaves = isinstance(client, Streamable) and chance.random() < 0.08
        await (client.leave() if isinstance(client, Streamable) and leaves else client.close())


async def _call(client: Peer, chance: random.Random, record: Record) -> None:
    said = [f"{chance.random()}" * chance.choice([1, 1, 1, 500]) for _ in range(3)]
    began = time.monotonic()
    try:
        answers = await client.together(*(call("echo", 1, text=one) for one in said))
    except (Refused, TimeoutError, asyncio.IncompleteReadError) as error:
        record.counts["lost"] += len(said)
        waited = time.monotonic() - began
        told = f"{time.strftime('%X')} {type(client).__name__} after {waited:.1f} s: {error!s:.80}"
        record.losses.append(told)
        return
    right = sorted(map(text, answers)) == sorted(said)
    record.counts["right" if right else "crossed"] += len(said)


async def _misbehave(port: int, chance: random.Random) -> None:
    async with wired(port) as line:
        what = chance.randrange(4)
        if what == 0:
            line.writer.write(HALF_REQUEST)
        elif what == 1:
            line.writer.write(bytes(chance.randrange(256) for _ in range(200)))
        elif what == 2:
            await line.send("POST", "/mcp", JSON, b"[" * 5000)
        else:
            line.stop_reading()
            body = json.dumps(call("echo", text="x" * 100_000)).encode()
            headers = Modern(port).headers(call("echo"))
            for _ in range(5):
                await line.send("POST", "/mcp", headers, body)
        await asyncio.sleep(chance.uniform(0, 2))


def drawn(record: Record) -> str:
    """Return the plot of memory, descriptors and sessions, each as part of its maximum."""
    width, height, end = 800, 240, record.samples[-1].at
    curves = {
        "memory": ("crimson", [float(one.memory) for one in record.samples]),
        "descriptors": ("steelblue", [float(one.descriptors) for one in record.samples]),
        "sessions": ("seagreen", [float(one.sessions) for one in record.samples]),
    }
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height + 20}">']
    for place, (name, (colour, values)) in enumerate(curves.items()):
        most = max(values) or 1
        points = " ".join(
            f"{one.at / end * width:.1f},{height - value / most * height:.1f}"
            for one, value in zip(record.samples, values, strict=True)
        )
        parts.append(f'<polyline fill="none" stroke="{colour}" points="{points}"/>')
        label = f'<text x="{place * 260}" y="{height + 15}" fill="{colour}">'
        parts.append(f"{label}{name}, at most {most:,.0f}</text>")
    return "\n".join([*parts, "</svg>", ""])


def main(words: Sequence[str] | None = None) -> None:
    """Soak, and tell."""
    parser = argparse.ArgumentParser(prog="python -m tests.adapter.soak", description=__doc__)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--plot", type=Path, help="where to write an SVG")
    chosen = parser.parse_args(words)
    with serving([str(echo())], *FLAGS) as adapter:
        record = asyncio.run(soak(adapter.wait_ready(), chosen.seconds))
    print(f"{dict(record.counts)}, memory grew to {record.growth():.2f} times")
    print(f"at most {record.pause():.1f} s between two looks")
    if chosen.plot is not None:
        chosen.plot.write_text(drawn(record))


if __name__ == "__main__":
    main()
