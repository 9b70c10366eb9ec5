"""A stdio server with tools that no server should have; otherwise it is the puppet."""

import os
import resource
import signal
import sys
import time
from typing import Any

from tests.adapter import puppet


def fork(_: dict[str, Any]) -> object:
    """Leave a grandchild behind that holds the pipes."""
    pid = os.fork()
    if pid == 0:
        time.sleep(1000)
    return pid


def ignore(_: dict[str, Any]) -> object:
    """Do not end when told to."""
    sys.argv.append("--stubborn")
    return os.getpid()


def told_to_end(*_: object) -> None:
    """End, or not."""
    if "--stubborn" not in sys.argv:
        sys.exit(0)


def eat(_: dict[str, Any]) -> object:
    """Use all memory there is, and be ended for it."""
    resource.setrlimit(resource.RLIMIT_AS, (2**28, 2**28))
    eaten: list[bytes] = []
    try:
        while True:
            eaten.append(b"x" * 2**24)
    except MemoryError:
        os.kill(os.getpid(), signal.SIGKILL)
    return "full"


def pour(params: dict[str, Any]) -> object:
    """Write a line that does not end."""
    for _ in range(params["arguments"]["mib"]):
        sys.stdout.write("x" * 2**20)
    sys.stdout.write("\n")
    return "poured"


def babble(params: dict[str, Any]) -> object:
    """Answer what nobody asked, and twice what somebody did.

    What will be asked later comes first, so that it is not asked yet while this goes on.
    """
    for number in reversed(range(params["arguments"]["count"])):
        puppet.say({"id": number, "result": {"content": [{"type": "text", "text": "wrong"}]}})
    return "babbled"


puppet.TOOLS.update({"fork": fork, "ignore": ignore, "eat": eat, "pour": pour, "babble": babble})

if __name__ == "__main__":
    signal.signal(signal.SIGTERM, told_to_end)
    puppet.main()
