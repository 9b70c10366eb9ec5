"""Everybody gets their own answer, and nobody that of another."""

import asyncio
import json
import sys
from collections import Counter
from contextlib import AsyncExitStack
from itertools import pairwise
from pathlib import Path

import pytest

from tests.adapter.peers import FRONTS, Peer, call, peer, text
from tests.adapter.processes.ear import in_a_loop
from tests.adapter.program import Adapter, serving, wait
from tests.adapter.programs import echo

pytestmark = pytest.mark.slow

SCRIBE = str(Path(__file__).with_name("scribe.py"))
ALL_FRONTS = list(FRONTS)
CLIENTS, CALLS, CROWD = 10, 250, 500


async def begun(stack: AsyncExitStack, front: str, port: int) -> Peer:
    """Return a client that leaves with *stack*."""
    return await stack.enter_async_context(peer(front, port))


@pytest.mark.parametrize("front", ALL_FRONTS)
@in_a_loop
async def test_two_calls_with_one_id_both_get_their_own_answer(
    adapter: Adapter, front: str
) -> None:
    slow, quick = call("sleep", 1, seconds=0.2), call("echo", 1, text="quick")
    async with peer(front, adapter.port) as client:
        answers = await client.together(slow, quick)
    assert [json.loads(answer)["id"] for answer in answers] == [1, 1]
    assert sorted(map(text, answers)) == ["quick", "slept"]


@pytest.mark.parametrize("front", ALL_FRONTS)
@in_a_loop
async def test_a_number_and_its_text_are_two_ids(adapter: Adapter, front: str) -> None:
    messages = [call("echo", 1, text="number"), call("echo", "1", text="text")]
    async with peer(front, adapter.port) as client:
        answers = await client.together(*messages)
    assert {json.loads(answer)["id"]: text(answer) for answer in answers} == {
        1: "number",
        "1": "text",
    }


@in_a_loop
async def test_ten_thousand_calls_with_one_id_over_all_fronts_are_told_apart() -> None:
    wrong: Counter[str] = Counter()

    async def ask(client: Peer, name: str) -> None:
        for number in range(CALLS):
            said = f"{name}, {number}"
            (answer,) = await client.together(call("echo", 1, text=said))
            wrong["wrong" if text(answer) != said else "right"] += 1

    with serving([str(echo())]) as adapter:
        adapter.wait_ready()
        async with AsyncExitStack() as stack, asyncio.TaskGroup() as group:
            for front in ALL_FRONTS:
                for number in range(CLIENTS):
                    client = await begun(stack, front, adapter.port)
                    group.create_task(ask(client, f"{front} {number}"))
    assert wrong == {"right": len(ALL_FRONTS) * CLIENTS * CALLS}


@pytest.mark.parametrize("era", ["legacy", "modern"])
@in_a_loop
async def test_five_hundred_calls_wait_in_one_process_and_come_back_in_any_order(
    tmp_path: Path, era: str
) -> None:
    said = [f"call {number}" for number in range(CROWD)]
    with serving([sys.executable, SCRIBE, str(tmp_path), era]) as adapter:
        adapter.wait_ready()
        async with peer("modern", adapter.port) as client:
            calls = [call("gather", 1, text=one, count=CROWD) for one in said]
            answers = await client.together(*calls)
        wait(lambda: adapter.status()["processes"]["running"] == 2)
    assert list(map(text, answers)) == said


@in_a_loop
async def test_five_hundred_calls_of_fifty_sessions_stay_in_their_sessions(tmp_path: Path) -> None:
    sessions = 50
    each = CROWD // sessions

    async def ask(client: Peer, session: int) -> bool:
        said = [f"session {session}, call {number}" for number in range(each)]
        calls = [call("gather", 1, text=one, count=each) for one in said]
        return sorted(map(text, await client.together(*calls))) == sorted(said)

    with serving([sys.executable, "-IS", SCRIBE, str(tmp_path)]) as adapter:
        adapter.wait_ready()
        async with AsyncExitStack() as stack:
            fronts = ["streamable", "sse", "websocket"]
            opening = [begun(stack, fronts[n % 3], adapter.port) for n in range(sessions)]
            clients = await asyncio.gather(*opening)
            rights = await asyncio.gather(*map(ask, clients, range(sessions)))
            assert adapter.status()["sessions"] == sessions
    assert all(rights)


@in_a_loop
async def test_what_a_server_says_by_itself_reaches_nobody_else(adapter: Adapter) -> None:
    changed = "notifications/tools/list_changed"
    async with AsyncExitStack() as stack:
        clients = [await begun(stack, "sse", adapter.port) for _ in range(4)]
        for speaker, silent in pairwise(clients):
            (told,) = await speaker.together(call("announce", 1, method=changed))
            assert json.loads(told)["method"] == changed
            (only,) = await silent.together(call("echo", 3, text="nothing else"))
            assert text(only) == "nothing else"
