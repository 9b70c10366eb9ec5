"""The launcher: installed by a rename, dials for ever, drains, and leaves when it should."""

import asyncio
import functools
import os
import signal
import stat
import subprocess
from pathlib import Path

import pytest

from adapter.processes import Ending
from tests.adapter.processes.ear import WITHIN, Ear, in_a_loop
from tests.adapter.processes.places import (
    exit_code,
    is_gone,
    linked,
    open_descriptors,
    start,
)
from tests.adapter.processes.test_everywhere import running
from tests.adapter.programs import launcher

MEGABYTES = 3


def test_it_is_small_and_static() -> None:
    program = launcher()
    assert program.stat().st_size < MEGABYTES * 1024 * 1024
    assert b"ld-linux" not in program.read_bytes()


def test_it_installs_itself_for_everybody(tmp_path: Path) -> None:
    target = tmp_path / "launcher"
    target.write_text("an older one")
    held = target.open()
    subprocess.run([str(launcher()), "install", str(target)], check=True, umask=0o077)
    assert stat.S_IMODE(target.stat().st_mode) == 0o755
    assert target.read_bytes() == launcher().read_bytes()
    assert held.read() == "an older one"
    held.close()
    assert [path.name for path in tmp_path.iterdir()] == ["launcher"]


def test_a_failed_installation_is_told_and_leaves_nothing(tmp_path: Path) -> None:
    target = tmp_path / "folder"
    target.mkdir()
    done = subprocess.run(
        [str(launcher()), "install", str(target)], capture_output=True, check=False
    )
    assert (done.returncode, [path.name for path in tmp_path.iterdir()]) == (1, ["folder"])
    assert b"cannot install the launcher" in done.stderr


@in_a_loop
async def test_it_dials_again_after_the_adapter_restarted(socket_path: Path) -> None:
    with start(socket_path, ["cat"]) as program:
        pid = 0
        for _ in range(2):
            async with linked(socket_path) as link:
                assert link.link.unavailable() == "waiting for launcher"
                await link.until(connected=True)
                assert link.link.unavailable() is None
                ear, _ = await running(link.link)
                assert not pid or await is_gone(pid)
                pid = ear.pid
            assert (await ear.end()).reason == "the launcher is gone: the adapter is ending"
        program.terminate()
        assert await exit_code(program) == 0


@in_a_loop
async def test_a_launcher_that_is_killed_takes_its_servers_along(socket_path: Path) -> None:
    async with linked(socket_path) as link:
        with start(socket_path, ["sleep", "1000"]) as program:
            await link.until(connected=True)
            ear, _ = await running(link.link)
            program.kill()
            reason = "the launcher is gone: its container ended or restarted"
            assert await ear.end() == Ending(reason=reason)
            await exit_code(program)
            assert await is_gone(ear.pid)
        assert link.link.unavailable() == "waiting for launcher"
        with start(socket_path, ["cat"]) as program:
            await link.until(connected=True)
            await running(link.link)
            assert await link.drained(program) == 0


@in_a_loop
async def test_nothing_is_asked_of_a_launcher_that_is_not_there(socket_path: Path) -> None:
    async with linked(socket_path) as link:
        ear = Ear()
        process = link.link.spawn(ear)
        process.write(b"lost")
        process.stop()
        assert await ear.end() == Ending(reason="waiting for launcher")


@in_a_loop
async def test_while_it_drains_servers_go_on_until_all_is_done(socket_path: Path) -> None:
    async with linked(socket_path) as link:
        with start(socket_path, ["cat"]) as program:
            await link.until(connected=True)
            ear, process = await running(link.link)
            program.terminate()
            await asyncio.wait_for(link.draining.wait(), WITHIN)
            process.write(b"still here")
            await ear.until(lambda: ear.heard == b"still here")
            link.link.drained()
            assert (await ear.end()).signal == signal.SIGTERM
            assert await exit_code(program) == 0


@pytest.mark.parametrize("again", [False, True], ids=["grace", "second SIGTERM"])
@in_a_loop
async def test_an_adapter_that_never_drains_is_not_waited_for(
    socket_path: Path, again: bool
) -> None:
    async with linked(socket_path) as link:
        grace = "1h" if again else "50ms"
        with start(socket_path, ["cat"], ["--grace", grace]) as program:
            await link.until(connected=True)
            ear, _ = await running(link.link)
            program.terminate()
            await asyncio.wait_for(link.draining.wait(), WITHIN)
            if again:
                program.terminate()
            assert await exit_code(program) == (128 + signal.SIGTERM if again else 0)
            await ear.end()


def test_sigterm_ends_it_at_once_while_no_adapter_is_there(socket_path: Path) -> None:
    with subprocess.Popen(
        [str(launcher()), "--socket", str(socket_path), "--", "cat"], stderr=subprocess.PIPE
    ) as program:
        assert program.stderr is not None
        assert b"waiting for the adapter" in program.stderr.readline()
        program.terminate()
        assert program.wait(WITHIN) == 0


@in_a_loop
async def test_five_servers_that_fail_in_a_row_are_told_to_the_kubelet(
    socket_path: Path, tmp_path: Path
) -> None:
    message = tmp_path / "termination-log"
    message.touch()
    command = ["sh", "-c", "echo no database at $DATABASE >&2; exit 9"]
    async with linked(socket_path) as link:
        environment = {**os.environ, "DATABASE": "db.example"}
        flags = ["--termination-message", str(message)]
        with start(socket_path, command, flags, environment) as program:
            await link.until(connected=True)
            for _ in range(5):
                assert program.poll() is None
                ear = Ear()
                link.link.spawn(ear)
                assert (await ear.end()).code == 9
            assert await exit_code(program) == 9
    assert message.read_text() == "no database at ***"


@in_a_loop
async def test_servers_that_answered_before_they_died_are_no_crash_loop(socket_path: Path) -> None:
    async with linked(socket_path) as link:
        with start(socket_path, ["sh", "-c", "read line; exit 9"]) as program:
            await link.until(connected=True)
            for _ in range(6):
                ear, process = await running(link.link)
                process.handshaken()
                process.write(b"\n")
                assert (await ear.end()).code == 9
            assert program.poll() is None
            await link.drained(program)


@pytest.mark.parametrize("policy", ["OnFailure", "Never"])
@pytest.mark.parametrize("code", [0, 5])
@in_a_loop
async def test_a_job_ends_with_its_server(socket_path: Path, policy: str, code: int) -> None:
    async with linked(socket_path) as link:
        command = ["sh", "-c", f"read line; exit {code}"]
        with start(socket_path, command, ["--restart-policy", policy]) as program:
            await link.until(connected=True)
            ear, process = await running(link.link)
            process.handshaken()
            process.write(b"\n")
            assert (await ear.end()).code == code
            assert await exit_code(program) == code


def is_ready(ear: Ear) -> bool:
    return ear.heard == b"ready\n"


@in_a_loop
async def test_the_largest_server_is_ended_before_the_container_is_killed(
    socket_path: Path, tmp_path: Path
) -> None:
    limit = 256 * 1024 * 1024
    (tmp_path / "memory.max").write_text(f"{limit}\n")
    (tmp_path / "memory.current").write_text("0\n")
    (tmp_path / "memory.stat").write_text(f"anon 5\nfile {limit // 2}\nshmem 0\n")
    code = "read size; x=$(head -c $size /dev/zero | tr '\\0' x); echo ready; read line"
    async with linked(socket_path) as link:
        with start(socket_path, ["sh", "-c", code], ["--cgroup", str(tmp_path)]) as program:
            await link.until(connected=True)
            ears: list[Ear] = []
            for size in (b"1\n", b"20000000\n"):
                ear, process = await running(link.link)
                process.write(size)
                await ear.until(functools.partial(is_ready, ear))
                ears.append(ear)
            small, large = ears
            (tmp_path / "memory.stat").write_text("anon 5\nfile 5\nshmem 5\n")
            (tmp_path / "memory.current").write_text(f"{limit * 96 // 100}\n")
            ending = await large.end()
            (tmp_path / "memory.current").write_text("0\n")
            assert "95 % of its memory limit of 256 MiB" in ending.reason
            assert small.ending is None
            await link.drained(program)


@in_a_loop
async def test_nothing_is_left_in_the_launcher_of_servers_that_came_and_went(
    socket_path: Path,
) -> None:
    async with linked(socket_path) as link:
        with start(socket_path, ["sh", "-c", "(sleep 0.01 &); cat"]) as program:
            await link.until(connected=True)
            counts: list[int] = []
            for _ in range(50):
                ear, process = await running(link.link)
                process.stop()
                await ear.end()
                counts.append(open_descriptors(program.pid))
            assert max(counts[10:]) == counts[0]
            await link.drained(program)
