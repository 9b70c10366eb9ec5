"""Servers that run in another container: its launcher dials us, and starts them when asked."""

import asyncio
import logging
import socket
import stat
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from adapter.figures import TELL_SECONDS
from adapter.link_launcher import Launcher
from adapter.link_packets import (
    LARGEST,
    VERSION,
    Message,
    close_all,
    decode,
    encode,
    proves,
)
from adapter.pipes import Patience
from adapter.processes import Ending, Listener, Process

log = logging.getLogger(__name__)

WAITING = "waiting for launcher"
HELLO_WITHIN = 5.0
"""How many seconds whoever dials has to say who it is."""
MOST_STRANGERS = 4
"""How many may be about to say so."""
BACK_WITHIN = 10.0
"""How many seconds a launcher has to dial again, where nobody would start another."""
NO_DESCRIPTORS_LEFT = 1.0
"""How many seconds nobody is accepted after that failed."""


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What `/status` tells of the link."""

    connected: bool
    descriptors: bool
    """Whether pipes are passed; else bytes are relayed."""
    launcher: str
    """Its version."""
    refused: int
    """How many dialled while another was connected, or talked nonsense."""


class Link:
    """Listens for one launcher, and starts processes through it."""

    def __init__(
        self,
        path: Path,
        patience: Patience | None = None,
        *,
        changed: Callable[[], None] = lambda: None,
        draining: Callable[[], None] = lambda: None,
    ) -> None:
        """Listen at *path*, from inside a running loop.

        *changed* hears that a launcher has come or gone, *draining* that the Pod is to end.
        """
        self._path = path
        self._patience = patience or Patience()
        self._changed = changed
        self._draining = draining
        self._loop = asyncio.get_running_loop()
        self._launcher: Launcher | None = None
        self._strangers: dict[socket.socket, asyncio.TimerHandle] = {}
        self._refused = 0
        self._told = -TELL_SECONDS
        self.is_over = False
        """Whether the last launcher has gone for good, and nobody starts it anew."""
        self._listening = listening(path)
        self._pause: asyncio.TimerHandle | None = None
        self._loop.add_reader(self._listening, self._accept)

    def spawn(self, listener: Listener) -> Process:
        """Start one more, or tell *listener* why not."""
        if self._launcher is None:
            return _Never(listener)
        return self._launcher.spawn(listener)

    def unavailable(self) -> str | None:
        """Return what we wait for, or None."""
        return WAITING if self._launcher is None else None

    def is_once(self) -> bool:
        """Return whether the Pod is not restarted when its server has ended well."""
        return self._launcher is not None and self._launcher.restart_policy != "Always"

    def drained(self) -> None:
        """Tell the launcher that nothing is in flight any more."""
        if self._launcher is not None:
            self._launcher.tell(Message("drained"))

    def facts(self) -> Facts:
        """Return what there is to tell."""
        launcher = self._launcher
        return Facts(
            connected=launcher is not None,
            descriptors=launcher is not None and launcher.descriptors,
            launcher="" if launcher is None else launcher.version,
            refused=self._refused,
        )

    def close(self) -> None:
        """Listen no more; all processes end."""
        if self._pause is not None:
            self._pause.cancel()
        self._loop.remove_reader(self._listening)
        self._listening.close()
        with suppress(OSError):
            self._path.unlink()
        for stranger in list(self._strangers):
            self._dismiss(stranger)
        if self._launcher is not None:
            self._launcher.close("the adapter is ending")

    def _accept(self) -> None:
        try:
            stranger, _ = self._listening.accept()
        except (BlockingIOError, ConnectionError):
            return
        except OSError as error:  # no descriptor is left: listening on would spin
            log.warning("cannot accept a launcher", extra={"reason": error.strerror})
            self._loop.remove_reader(self._listening)
            self._pause = self._loop.call_later(NO_DESCRIPTORS_LEFT, self._accept_again)
            return
        stranger.setblocking(False)
        if self._launcher is not None or len(self._strangers) >= MOST_STRANGERS:
            self._refuse(stranger, "another launcher is connected")
            return
        self._strangers[stranger] = self._loop.call_later(
            HELLO_WITHIN, self._refuse, stranger, "it said no hello"
        )
        self._loop.add_reader(stranger, self._greeted, stranger)

    def _accept_again(self) -> None:
        self._loop.add_reader(self._listening, self._accept)

    def _greeted(self, stranger: socket.socket) -> None:
        """Judge the first packet, which probes whether descriptors get through."""
        try:
            data, descriptors, _, _ = socket.recv_fds(stranger, LARGEST, 8, socket.MSG_CMSG_CLOEXEC)
        except BlockingIOError:
            return
        except OSError:
            self._dismiss(stranger)
            return
        hello, passes = decode(data), proves(descriptors)
        close_all(descriptors)
        if not data:
            self._dismiss(stranger)
        elif hello is None or hello.type != "hello" or hello.version != VERSION:
            self._refuse(stranger, f"the adapter expects a hello of version {VERSION}")
        elif self._launcher is not None:
            self._refuse(stranger, "another launcher is connected")
        else:
            self._take(stranger, hello, passes)

    def _take(self, stranger: socket.socket, hello: Message, passes: bool) -> None:
        self._strangers.pop(stranger).cancel()
        self._loop.remove_reader(stranger)
        launcher = self._launcher = Launcher(stranger, hello, passes, self._patience)
        self.is_over = False
        log.info("launcher connected", extra={"version": launcher.version, "descriptors": passes})
        launcher.listen(self._lost, self._draining)
        self._changed()

    def _lost(self) -> None:
        last, self._launcher = self._launcher, None
        self.is_over = last is not None and last.is_over()
        if last is not None and last.is_missing():
            self._loop.call_later(BACK_WITHIN, self._miss)
        self._changed()

    def _miss(self) -> None:
        if self._launcher is None and not self.is_over:
            self.is_over = True
            self._changed()

    def _refuse(self, stranger: socket.socket, reason: str) -> None:
        self._refused += 1
        now = self._loop.time()
        if now - self._told >= TELL_SECONDS:  # whoever shares the Pod may dial without end
            self._told = now
            log.warning("launcher refused", extra={"reason": reason, "refused": self._refused})
        with suppress(OSError):
            stranger.send(encode(Message("refused", reason=reason)))
        self._dismiss(stranger)

    def _dismiss(self, stranger: socket.socket) -> None:
        if timer := self._strangers.pop(stranger, None):
            timer.cancel()
        self._loop.remove_reader(stranger)
        stranger.close()


class _Never:
    """A process that was asked for while no launcher was there."""

    def __init__(self, listener: Listener) -> None:
        ending = Ending(reason=WAITING)
        asyncio.get_running_loop().call_soon(listener.ended, ending)

    def write(self, data: bytes) -> None:
        """Drop it."""

    def handshaken(self) -> None:
        """Do nothing."""

    def stop(self) -> None:
        """Do nothing: `ended` is on its way."""

    def kill(self) -> None:
        """Do nothing: `ended` is on its way."""


def listening(path: Path) -> socket.socket:
    """Listen at *path*, for every user: the launcher runs as whoever the server runs as."""
    with suppress(FileNotFoundError):
        if stat.S_ISSOCK(path.lstat().st_mode):
            path.unlink()  # an adapter before us left it
    made = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    try:
        made.bind(str(path))
        path.chmod(0o666)
        made.listen(16)
    except OSError:
        made.close()
        raise
    made.setblocking(False)
    return made
