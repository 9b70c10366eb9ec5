"""The launcher needs nothing of the container that it runs in, and changes nothing there."""

import json
import os
import signal
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

from adapter.processes import Ending, Process
from tests.adapter.contained.rooms import Room, furnished, launched, launcher_of
from tests.adapter.contained.witness import AWKWARD, SECRET
from tests.adapter.processes.ear import Ear, in_a_loop
from tests.adapter.processes.places import is_gone, linked
from tests.adapter.processes.test_everywhere import running

pytestmark = pytest.mark.node
RESIDENT_KIB = 8 * 1024
OVERFLOWED = 2**32 - 2
"""The largest number that a user can have."""


@pytest.fixture
def root(tmp_path: Path) -> Generator[Path]:
    """Lend a root for a room."""
    with furnished(tmp_path) as made:
        yield made


async def told(ear: Ear, process: Process, tool: str, **arguments: object) -> Any:  # noqa: ANN401
    """Return what a tool of the witness answers."""
    before = len(ear.heard)
    ask(process, tool, **arguments)
    await ear.until(lambda: ear.heard[before:].endswith(b"\n"))
    return json.loads(json.loads(ear.heard[before:])["result"]["content"][0]["text"])


def ask(process: Process, tool: str, **arguments: object) -> None:
    params = {"name": tool, "arguments": arguments}
    message = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}
    process.write(json.dumps(message).encode() + b"\n")


@pytest.mark.parametrize("flags", [(), ("--relay",)], ids=["descriptors", "relay"])
@pytest.mark.parametrize("first", [True, False], ids=["PID 1", "not PID 1"])
@pytest.mark.parametrize("user", [0, 65532, OVERFLOWED])
@in_a_loop
async def test_a_server_runs_in_an_empty_container_as_it_was_written(
    root: Path, socket_path: Path, user: int, first: bool, flags: tuple[str, ...]
) -> None:
    async with linked(socket_path) as link:
        words = ["/witness", *AWKWARD]
        with launched(root, socket_path, Room(user, first), words, *flags) as program:
            await link.until(connected=True)
            assert link.link.facts().descriptors == (not flags)
            ear, process = await running(link.link)
            found = await told(ear, process, "about")
            assert found["arguments"] == AWKWARD
            assert (found["uid"], found["readOnly"]) == (user, True)
            assert (found["parent"] == 1) == first
            assert found["pipes"] == ["pipe", "pipe"]
            os.kill(launcher_of(program), signal.SIGTERM)
            await link.draining.wait()
            link.link.drained()
            assert (await ear.end()).signal == signal.SIGTERM
            assert program.wait() == 0


@pytest.mark.parametrize(
    ("tool", "arguments", "ending"),
    [
        pytest.param(
            "die", {"code": 7}, Ending(code=7, tail="cannot log in with ***"), id="exit code"
        ),
        pytest.param("kill", {"signal": 9}, Ending(signal=9), id="signal"),
    ],
)
@pytest.mark.parametrize("first", [True, False], ids=["PID 1", "not PID 1"])
@in_a_loop
async def test_how_a_server_ended_is_told_without_its_secrets(
    root: Path,
    socket_path: Path,
    first: bool,
    tool: str,
    arguments: dict[str, int],
    ending: Ending,
) -> None:
    async with linked(socket_path) as link:
        with launched(root, socket_path, Room(first=first)):
            await link.until(connected=True)
            ear, process = await running(link.link)
            ask(process, tool, **arguments)
            found = await ear.end()
            assert (found.code, found.signal) == (ending.code, ending.signal)
            assert SECRET not in found.tail
            assert ending.tail in found.tail


@pytest.mark.parametrize("first", [True, False], ids=["PID 1", "not PID 1"])
@in_a_loop
async def test_a_killed_launcher_takes_its_servers_along(
    root: Path, socket_path: Path, first: bool
) -> None:
    async with linked(socket_path) as link:
        with launched(root, socket_path, Room(first=first)) as program:
            await link.until(connected=True)
            ear, process = await running(link.link)
            inside = await told(ear, process, "tree")
            family = descendants(launcher_of(program))
            assert len(family) == 2
            assert inside > 0
            os.kill(launcher_of(program), signal.SIGKILL)
            assert (await ear.end()).reason.startswith("the launcher is gone")
            server, grandchild = family
            assert await is_gone(server)
            if first:
                assert await is_gone(grandchild)
            else:
                os.kill(grandchild, signal.SIGKILL)


@pytest.mark.parametrize("flags", [(), ("--relay",)], ids=["descriptors", "relay"])
@in_a_loop
async def test_it_stays_small_however_many_servers_come_and_go(
    root: Path, socket_path: Path, flags: tuple[str, ...]
) -> None:
    async with linked(socket_path) as link:
        with launched(root, socket_path, Room(), ("/witness",), *flags) as program:
            await link.until(connected=True)
            for _ in range(20):
                together = [await running(link.link) for _ in range(5)]
                for ear, process in together:
                    await told(ear, process, "about")
                    process.stop()
                for ear, _ in together:
                    await ear.end()
            assert peak(launcher_of(program)) < RESIDENT_KIB


def descendants(pid: int) -> list[int]:
    """Return the children of a process and theirs, the elders first."""
    children = Path(f"/proc/{pid}/task").glob("*/children")
    found = [int(word) for file in children for word in file.read_text().split()]
    return found + [one for child in found for one in descendants(child)]


def peak(pid: int) -> int:
    """Return the KiB that a process ever held at once."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:"))
