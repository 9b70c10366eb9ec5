"""Stopping: what was begun is finished, what is new goes elsewhere, and nothing is left."""

import asyncio
import json
import time
from pathlib import Path

import pytest

from tests.adapter.client import Stream, begun
from tests.adapter.linked import pod, wait_unready
from tests.adapter.peers import (
    FRONTS,
    INITIALIZE,
    JSON,
    Modern,
    Streamable,
    call,
    peer,
    request,
    text,
)
from tests.adapter.processes.ear import in_a_loop
from tests.adapter.program import PUPPET, WAIT_SECONDS, Adapter, serving, wait
from tests.adapter.residue import family, wait_gone
from tests.adapter.wires import wired

pytestmark = pytest.mark.slow

DRAINING = "the adapter is stopping"
GRACE_SECONDS = 20.0
"""How long the adapter waits for calls when nothing else was chosen."""


async def in_flight(adapter: Adapter, count: int) -> None:
    """Return once so many calls wait for their answers."""
    async with asyncio.timeout(WAIT_SECONDS):
        while adapter.status()["inFlight"] < count:
            await asyncio.sleep(0.01)


@in_a_loop
async def test_what_is_in_flight_is_finished_on_every_front(tmp_path: Path) -> None:
    done = tmp_path / "done"
    with serving() as adapter:
        adapter.wait_ready()
        servers = list(family(adapter.process.pid))
        clients = [FRONTS[front](adapter.port) for front in FRONTS]
        for client in clients:
            await client.open()
        calls = [client.together(call("hold", until=str(done))) for client in clients]
        answers = asyncio.gather(*calls)
        await in_flight(adapter, len(clients))
        began = time.monotonic()
        adapter.terminate()
        wait_unready(adapter, DRAINING)
        done.touch()
        assert [text(answer) for (answer,) in await answers] == ["held"] * len(clients)
        assert await asyncio.to_thread(adapter.exit_code) == 0
        assert time.monotonic() - began < GRACE_SECONDS
        wait_gone(servers)
        for client in clients:
            await (client.leave() if isinstance(client, Streamable) else client.close())


@in_a_loop
async def test_while_draining_new_sessions_go_elsewhere_and_readiness_says_why(
    tmp_path: Path,
) -> None:
    done = tmp_path / "done"
    initialize = json.dumps(request("initialize", INITIALIZE)).encode()
    with serving() as adapter:
        adapter.wait_ready()
        async with peer("sse", adapter.port) as busy, wired(adapter.port) as early:
            slow = asyncio.ensure_future(busy.together(call("hold", until=str(done))))
            await in_flight(adapter, 1)
            adapter.terminate()
            wait_unready(adapter, DRAINING)
            heard = await early.ask("POST", "/mcp", JSON, initialize)
            assert (heard.status, heard.headers["retry-after"]) == (503, "1")
            assert json.loads(heard.body)["error"]["message"] == DRAINING
            assert heard.headers["connection"] == "close"
            done.touch()
            assert text((await slow)[0]) == "held"
        assert await asyncio.to_thread(adapter.exit_code) == 0


def test_streams_end_and_tell_when_to_come_back() -> None:
    with serving() as adapter:
        client = begun(adapter.wait_ready())
        with client.listening() as stream:
            assert stream.next().retry == 1000
            adapter.terminate()
            assert list(stream) == []
        assert adapter.exit_code() == 0


def test_a_call_that_takes_too_long_does_not_hold_up_the_end() -> None:
    with serving(PUPPET, "--grace=0.5s") as adapter:
        client = begun(adapter.wait_ready())
        params = {"name": "steps", "arguments": {"count": 3000, "pause": 0.1}}
        message = client.message("tools/call", {**params, "_meta": {"progressToken": 1}})
        with client.posting(message) as answer:
            stream = Stream(answer)
            while stream.next().data == "":
                pass
            adapter.terminate()
            last = list(stream)[-1]
        assert DRAINING in last.data["error"]["message"]
        assert adapter.exit_code() == 0


@in_a_loop
async def test_a_second_signal_ends_everything_at_once(tmp_path: Path) -> None:
    with serving() as adapter:
        adapter.wait_ready()
        client = FRONTS["sse"](adapter.port)
        await client.open()
        never = str(tmp_path / "never")
        slow = asyncio.ensure_future(client.together(call("hold", until=never)))
        await in_flight(adapter, 1)
        servers = list(family(adapter.process.pid))
        adapter.terminate()
        wait_unready(adapter, DRAINING)
        began = time.monotonic()
        adapter.terminate()
        assert await asyncio.to_thread(adapter.exit_code) == 1
        assert time.monotonic() - began < GRACE_SECONDS / 2
        wait_gone(servers)
        slow.cancel()
        await asyncio.gather(slow, return_exceptions=True)
        await client.close()


@in_a_loop
async def test_in_a_pod_the_launcher_says_when_and_ends_last(tmp_path: Path) -> None:
    done = tmp_path / "done"
    with pod(PUPPET, "--drain-delay=4s") as running:
        adapter = running.adapter()
        launcher = running.launcher()
        adapter.wait_ready()
        servers = list(family(launcher.pid))
        launcher.terminate()
        wait_unready(adapter, DRAINING)
        async with peer("streamable", adapter.port) as late:  # endpoints lag: some still come
            slow = asyncio.ensure_future(late.together(call("hold", until=str(done))))
            await in_flight(adapter, 1)
            await asyncio.to_thread(adapter.logged, "draining", in_flight=1)
            done.touch()
            assert text((await slow)[0]) == "held"
        assert await asyncio.to_thread(launcher.wait, WAIT_SECONDS) == 0
        wait_gone(servers)
        assert adapter.process.poll() is None
        adapter.terminate()
        assert adapter.exit_code() == 0


@in_a_loop
async def test_where_both_are_told_at_once_clients_are_sent_away_and_served_meanwhile() -> None:
    with pod(PUPPET, "--drain-delay=5s") as running:
        adapter = running.adapter()
        client = Modern(adapter.port)
        launcher = running.launcher()
        adapter.wait_ready()
        assert text(await client.ask(call("echo", text="early"))) == "early"
        (kept,) = client.wires
        assert kept.is_usable
        launcher.terminate()
        wait_unready(adapter, DRAINING)
        adapter.terminate()
        assert text(await client.ask(call("echo", text="still"))) == "still"
        assert kept.is_last
        assert text(await client.ask(call("echo", text="late"))) == "late"  # endpoints lag
        assert await asyncio.to_thread(launcher.wait, WAIT_SECONDS) == 0
        assert await asyncio.to_thread(adapter.exit_code) == 0
        await client.leave()


def test_in_a_pod_a_second_signal_does_not_wait() -> None:
    with pod(PUPPET, "--drain-delay=1h") as running:
        adapter = running.adapter()
        launcher = running.launcher()
        adapter.wait_ready()
        servers = list(family(launcher.pid))
        launcher.terminate()
        wait_unready(adapter, DRAINING)
        launcher.terminate()
        assert launcher.wait(WAIT_SECONDS) != 0
        wait_gone(servers)
        adapter.terminate()
        wait(lambda: insisted(adapter))


def insisted(adapter: Adapter) -> bool:
    """Signal once more, as two signals at once may arrive as one; say whether it has ended."""
    adapter.terminate()
    return adapter.process.poll() is not None
