"""One process in the server's container, as the launcher tells of it."""

import asyncio
from typing import Protocol

from adapter.link_packets import Message, are_pipes, close_all
from adapter.link_relay import Relay
from adapter.pipes import Pipes, Room
from adapter.processes import Ending, Listener

HUNG_UP = "it hung up"
"""Tells the launcher that the end is the server's own doing, and counts towards a crash loop."""


class Wire(Protocol):
    """What a process needs of the connection that it lives on."""

    room: Room
    after_exit: float
    descriptors: bool

    def tell(self, message: Message) -> None:
        """Send a message to the launcher."""

    def send(self, packet: bytes) -> None:
        """Send a packet to the launcher."""

    def forget(self, number: int) -> None:
        """Let go of a process that has ended."""


class Child:
    """Turns what the launcher says into what the listener hears."""

    def __init__(self, wire: Wire, number: int, listener: Listener) -> None:
        self._wire = wire
        self._number = number
        self._listener = listener
        self._pipes: Pipes | Relay = (
            Pipes(listener, wire.room, self._hung_up)
            if wire.descriptors
            else Relay(number, wire.send, listener, self._hung_up)
        )
        self.write = self._pipes.write
        self._timer: asyncio.TimerHandle | None = None
        self._stopping = False
        self._ending: Ending | None = None
        self._reason = ""
        wire.tell(Message("start", id=number))

    def handshaken(self) -> None:
        """Pass it on."""
        if self._ending is None:
            self._wire.tell(Message("handshaken", id=self._number))

    def kill(self) -> None:
        """End it as fast as the launcher does that."""
        self.stop()

    def stop(self) -> None:
        """End it: the end of its stdin from here, the signals from the launcher."""
        if self._stopping or self._ending is not None:
            return
        self._stop("")

    def _stop(self, reason: str) -> None:
        if self._stopping:
            return
        self._stopping = True
        self._pipes.end_input()
        self._wire.tell(Message("stop", id=self._number, reason=reason))

    def has_started(self, pid: int, descriptors: list[int]) -> None:
        """Hear that it runs, and take over its pipes."""
        if isinstance(self._pipes, Relay):
            close_all(descriptors)
        elif are_pipes(descriptors) and not self._pipes.is_open:
            self._pipes.attach(*descriptors)
        else:
            close_all(descriptors)
            self._reason = "the pipes of the server did not arrive from the launcher"
            self.stop()
        self._listener.started(pid)

    def has_ended(self, ending: Ending) -> None:
        """Hear that it is gone, and wait for what it left in its pipe."""
        if self._ending is not None:
            return
        self._ending = ending
        self._pipes.end_input()
        if self._pipes.is_open and not self._never_ran(ending):
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(self._wire.after_exit, self._finish)
        else:
            self._finish()

    def is_lost(self, reason: str) -> None:
        """Hear that nobody can reach it any more."""
        self._ending = self._ending or Ending(reason=reason)
        self._finish()

    def arrived(self, data: bytes) -> None:
        """Hear relayed bytes."""
        if isinstance(self._pipes, Relay):
            self._pipes.arrived(data)

    def granted(self, count: int) -> None:
        """Hear that relayed bytes were taken."""
        if isinstance(self._pipes, Relay):
            self._pipes.granted(count)

    def _never_ran(self, ending: Ending) -> bool:
        return ending.code is None and ending.signal is None

    def _hung_up(self) -> None:
        """End a server that closed its stdin or stdout: it can serve nobody any more."""
        if self._ending is None:
            self._stop(HUNG_UP)
        else:
            self._finish()

    def _finish(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._pipes.close()
        self._wire.forget(self._number)
        ending = self._ending
        assert ending is not None
        if self._reason and not ending.reason:
            ending = Ending(tail=ending.tail, reason=self._reason)
        self._listener.ended(ending)
