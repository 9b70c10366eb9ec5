"""Clients that go on calling while Pods come and go behind a Service, and keep count."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncGenerator, Awaitable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from tests.adapter.peers import Message, Modern, Refused, Streamable, call

LATE = 30.0
"""Seconds after which a call counts as hanging; none of ours takes a tenth of that."""
BEGUN_ANEW = 404
UNAVAILABLE = 503


@dataclass
class Count:
    """What became of all calls."""

    answered: Counter[str] = field(default_factory=Counter[str])
    failed: list[str] = field(default_factory=list[str])
    began: float = field(default_factory=time.monotonic)
    slowest: float = 0.0

    async def outcome(self, kind: str, answering: Awaitable[bytes]) -> bool:
        """Count a call; return whether its session lives on."""
        began = time.monotonic()
        try:
            async with asyncio.timeout(LATE):
                answer = await answering
        except Refused as refused:
            if kind == "legacy" and refused.heard.status == BEGUN_ANEW:
                self.answered["sessions begun anew"] += 1
            else:
                self._failed(kind, began, str(refused))
            return False
        except (OSError, EOFError, TimeoutError) as error:
            self._failed(kind, began, repr(error))
            return False
        if b'"result"' not in answer:
            self._failed(kind, began, answer.decode())
            return False
        self.slowest = max(self.slowest, time.monotonic() - began)
        self.answered[kind] += 1
        return True

    def _failed(self, kind: str, began: float, why: str) -> None:
        after, took = began - self.began, time.monotonic() - began
        self.failed.append(f"{kind} at {after:.2f}s for {took:.2f}s: {why[:300]}")


@dataclass(frozen=True)
class Load:
    """How much of what."""

    host: str
    port: int = 80
    modern_per_second: float = 50.0
    sessions: int = 20
    seconds_of_a_call: float = 0.5


@asynccontextmanager
async def loaded(load: Load) -> AsyncGenerator[Count]:
    """Keep the load up for as long as the block lasts; then every call has had its answer."""
    count, over = Count(), asyncio.Event()
    clients = [_modern(load, count, over)]
    clients += [_session(load, count, over) for _ in range(load.sessions)]
    running = asyncio.gather(*clients)
    try:
        yield count
    finally:
        over.set()
        await running


async def _modern(load: Load, count: Count, over: asyncio.Event) -> None:
    """Call at a steady rate; every other call on a connection of its own, some calls slow."""
    keeping = Modern(load.port, load.host)
    calls: set[asyncio.Task[bool]] = set()
    number, began = 0, time.monotonic()
    while not over.is_set():
        number += 1
        slow = load.seconds_of_a_call if number % 10 == 0 else 0.0
        message = call("wait", number, seconds=slow)
        asked = keeping.ask(message) if number % 2 else _once(load, message)
        task = asyncio.create_task(count.outcome("modern", asked))
        calls.add(task)
        task.add_done_callback(calls.discard)
        await asyncio.sleep(max(0.0, began + number / load.modern_per_second - time.monotonic()))
    await asyncio.gather(*calls)
    await keeping.leave()


async def _once(load: Load, message: Message) -> bytes:
    client = Modern(load.port, load.host)
    try:
        return await client.ask(message)
    finally:
        await client.leave()


async def _session(load: Load, count: Count, over: asyncio.Event) -> None:
    """Call in a session, one call after the other; when it is gone begin another."""
    while not over.is_set():
        client = Streamable(load.port, load.host)
        if not await _begun(client, count):
            continue
        lives = True
        while lives and not over.is_set():
            message = call("wait", seconds=load.seconds_of_a_call)
            lives = await count.outcome("legacy", client.ask(message))
        await client.leave()


async def _begun(client: Streamable, count: Count) -> bool:
    """Begin a session; a Pod that is about to end may send us to another one."""
    try:
        async with asyncio.timeout(LATE):
            await client.open()
    except Refused as refused:
        if refused.heard.status != UNAVAILABLE:
            count.failed.append(f"initialize: {refused}")
        count.answered["sent elsewhere"] += 1
        await asyncio.sleep(0.1)
        return False
    except (OSError, EOFError, TimeoutError) as error:
        count.failed.append(f"initialize: {error!r}")
        await asyncio.sleep(0.1)
        return False
    return True
