"""Clients and servers come and go, and leave nothing behind."""

import asyncio
import signal
from pathlib import Path

import pytest

from tests.adapter.client import begun
from tests.adapter.linked import pod, wait_unready
from tests.adapter.peers import FRONTS, Streamable, call, peer, text
from tests.adapter.processes.ear import in_a_loop
from tests.adapter.program import PUPPET, UNMEASURED, Adapter, serving, wait
from tests.adapter.programs import echo
from tests.adapter.residue import children, descriptors, family, memory, wait_gone

pytestmark = pytest.mark.slow

AT_ONCE = 4
RESIDENT_AND_SPARE = 2
TOLERATED = 1.1
LARGE = 8 * 2**20
LARGE_MESSAGES = 6
SMALL_CHANGE = 2 * 2**20
"""Bytes that memory may grow by whatever it was: arenas that are not full."""


async def cycles(adapter: Adapter, front: str, count: int) -> None:
    """Connect, call and leave, again and again."""

    async def come_and_go(number: int) -> None:
        async with peer(front, adapter.port) as client:
            (answer,) = await client.together(call("echo", text=f"call {number}"))
            assert text(answer) == f"call {number}"

    for first in range(0, count, AT_ONCE):
        await asyncio.gather(*map(come_and_go, range(first, first + AT_ONCE)))


def settled(adapter: Adapter) -> tuple[int, int]:
    """Return descriptors and memory, once nobody is there any more."""
    pid = adapter.process.pid

    def is_quiet() -> bool:
        found = adapter.status()
        alone: bool = len(children(pid)) == RESIDENT_AND_SPARE == found["processes"]["running"]
        return alone and not found["sessions"]

    wait(is_quiet, lambda: str(adapter.status()))
    return descriptors(pid), memory(pid)


def leaves_nothing(front: str, count: int) -> None:
    """Compare before and after."""
    with serving([str(echo())], environment=UNMEASURED) as adapter:
        adapter.wait_ready()
        asyncio.run(cycles(adapter, front, 60))
        before = settled(adapter)
        asyncio.run(cycles(adapter, front, count))
        wait(lambda: settled(adapter)[0] <= before[0])  # one of them may just have asked us
        assert settled(adapter)[1] <= before[1] * TOLERATED + SMALL_CHANGE


@pytest.mark.parametrize("front", list(FRONTS))
def test_nothing_is_left_of_a_hundred_clients(front: str) -> None:
    leaves_nothing(front, 100)


@pytest.mark.long
@pytest.mark.parametrize("front", list(FRONTS))
def test_nothing_is_left_of_a_thousand_clients(front: str) -> None:
    leaves_nothing(front, 1000)


@pytest.mark.parametrize("front", list(FRONTS))
@in_a_loop
async def test_large_messages_are_forgotten_while_their_client_stays(front: str) -> None:
    with serving([str(echo())]) as adapter:
        pid = adapter.wait_ready().process.pid
        async with peer(front, adapter.port) as client:
            await client.together(call("echo", text="small"))
            before = memory(pid)
            for _ in range(LARGE_MESSAGES):
                await client.together(call("echo", text="x" * LARGE))
            await client.together(call("echo", text="small"))
            assert memory(pid) <= before + 2 * LARGE


@in_a_loop
async def test_clients_that_leave_in_the_middle_leave_nothing() -> None:
    with serving(PUPPET, "--session-idle=1s") as adapter:
        adapter.wait_ready()
        before = settled(adapter)
        for front in FRONTS:
            clients = [FRONTS[front](adapter.port) for _ in range(3)]
            for client in clients:
                await client.open()
                asking = asyncio.ensure_future(client.together(call("sleep", seconds=0.5)))
                await asyncio.sleep(0)
                asking.cancel()
                await asyncio.gather(asking, return_exceptions=True)
                await (client.leave() if isinstance(client, Streamable) else client.close())
        wait(lambda: settled(adapter)[0] <= before[0])


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_servers_end_with_the_adapter(number: int) -> None:
    with serving(PUPPET) as adapter:
        adapter.wait_ready()
        clients = [begun(adapter) for _ in range(3)]
        assert clients[0].call("echo", text="here").text == "here"
        servers = list(family(adapter.process.pid))
        assert len(servers) >= len(clients) + 1
        adapter.process.send_signal(number)
        adapter.exit_code()
        wait_gone(servers)


def test_servers_end_with_their_launcher_and_the_adapter_waits_for_the_next() -> None:
    with pod(PUPPET) as running:
        adapter = running.adapter()
        first = running.launcher()
        old = begun(adapter.wait_ready())
        wait(lambda: adapter.status()["processes"]["running"] == RESIDENT_AND_SPARE + 1)
        before = descriptors(adapter.process.pid)
        servers = list(family(first.pid))
        first.kill()
        wait_unready(adapter, "waiting for launcher")
        wait_gone(servers)
        assert old.request("tools/list").status == 404
        running.launcher()
        adapter.wait_ready()
        assert begun(adapter).call("echo", text="again").text == "again"
        wait(lambda: adapter.status()["processes"]["running"] == RESIDENT_AND_SPARE + 1)
        wait(lambda: descriptors(adapter.process.pid) <= before)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_a_launcher_ends_the_servers_of_an_adapter_that_is_gone_and_finds_the_next(
    number: int,
) -> None:
    with pod(PUPPET, "--drain-delay=0s") as running:
        first = running.adapter()
        launcher = running.launcher()
        begun(first.wait_ready())
        servers = list(family(launcher.pid))
        first.process.send_signal(number)
        first.exit_code()
        wait_gone(servers)
        second = running.adapter().wait_ready()
        assert begun(second).call("echo", text="again").text == "again"
        descriptors_of_the_launcher = list(Path(f"/proc/{launcher.pid}/fd").iterdir())
        assert len(descriptors_of_the_launcher) < 20
