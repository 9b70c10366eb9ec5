"""Both ends of a running process as the event loop sees them: a pipe to read and one to write.

Why not the loop's own transports: reading into one shared buffer and writing once per turn of the
loop costs a third of the time when many sessions are busy, and needs no task to set up.
"""

import asyncio
import fcntl
import os
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice

from adapter.processes import Listener

HIGH_WATER = 256 * 1024
"""How many bytes may wait for a server that does not read before its listener hears of it."""
LOW_WATER = 64 * 1024
PIPE_SIZE = 64 * 1024
"""What a pipe holds unless asked otherwise, on every Linux with pages of 4 KiB."""
LARGE_PIPE = 256 * 1024
"""What a pipe is to hold once it was full. Not from the start: every user has 64 MiB for all pipes
on a node, Pods together, and who exceeds it gets pipes of one or two pages. Messages of 1 MiB cost
a few per cent less CPU time than through 64 KiB, and no less through 1 MiB."""
MOST_BUFFERS = 64
"""How many pieces one system call writes."""


@dataclass(frozen=True, kw_only=True)
class Patience:
    """How long a process may take to end, in seconds."""

    after_eof: float = 2.0
    """Between the end of its stdin and SIGTERM."""
    after_term: float = 3.0
    """Between SIGTERM and SIGKILL."""
    after_exit: float = 1.0
    """For what is left in its pipes, when a grandchild holds them open."""


class Room:
    """The buffer that all pipes of one loop read into, one after the other."""

    def __init__(self, size: int = 256 * 1024) -> None:
        self._view = memoryview(bytearray(size))
        self._buffers = [self._view]

    def read(self, descriptor: int) -> bytes:
        """Return what there is; empty at the end of the pipe."""
        return self._view[: os.readv(descriptor, self._buffers)].tobytes()


class Reader:
    """Tells what arrives on a pipe, and its end. It owns the descriptor."""

    def __init__(
        self,
        descriptor: int,
        room: Room,
        received: Callable[[bytes], None],
        closed: Callable[[], None],
    ) -> None:
        os.set_blocking(descriptor, False)
        self._descriptor = descriptor
        self._room = room
        self._received = received
        self._closed = closed
        self._is_large = False
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(descriptor, self._ready)

    @property
    def is_open(self) -> bool:
        """Whether its end is still to come."""
        return self._descriptor >= 0

    def close(self) -> None:
        """Read no more, and tell nobody."""
        if self.is_open:
            self._loop.remove_reader(self._descriptor)
            os.close(self._descriptor)
            self._descriptor = -1

    def _ready(self) -> None:
        if not self.is_open:
            return
        try:
            chunk = self._room.read(self._descriptor)
        except BlockingIOError:
            return
        except OSError:
            chunk = b""
        if len(chunk) >= PIPE_SIZE and not self._is_large:
            self._is_large = True
            enlarge(self._descriptor)
        if chunk:
            self._received(chunk)
        else:
            self.close()
            self._closed()


class Writer:
    """Writes to a pipe once per turn of the loop; what comes before the pipe waits for it."""

    def __init__(self, listener: Listener, broken: Callable[[], None]) -> None:
        self._listener = listener
        self._broken = broken
        self._loop = asyncio.get_running_loop()
        self._descriptor = -1
        self._waiting: deque[bytes | memoryview] = deque()
        self._queued = 0
        self._scheduled = False
        self._blocked = False
        self._is_large = False
        self._told_to_pause = False
        self._ended = False

    def attach(self, descriptor: int) -> None:
        """Take over *descriptor* and write to it what has waited."""
        os.set_blocking(descriptor, False)
        self._descriptor = descriptor
        if self._ended:
            self._drain()
            self._forget()
        else:
            self._schedule()

    def write(self, data: bytes) -> None:
        """Queue *data*."""
        if self._ended or not data:
            return
        self._waiting.append(data)
        self._queued += len(data)
        self._schedule()

    def close(self) -> None:
        """End the pipe, now or once it is there, after what it takes at once of all that waits."""
        if self._ended:
            return
        self._ended = True
        if self._descriptor >= 0:
            if not self._blocked:
                self._drain()
            self._forget()

    def _schedule(self) -> None:
        if not self._scheduled and not self._blocked:
            self._scheduled = True
            self._loop.call_soon(self._flush)

    def _flush(self) -> None:
        self._scheduled = False
        if self._ended:
            return
        if self._descriptor >= 0 and not self._drain():
            self._forget()
            self._broken()
            return
        self._wait_for_room(self._descriptor >= 0 and self._queued > 0)
        self._tell()

    def _drain(self) -> bool:
        """Write until nothing is left or the pipe is full; return whether anybody can read it."""
        try:
            while self._waiting:
                self._written(self._write_once())
        except BlockingIOError:
            return True
        except OSError:
            return False
        return True

    def _write_once(self) -> int:
        if len(self._waiting) == 1:
            return os.write(self._descriptor, self._waiting[0])
        return os.writev(self._descriptor, list(islice(self._waiting, MOST_BUFFERS)))

    def _written(self, count: int) -> None:
        self._queued -= count
        while count:
            first = self._waiting.popleft()
            if len(first) > count:
                self._waiting.appendleft(memoryview(first)[count:])
                return
            count -= len(first)

    def _wait_for_room(self, wanted: bool) -> None:
        if wanted != self._blocked:
            self._blocked = wanted
            if wanted:
                self._enlarge()
                self._loop.add_writer(self._descriptor, self._flush)
            else:
                self._loop.remove_writer(self._descriptor)

    def _enlarge(self) -> None:
        if not self._is_large:
            self._is_large = True
            enlarge(self._descriptor)

    def _tell(self) -> None:
        if self._queued > HIGH_WATER and not self._told_to_pause:
            self._told_to_pause = True
            self._listener.pause_writing()
        elif self._queued <= LOW_WATER and self._told_to_pause:
            self._told_to_pause = False
            self._listener.resume_writing()

    def _forget(self) -> None:
        self._ended = True
        self._waiting.clear()
        self._queued = 0
        if self._descriptor >= 0:
            self._wait_for_room(wanted=False)
            os.close(self._descriptor)
            self._descriptor = -1


class Pipes:
    """The stdin and stdout of one process, from before it runs until after it has ended."""

    def __init__(self, listener: Listener, room: Room, hung_up: Callable[[], None]) -> None:
        """Call *hung_up* when the process can no longer be written to or read from."""
        self._listener = listener
        self._room = room
        self._hung_up = hung_up
        self._writer = Writer(listener, hung_up)
        self._reader: Reader | None = None
        self.write = self._writer.write
        """Queue bytes for stdin."""
        self.end_input = self._writer.close
        """Tell the process that no more comes."""

    @property
    def is_open(self) -> bool:
        """Whether more may come from stdout."""
        return self._reader is not None and self._reader.is_open

    def attach(self, stdin: int, stdout: int) -> None:
        """Take over both descriptors of a process that runs."""
        self._writer.attach(stdin)
        self._reader = Reader(stdout, self._room, self._listener.received, self._hung_up)

    def close(self) -> None:
        """Let go of both."""
        self._writer.close()
        if self._reader is not None:
            self._reader.close()


def enlarge(descriptor: int) -> None:
    """Ask for a larger pipe; a smaller one will do."""
    try:
        fcntl.fcntl(descriptor, fcntl.F_SETPIPE_SZ, LARGE_PIPE)
    except OSError:
        return
