"""Outlets: what goes out to one client, whether it takes it, and how it is let go."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Protocol

from adapter.wire.limits import Limits
from adapter.wire.refusals import Refusal
from adapter.wire.replies import Reply
from adapter.wire.requests import Request

if TYPE_CHECKING:  # a connection is an outlet, and the server counts connections
    from adapter.wire.connections import Connection


class House(Protocol):
    """What a connection needs of its server."""

    limits: Limits
    now: float
    bodies: int
    is_draining: bool

    def arrived(self, connection: "Connection") -> Refusal | None:
        """Count the connection; return why it has to come back later, if it has."""
        ...

    def left(self, connection: "Connection") -> None:
        """Forget the connection."""

    def handle(self, request: Request, reply: Reply) -> bool:
        """Have the request handled; return whether the handler did not fail."""
        ...

    def call(self, hear: Callable[..., None], *arguments: object) -> bool:
        """Call what may raise; return whether it did not."""
        ...

    @property
    def refuse(self) -> Callable[[str], None]:
        """Return what counts a refusal."""
        ...


class Outlet(asyncio.Protocol):
    """The way out to one client."""

    __slots__ = (
        "__weakref__",
        "_flowed",
        "_house",
        "_is_leaving",
        "_largest",
        "_left_over",
        "_since",
        "_spoke",
        "_transport",
    )

    _transport: asyncio.Transport

    def __init__(self, house: House) -> None:
        """Wait for the client."""
        self._house = house
        self._largest = 0
        """The largest event since the client last had taken everything."""
        self._left_over = 0
        """Bytes that waited for the client at the last sweep."""
        self._is_leaving = False
        self._since = house.now
        """When the client last began or ended something, which is what deadlines count from."""
        self._spoke = house.now
        """When it was last told something on a stream."""
        self._flowed = house.now
        """When it last took something of what waits for it."""

    @property
    def queued(self) -> int:
        """Bytes that the client has not taken yet."""
        try:
            return self._transport.get_write_buffer_size()
        except RuntimeError:  # that is how uvloop says that it is closed
            return 0

    @property
    def is_draining(self) -> bool:
        """No further request is welcome."""
        return self._house.is_draining

    def write(self, data: bytes) -> None:
        """Send *data*; a client that has just gone is normal, and uvloop raises then."""
        try:  # not `suppress`, which costs as much as the rest of this
            self._transport.write(data)
        except RuntimeError:
            self._is_leaving = True

    def write_pieces(self, pieces: list[bytes]) -> None:
        """Send *pieces* without putting them together."""
        try:
            self._transport.writelines(pieces)
        except RuntimeError:
            self._is_leaving = True

    def write_event(self, data: bytes) -> None:
        """Send *data*, unless too much waits already: then give up on the client."""
        waiting = self.queued
        if not waiting:
            self._largest = 0
        elif waiting - self._largest > self._house.limits.queue:
            self.give_up("slow client")
            return
        if len(data) > self._largest:
            self._largest = len(data)
        self._spoke = self._house.now
        self.write(data)

    def refuse(self, reason: str) -> None:
        """Count a refusal."""
        self._house.refuse(reason)

    def call(self, hear: Callable[..., None], *arguments: object) -> bool:
        """Call what may raise; return whether it did not."""
        return self._house.call(hear, *arguments)

    def linger(self) -> None:
        """Leave the client a moment to read the last words and to hang up."""
        self._is_leaving = True
        self._since = self._house.now

    def say_no_more(self) -> None:
        """Let the client read to the end of what was said, and hang up; a reset would spoil it."""
        with suppress(RuntimeError):
            self._transport.write_eof()
        self.linger()

    def close(self) -> None:
        """Close once everything is sent."""
        self._is_leaving = True
        self._transport.close()

    def abort(self) -> None:
        """Close now."""
        self._is_leaving = True
        self._transport.abort()

    def give_up(self, reason: str) -> None:
        """Let go of the client at once; whoever is about to answer will hear of it."""
        self._house.refuse(reason)
        self.abort()

    def is_stalled(self, now: float) -> bool:
        """Return whether the client has long taken nothing of what waits for it."""
        waiting = self.queued
        if not waiting or waiting < self._left_over:
            self._flowed = now
        self._left_over = waiting
        return now - self._flowed > self._house.limits.stall_seconds

    def _resume_reading(self) -> None:
        with suppress(RuntimeError):  # it has just gone
            self._transport.resume_reading()
