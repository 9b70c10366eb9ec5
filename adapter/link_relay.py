"""The stdin and stdout of a process whose bytes travel over the launcher's socket."""

import asyncio
from collections import deque
from collections.abc import Callable

from adapter.link_packets import CHUNK, INPUT, WINDOW, credit, relayed
from adapter.pipes import HIGH_WATER, LOW_WATER
from adapter.processes import Listener

CREDIT_AFTER = WINDOW // 4
"""How much is taken before the launcher hears that there is room again."""


class Relay:
    """What `Pipes` is for descriptors. Each direction has a window, so nobody holds up others."""

    def __init__(
        self,
        number: int,
        send: Callable[[bytes], None],
        listener: Listener,
        hung_up: Callable[[], None],
    ) -> None:
        self._number = number
        self._send = send
        self._listener = listener
        self._hung_up = hung_up
        self._loop = asyncio.get_running_loop()
        self._waiting: deque[memoryview] = deque()
        self._queued = 0
        self._room = WINDOW
        self._scheduled = False
        self._told_to_pause = False
        self._input_ended = False
        self._taken = 0
        self._closed = False

    @property
    def is_open(self) -> bool:
        """Whether more may come from stdout."""
        return not self._closed

    def write(self, data: bytes) -> None:
        """Queue bytes for stdin."""
        if self._input_ended or not data:
            return
        self._waiting.append(memoryview(data))
        self._queued += len(data)
        if not self._scheduled:
            self._scheduled = True
            self._loop.call_soon(self._flush)

    def end_input(self) -> None:
        """Tell the process that no more comes, after what has room at once."""
        if self._input_ended:
            return
        self._push()
        self._input_ended = True
        self._waiting.clear()
        self._queued = 0
        self._send(relayed(INPUT, self._number, b""))

    def granted(self, count: int) -> None:
        """Hear that the process has taken *count* bytes."""
        self._room = min(self._room + count, WINDOW)
        self._flush()

    def arrived(self, data: bytes) -> None:
        """Hear what came from stdout; nothing means its end."""
        if self._closed:
            return
        if data:
            self._account(len(data))
            self._listener.received(data)
        else:
            self._closed = True
            self._hung_up()

    def close(self) -> None:
        """Let go of both directions."""
        self._closed = self._input_ended = True
        self._waiting.clear()

    def _flush(self) -> None:
        self._scheduled = False
        if self._input_ended:
            return
        self._push()
        if self._queued > HIGH_WATER and not self._told_to_pause:
            self._told_to_pause = True
            self._listener.pause_writing()
        elif self._queued <= LOW_WATER and self._told_to_pause:
            self._told_to_pause = False
            self._listener.resume_writing()

    def _push(self) -> None:
        while self._waiting and self._room:
            piece = self._next_piece(min(self._room, CHUNK))
            self._room -= len(piece)
            self._queued -= len(piece)
            self._send(relayed(INPUT, self._number, piece))

    def _next_piece(self, most: int) -> bytes:
        """Return as many queued bytes as one packet holds, small messages together."""
        pieces: list[memoryview] = []
        while self._waiting and most:
            first = self._waiting.popleft()
            if len(first) > most:
                self._waiting.appendleft(first[most:])
                first = first[:most]
            pieces.append(first)
            most -= len(first)
        return b"".join(pieces)

    def _account(self, count: int) -> None:
        self._taken += count
        if self._taken >= CREDIT_AFTER:
            self._send(credit(self._number, self._taken))
            self._taken = 0
