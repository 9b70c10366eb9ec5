"""Notices that a child has exited, and leaves it to be reaped."""

import asyncio
import os
import threading
from collections.abc import Callable


def watch(loop: asyncio.AbstractEventLoop, pid: int, exited: Callable[[], None]) -> None:
    """Call *exited* once, from the loop, when the child *pid* is a zombie."""
    try:
        descriptor = os.pidfd_open(pid)
    except OSError:  # an old kernel, or a sandbox without it
        waiting = threading.Thread(target=_wait, args=(loop, pid, exited), daemon=True)
        waiting.start()
        return

    def ready() -> None:
        loop.remove_reader(descriptor)
        os.close(descriptor)
        exited()

    loop.add_reader(descriptor, ready)


def _wait(loop: asyncio.AbstractEventLoop, pid: int, exited: Callable[[], None]) -> None:
    os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
    if not loop.is_closed():
        loop.call_soon_threadsafe(exited)
