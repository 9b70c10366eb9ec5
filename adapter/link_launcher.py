"""A connection to the launcher, from its hello to its loss."""

import asyncio
import itertools
import logging
import socket
from collections import deque
from collections.abc import Callable

from adapter.link_child import Child
from adapter.link_packets import (
    COUNT,
    CREDIT,
    HEADER,
    LARGEST,
    OUTPUT,
    Message,
    close_all,
    decode,
    encode,
)
from adapter.pipes import Patience, Room
from adapter.processes import Ending, Listener

log = logging.getLogger(__name__)

MOST_QUEUED = 8192
"""How many packets may wait for a launcher that does not read, before it is given up."""
MOST_DESCRIPTORS = 8
PACKETS_PER_TURN = 16


class Launcher:
    """The one launcher that is heard, and its processes."""

    def __init__(
        self, connection: socket.socket, hello: Message, descriptors: bool, patience: Patience
    ) -> None:
        self.version = hello.launcher[:64]
        self.restart_policy = hello.restart_policy[:16]
        self.descriptors = descriptors
        self.room = Room()
        self.after_exit = patience.after_exit
        self.draining = False
        self.left_with: int | None = None
        """With which code it says that it ends, as it does when no server is to run any more."""
        self._connection = connection
        self._loop = asyncio.get_running_loop()
        self._children: dict[int, Child] = {}
        self._numbers = itertools.count(1)
        self._queue: deque[bytes] = deque()
        self._is_lost: Callable[[], None] = lambda: None
        self._drains: Callable[[], None] = lambda: None
        self._welcome(patience)

    def listen(self, is_lost: Callable[[], None], drains: Callable[[], None]) -> None:
        """Hear it, and tell when it is lost and when its Pod is to end."""
        self._is_lost = is_lost
        self._drains = drains
        self._loop.add_reader(self._connection, self._readable)

    def is_over(self) -> bool:
        """Say whether the kubelet will start it no more, now that it has gone."""
        if self.restart_policy == "OnFailure":
            return self.left_with == 0
        return self.restart_policy == "Never" and self.left_with is not None

    def is_missing(self) -> bool:
        """Say whether it went without a word and only it can come back: killed, or hung up."""
        return self.restart_policy == "Never" and self.left_with is None

    def spawn(self, listener: Listener) -> Child:
        """Ask for one more process."""
        number = next(self._numbers)
        child = self._children[number] = Child(self, number, listener)
        return child

    def forget(self, number: int) -> None:
        """Let go of a process that has ended."""
        self._children.pop(number, None)

    def tell(self, message: Message) -> None:
        """Send a message."""
        self.send(encode(message))

    def send(self, packet: bytes) -> None:
        """Send a packet, or queue it while the launcher is slow."""
        if self._connection.fileno() < 0:
            return
        if not self._queue and self._sent(packet):
            return
        if len(self._queue) >= MOST_QUEUED:
            self._loop.call_soon(self.close, "it does not read what it is told")
            return
        self._queue.append(packet)
        self._loop.add_writer(self._connection, self._writable)

    def close(self, reason: str) -> None:
        """Hang up; all its processes end with *reason*."""
        if self._connection.fileno() < 0:
            return
        self._loop.remove_reader(self._connection)
        self._loop.remove_writer(self._connection)
        self._connection.close()
        log.info("launcher lost", extra={"reason": reason, "servers": len(self._children)})
        self._is_lost()
        for child in list(self._children.values()):
            child.is_lost(f"the launcher is gone: {reason}")

    def _welcome(self, patience: Patience) -> None:
        self.tell(
            Message(
                "welcome",
                version=1,
                descriptors=self.descriptors,
                after_eof=round(patience.after_eof * 1000),
                after_term=round(patience.after_term * 1000),
            )
        )

    def _sent(self, packet: bytes) -> bool:
        try:
            self._connection.send(packet)
        except BlockingIOError:
            return False
        except OSError:  # the reader hears of the loss as well
            return True
        return True

    def _writable(self) -> None:
        while self._queue and self._sent(self._queue[0]):
            self._queue.popleft()
        if not self._queue and self._connection.fileno() >= 0:
            self._loop.remove_writer(self._connection)

    def _readable(self) -> None:
        for _ in range(PACKETS_PER_TURN):
            if self._connection.fileno() < 0 or not self._receive():
                return

    def _receive(self) -> bool:
        """Take one packet; return whether there may be another."""
        try:
            data, descriptors, flags, _ = socket.recv_fds(
                self._connection, LARGEST, MOST_DESCRIPTORS, socket.MSG_CMSG_CLOEXEC
            )
        except (BlockingIOError, ConnectionResetError) as error:
            # Who left without hearing all of us may have said something before.
            return isinstance(error, ConnectionResetError)
        except OSError as error:
            self.close(error.strerror or "its connection broke")
            return False
        if data and not flags & socket.MSG_TRUNC and self._understood(data, descriptors):
            return True
        close_all(descriptors)
        ended = "its container ended or restarted"
        self.close("it sent what is no packet" if data else ended)
        return False

    def _understood(self, data: bytes, descriptors: list[int]) -> bool:
        """Do what a packet says, and take over its descriptors; False for nonsense."""
        if not data.startswith(b"{"):
            return not descriptors and self._relayed(data)
        message = decode(data)
        if message is None:
            return False
        child = self._children.get(message.id)
        if message.type == "started" and child is not None:
            child.has_started(message.pid, descriptors)
            return True
        close_all(descriptors)
        descriptors.clear()
        self._heard(message, child)
        return True

    def _heard(self, message: Message, child: Child | None) -> None:
        if message.type == "draining":
            self.draining = True
            self._drains()
        elif message.type == "leaving":
            self.left_with = message.code
        elif child is not None and message.type == "failed":
            child.has_ended(Ending(reason=message.reason or "the launcher could not start it"))
        elif child is not None and message.type == "ended":
            child.has_ended(ending(message))

    def _relayed(self, data: bytes) -> bool:
        if len(data) < HEADER.size:
            return False
        kind, number = HEADER.unpack_from(data)
        child = self._children.get(number)
        content = data[HEADER.size :]
        if kind == OUTPUT:
            if child is not None:
                child.arrived(content)
            return True
        if kind == CREDIT and len(content) == COUNT.size:
            if child is not None:
                child.granted(COUNT.unpack(content)[0])
            return True
        return False


def ending(message: Message) -> Ending:
    """Return how a process ended, as the launcher tells it."""
    return Ending(
        code=message.code, signal=message.signal, tail=message.tail, reason=message.reason
    )
