"""Every limit is kept, says what it is, and costs only whoever went beyond it."""

import asyncio
import json
import os
import signal
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.adapter.client import Client
from tests.adapter.modern.clients import Modern
from tests.adapter.peers import (
    FRONTS,
    JSON,
    Events,
    Peer,
    Refused,
    Socket,
    Streamable,
    call,
    peer,
    text,
)
from tests.adapter.processes.ear import in_a_loop
from tests.adapter.program import PUPPET, WAIT_SECONDS, Adapter, serving, wait
from tests.adapter.residue import memory
from tests.adapter.wires import WITHIN, wired

pytestmark = pytest.mark.slow

ALL_FRONTS = list(FRONTS)
LARGE = "x" * 3000
MIB = 2**20


def refusals(adapter: Adapter, reason: str) -> bool:
    """Say whether the metrics count a refusal for this reason."""
    return f'refused_total{{reason="{reason}"}}' in adapter.ask("/metrics")[1]


@pytest.fixture(scope="module")
def tight() -> Iterator[Adapter]:
    """Lend an adapter that takes only small messages."""
    with serving(PUPPET, "--request-bytes=2Ki", "--message-bytes=64Ki") as running:
        yield running.wait_ready()


@pytest.fixture(scope="module")
def small() -> Iterator[Adapter]:
    """Lend an adapter that does only two things at a time."""
    with serving(PUPPET, "--sessions=2", "--concurrency=2") as running:
        yield running.wait_ready()


@pytest.mark.parametrize("front", ALL_FRONTS)
@in_a_loop
async def test_a_request_that_is_too_large_is_refused_and_no_other(
    tight: Adapter, front: str
) -> None:
    async with peer(front, tight.port) as other:
        async with peer(front, tight.port) as client:
            with pytest.raises(Refused) as refused:
                await client.together(call("echo", 1, text=LARGE))
        assert [text(one) for one in await other.together(call("echo", text="ok"))] == ["ok"]
    heard = refused.value.heard
    if front == "websocket":
        assert int.from_bytes(heard.body[:2], "big") == 1009
    else:
        assert heard.status == 413
        assert "2048" in json.loads(heard.body)["error"]["message"]


@pytest.mark.parametrize("front", ALL_FRONTS)
@in_a_loop
async def test_an_answer_that_is_too_large_fails_its_call_alone(tight: Adapter, front: str) -> None:
    async with peer(front, tight.port) as client:
        calls = [call("sleep", 1, seconds=0.2), call("big", 2, kib=200)]
        answers = {one["id"]: one for one in map(json.loads, await client.together(*calls))}
        after = await client.together(call("echo", 3, text="after"))
    assert "messageBytes" in answers[2]["error"]["message"]
    assert answers[1]["result"]["content"][0]["text"] == "slept"
    assert text(after[0]) == "after"


@pytest.mark.parametrize("front", ["streamable", "sse", "websocket"])
@in_a_loop
async def test_one_session_too_many_is_told_to_come_back(small: Adapter, front: str) -> None:
    wait(lambda: small.status()["sessions"] == 0)
    async with peer(front, small.port), peer(front, small.port):
        with pytest.raises(Refused) as refused:
            async with peer(front, small.port):
                pass
    heard = refused.value.heard
    assert (heard.status, heard.headers["retry-after"]) == (503, "10")
    assert "sessions" in json.loads(heard.body)["error"]["message"]


@pytest.mark.parametrize("front", ALL_FRONTS)
@in_a_loop
async def test_one_call_too_many_is_told_to_try_again(
    small: Adapter, front: str, tmp_path: Path
) -> None:
    done = tmp_path / "done"
    wait(lambda: small.status()["sessions"] == 0)
    async with peer("sse", small.port) as other, peer(front, small.port) as client:
        slow = [call("hold", number, until=str(done)) for number in range(2)]
        busy = asyncio.ensure_future(other.together(*slow))
        async with asyncio.timeout(WAIT_SECONDS):
            while small.status()["inFlight"] < 2:
                await asyncio.sleep(0.01)
        answer = await _told(client)
        assert "2 calls are in flight" in json.loads(answer)["error"]["message"]
        done.touch()
        assert sorted(map(text, await busy)) == ["held", "held"]
        assert text((await client.together(call("echo", text="now")))[0]) == "now"


async def _told(client: Peer) -> bytes:
    """Return the error, which has a status only where there is no session."""
    try:
        return (await client.together(call("echo", text="too much")))[0]
    except Refused as refused:
        return refused.heard.body


FLOOD = call("log", 1, count=4500, kib=4)
"""18 MB of notifications before the answer."""


async def drown(client: Streamable | Events | Socket) -> None:
    """Have the server say much to a client that reads nothing any more."""
    body = json.dumps(FLOOD).encode()
    match client:
        case Streamable():
            client.wires[0].stop_reading()
            await client.wires[0].send("POST", "/mcp", client.headers(FLOOD), body)
        case Events():
            client.stream.stop_reading()
            async with wired(client.port) as posts:
                await posts.ask("POST", client.address, JSON, body)
        case Socket():
            client.line.stop_reading()
            client.line.write_frame(body)


@pytest.mark.parametrize("kind", [Streamable, Events, Socket])
@in_a_loop
async def test_a_client_that_does_not_read_is_let_go_while_others_go_on(
    kind: type[Streamable] | type[Events] | type[Socket],
) -> None:
    with serving(PUPPET, "--queue-bytes=64Ki") as adapter:
        adapter.wait_ready()
        async with peer("sse", adapter.port) as other:
            client = kind(adapter.port)
            await client.open()
            before = memory(adapter.process.pid)
            await drown(client)
            async with asyncio.timeout(WITHIN):
                while not refusals(adapter, "slow client") or adapter.status()["inFlight"]:
                    assert text((await other.together(call("echo", text="on")))[0]) == "on"
            assert memory(adapter.process.pid) < before + 8 * MIB
            if isinstance(client, Streamable):  # a connection is not all that a session is
                await client.leave()
                assert text((await client.together(call("echo", text="yet")))[0]) == "yet"
            await client.close()
        wait(lambda: adapter.status()["sessions"] == 0)


@in_a_loop
async def test_a_server_that_does_not_read_costs_only_its_own_session() -> None:
    large = call("echo", 1, text="x" * 15 * 2**20)
    with serving(PUPPET) as adapter:
        adapter.wait_ready()
        async with peer("streamable", adapter.port) as stuck, peer("sse", adapter.port) as other:
            pid = int(text((await stuck.together(call("pid")))[0]))
            with stopped(pid):
                waiting: list[asyncio.Future[list[bytes]]] = []
                for number in range(1, 7):  # one after the other: together they are too many bytes
                    waiting.append(asyncio.ensure_future(stuck.together(large)))
                    async with asyncio.timeout(WAIT_SECONDS):
                        while adapter.status()["inFlight"] < number:
                            await asyncio.sleep(0.01)
                (refused,) = await stuck.together(call("echo", text="one more"))
                assert "does not read" in json.loads(refused)["error"]["message"]
                assert text((await other.together(call("echo", text="on")))[0]) == "on"
            answers = [one for part in waiting for one in await part]
        assert {"signal 9" in json.loads(one)["error"]["message"] for one in answers} == {True}


@contextmanager
def stopped(pid: int) -> Generator[None]:
    """Have a process do nothing, not even end when it is told to; end it afterwards."""
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGKILL)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        pytest.param({f"x-{n}": "y" for n in range(101)}, 431, id="too many"),
        pytest.param({"x": "y" * 70_000}, 431, id="too large"),
        pytest.param({"Content-Length": str(2**40)}, 413, id="too large a body announced"),
    ],
)
@in_a_loop
async def test_heads_are_bounded(adapter: Adapter, headers: dict[str, str], status: int) -> None:
    async with wired(adapter.port) as client:
        lines = [f"{name}: {value}" for name, value in headers.items()]
        head = ["POST /mcp HTTP/1.1", "Host: localhost", *lines, "", ""]
        client.writer.write("\r\n".join(head).encode())
        heard = await client.heard()
    assert (heard.status, "error" in json.loads(heard.body)) == (status, True)


@in_a_loop
async def test_one_client_too_many_is_told_to_come_back() -> None:
    with serving(PUPPET, "--connections=1") as adapter:
        adapter.wait_ready()
        async with wired(adapter.port) as first:  # one that left might be counted a moment longer
            assert (await first.ask("GET", "/health", {})).status == 200
            assert Client(adapter).initialize().status == 503


def test_one_question_too_many_is_not_put_and_its_call_told_to_come_back() -> None:
    asked: dict[str, Any] = {
        "message": "Who?",
        "requestedSchema": {"type": "object", "properties": {}},
    }
    with serving(PUPPET, "--parked-calls=1") as adapter:
        adapter.wait_ready()
        client = Modern(adapter, elicitation={})
        first = client.call("ask", method="elicitation/create", params=asked)
        assert first.json["result"]["resultType"] == "input_required"
        second = client.call("ask", method="elicitation/create", params=asked)
        assert (second.status, second.headers["Retry-After"]) == (503, "10")
        state = first.json["result"]["requestState"]
        (key,) = first.json["result"]["inputRequests"]
        answers = {key: {"action": "decline"}}
        last = client.retry("ask", state, answers, method="elicitation/create", params=asked)
        assert json.loads(last.text)["result"] == {"action": "decline"}
