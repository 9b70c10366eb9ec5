"""A server behaves the same wherever it runs: beside the adapter, or behind a launcher."""

import os
import signal
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from adapter.pipes import Patience
from adapter.processes import Ending, Process, Spawner
from tests.adapter.processes.ear import Ear, in_a_loop
from tests.adapter.processes.places import (
    IMPATIENT,
    PATIENT,
    Place,
    is_gone,
    open_descriptors,
)

CYCLES = 200
MEGABYTE = 1_000_000
SECRET = "correct-horse-battery"


def python(code: str) -> list[str]:
    return [sys.executable, "-c", code]


def stopped(process: Process) -> None:
    process.stop()


def told_to_exit(process: Process) -> None:
    process.write(b"\n")


async def running(spawner: Spawner) -> tuple[Ear, Process]:
    ear = Ear()
    process = spawner.spawn(ear)
    await ear.until(lambda: bool(ear.events))
    return ear, process


@in_a_loop
async def test_what_is_written_comes_back(place: Place) -> None:
    async with place.serving(["cat"]) as spawner:
        ear = Ear()
        process = spawner.spawn(ear)
        process.write(b"before it runs\n")
        await ear.until(lambda: ear.heard.endswith(b"\n"))
        process.write(b"one, ")
        process.write(b"two\n")
        await ear.until(lambda: ear.heard.endswith(b"two\n"))
        process.stop()
        assert await ear.end() == Ending(code=0)
        assert (bytes(ear.heard), ear.events) == (
            b"before it runs\none, two\n",
            ["started", "ended"],
        )


@in_a_loop
async def test_a_large_message_arrives_whole_and_whoever_writes_hears_when_to_wait(
    place: Place,
) -> None:
    message = bytes(range(256)) * (10 * MEGABYTE // 256)
    async with place.serving(["cat"]) as spawner:
        ear, process = await running(spawner)
        process.write(message)
        await ear.until(lambda: len(ear.heard) == len(message))
        process.stop()
        await ear.end()
        assert ear.heard == message
        assert ear.events == ["started", "pause", "resume", "ended"]


@in_a_loop
async def test_a_slow_server_holds_up_no_other(place: Place) -> None:
    code = "import sys, time; line = sys.stdin.readline(); print(line, end='', flush=True)\n"
    code += "if 'stuck' in line: time.sleep(1000)\nsys.stdin.readline()"
    async with place.serving(python(code), patience=IMPATIENT) as spawner:
        slow, stuck = await running(spawner)
        stuck.write(b"stuck\n" + b"x" * 5 * MEGABYTE)
        quick, process = await running(spawner)
        process.write(b"hello\n")
        await quick.until(lambda: quick.heard == b"hello\n")
        process.write(b"goodbye\n")
        assert await quick.end() == Ending(code=0)
        stuck.stop()
        assert (await slow.end()).signal == signal.SIGTERM


@pytest.mark.parametrize(
    ("code", "ending"),
    [
        pytest.param("exit 0", Ending(code=0), id="of its own accord"),
        pytest.param("exit 7", Ending(code=7), id="with an error"),
        pytest.param("kill -SEGV $$", Ending(signal=signal.SIGSEGV), id="by a signal"),
        pytest.param("echo why >&2; exit 3", Ending(code=3, tail="why"), id="with words"),
    ],
)
@in_a_loop
async def test_it_is_told_how_a_server_ended(place: Place, code: str, ending: Ending) -> None:
    async with place.serving(["sh", "-c", code]) as spawner:
        ear = Ear()
        spawner.spawn(ear)
        assert await ear.end() == ending


@in_a_loop
async def test_a_command_that_does_not_exist_is_named(place: Place) -> None:
    async with place.serving(["no-such-server"]) as spawner:
        ear = Ear()
        spawner.spawn(ear).write(b"lost")
        reason = "cannot start no-such-server: No such file or directory"
        assert await ear.end() == Ending(reason=reason)
        assert ear.events == ["ended"]


@in_a_loop
async def test_all_output_is_heard_before_the_end(place: Place) -> None:
    async with place.serving(python(f"print('x' * {MEGABYTE - 1})")) as spawner:
        ear = Ear()
        spawner.spawn(ear)
        await ear.end()
        assert len(ear.heard) == MEGABYTE


@in_a_loop
async def test_a_flood_on_stderr_holds_up_nothing_and_only_its_end_is_kept(place: Place) -> None:
    code = "import sys; [sys.stderr.write(f'noise {i}\\n') for i in range(20_000)]; print('done')"
    async with place.serving(python(code)) as spawner:
        ear = Ear()
        spawner.spawn(ear)
        ending = await ear.end()
        assert (ear.heard, ending.code) == (b"done\n", 0)
        assert ending.tail.endswith("noise 19999")
        assert len(ending.tail) <= 4096


@in_a_loop
async def test_values_of_the_environment_stay_out_of_the_tail(place: Place) -> None:
    environment = {**os.environ, "API_KEY": SECRET, "PORT": "8080", "PEM": "line-one\nline-two"}
    code = 'echo "$API_KEY $PORT $HOME line-two" >&2; exit 1'
    async with place.serving(["sh", "-c", code], environment) as spawner:
        ear = Ear()
        spawner.spawn(ear)
        assert (await ear.end()).tail == f"*** 8080 {environment['HOME']} ***"


@pytest.mark.parametrize(
    ("code", "patience", "number"),
    [
        pytest.param(
            "echo ready; sleep 1000 <&- & wait; exit", IMPATIENT, signal.SIGTERM, id="EOF"
        ),
        pytest.param(
            "trap '' TERM; echo ready; while :; do sleep 1000; done",
            replace(IMPATIENT, after_term=0.3),
            signal.SIGKILL,
            id="EOF and SIGTERM",
        ),
    ],
)
@in_a_loop
async def test_a_server_that_ignores_what_it_is_told_is_ended(
    place: Place, code: str, patience: Patience, number: int
) -> None:
    async with place.serving(["sh", "-c", code], patience=patience) as spawner:
        ear, process = await running(spawner)
        await ear.until(lambda: ear.heard == b"ready\n")
        process.stop()
        process.stop()
        assert (await ear.end()).signal == number


@pytest.mark.parametrize("end", [stopped, told_to_exit])
@in_a_loop
async def test_the_children_of_a_server_end_with_it(
    place: Place, end: Callable[[Process], None]
) -> None:
    async with place.serving(["sh", "-c", "sleep 1000 & echo $!; read line"]) as spawner:
        ear, process = await running(spawner)
        await ear.until(lambda: ear.heard.endswith(b"\n"))
        os.kill(int(ear.heard), 0)
        end(process)
        await ear.end()
        assert await is_gone(int(ear.heard))


@in_a_loop
async def test_a_grandchild_that_escapes_with_the_pipes_does_not_delay_the_end_for_long(
    place: Place,
) -> None:
    code = "import os, time\nif os.fork() == 0: os.setsid(); print(os.getpid(), flush=True); "
    code += "time.sleep(1000)\nos.read(0, 1)"
    patience = replace(PATIENT, after_exit=0.5)
    async with place.serving(python(code), patience=patience) as spawner:
        ear, process = await running(spawner)
        await ear.until(lambda: ear.heard.endswith(b"\n"))
        process.stop()
        assert await ear.end() == Ending(code=0)
        os.kill(int(ear.heard), signal.SIGKILL)


@pytest.mark.parametrize("number", [0, 1], ids=["stdin", "stdout"])
@in_a_loop
async def test_a_server_that_hangs_up_is_ended(place: Place, number: int) -> None:
    code = f"import os, time; os.close({number}); time.sleep(1000)"
    async with place.serving(python(code), patience=IMPATIENT) as spawner:
        ear, process = await running(spawner)
        if number == 0 and place.kind == "relay":
            process.stop()  # bytes for a closed stdin are dropped by the launcher
        process.write(b"x" * MEGABYTE)
        assert (await ear.end()).signal == signal.SIGTERM


@in_a_loop
async def test_arguments_arrive_as_they_were_given(place: Place) -> None:
    words = ["a b", "'single'", '"double"', "$(touch no) `no` $HOME", "", "ü→🦊", "a\nb", "*", "-x"]
    code = "import sys; print(ascii(sys.argv[1:]))"
    async with place.serving([*python(code), *words]) as spawner:
        ear = Ear()
        spawner.spawn(ear)
        await ear.end()
        assert ear.heard.decode().strip() == ascii(words)


@in_a_loop
async def test_nothing_is_left_of_servers_that_came_and_went(place: Place) -> None:
    async with place.serving(["cat"]) as spawner:
        before = open_descriptors()
        pids: list[int] = []
        for _ in range(CYCLES):
            ear, process = await running(spawner)
            pids.append(ear.pid)
            process.stop()
            assert await ear.end() == Ending(code=0)
        assert open_descriptors() == before
        assert not [pid for pid in pids if Path(f"/proc/{pid}").exists()]


@in_a_loop
async def test_garbage_is_passed_on_as_it_is(place: Place) -> None:
    async with place.serving(python("import os; os.write(1, bytes(range(256)))")) as spawner:
        ear = Ear()
        spawner.spawn(ear)
        await ear.end()
        assert ear.heard == bytes(range(256))
