"""What a process has: descriptors, children, memory."""

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from tests.adapter.program import wait

PAGE = os.sysconf("SC_PAGE_SIZE")


def descriptors(pid: int) -> int:
    """Return how many descriptors a process has open."""
    return len(list(Path(f"/proc/{pid}/fd").iterdir()))


def memory(pid: int) -> int:
    """Return the bytes of a process that are in memory and not those of a file."""
    resident, shared = Path(f"/proc/{pid}/statm").read_text().split()[1:3]
    return (int(resident) - int(shared)) * PAGE


def children(pid: int) -> list[int]:
    """Return the processes that a process has started, those of every thread."""
    found: list[int] = []
    with suppress(FileNotFoundError, ProcessLookupError):  # it ended while we looked
        for thread in Path(f"/proc/{pid}/task").iterdir():
            with suppress(FileNotFoundError, ProcessLookupError):
                found += map(int, (thread / "children").read_text().split())
    return found


def family(pid: int) -> Iterator[int]:
    """Yield all that descend from a process."""
    for child in children(pid):
        yield child
        yield from family(child)


def is_alive(pid: int) -> bool:
    """Say whether a process runs, and is more than an entry that waits to be read."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def wait_gone(pids: list[int]) -> None:
    """Return once none of these processes runs."""
    wait(lambda: not any(map(is_alive, pids)), lambda: f"{list(filter(is_alive, pids))} are left")
