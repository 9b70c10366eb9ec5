"""Pipes are as large as they need to be: every user has few pages for all of theirs on a node."""

import fcntl
import os

from adapter.pipes import LARGE_PIPE, PIPE_SIZE, Pipes, Room
from tests.adapter.processes.ear import Ear, in_a_loop


def holds(descriptor: int) -> int:
    return fcntl.fcntl(descriptor, fcntl.F_GETPIPE_SZ)


@in_a_loop
async def test_a_pipe_grows_when_it_was_full_and_not_before() -> None:
    ear = Ear()
    server_in, stdin = os.pipe()
    stdout, server_out = os.pipe()
    pipes = Pipes(ear, Room(), lambda: None)
    pipes.attach(stdin, stdout)
    os.write(server_out, b"a few words")
    await ear.until(lambda: ear.heard == b"a few words")
    assert (holds(stdin), holds(stdout)) == (PIPE_SIZE, PIPE_SIZE)
    os.write(server_out, bytes(PIPE_SIZE))
    pipes.write(bytes(4 * LARGE_PIPE))
    await ear.until(lambda: len(ear.heard) > PIPE_SIZE and "pause" in ear.events)
    assert (holds(stdin), holds(stdout)) == (LARGE_PIPE, LARGE_PIPE)
    pipes.close()
    os.close(server_in)
    os.close(server_out)
