"""Servers that run beside the adapter, as its own children: `python -m adapter -- COMMAND`."""

import asyncio
import logging
import os
import signal
import subprocess
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import cache

from adapter.exits import watch
from adapter.pipes import Patience, Pipes, Reader, Room
from adapter.processes import Ending, Listener, Process
from adapter.stderr import Masking, Stderr

log = logging.getLogger(__name__)

PR_SET_PDEATHSIG = 1


class Local:
    """Starts the command of this adapter; belongs to one event loop, in the main thread."""

    def __init__(
        self,
        command: Sequence[str],
        environment: Mapping[str, str] | None = None,
        patience: Patience | None = None,
    ) -> None:
        """Serve *command* with *environment*, or with our own when there is none."""
        self.command = list(command)
        self.environment = dict(os.environ if environment is None else environment)
        self.patience = patience or Patience()
        self.masking = Masking(self.environment)
        self.room = Room()

    def spawn(self, listener: Listener) -> Process:
        """Start one more, in the next turn of the loop."""
        return _Child(self, listener)

    def is_once(self) -> bool:
        """Return False: we are no Job's."""
        return False

    def facts(self) -> Mapping[str, object]:
        """Say how processes are started."""
        return {"mode": "local"}

    def unavailable(self) -> str | None:
        """Return None: processes can always be started here."""
        return None


class _Child:
    """One process and the group that it leads."""

    def __init__(self, local: Local, listener: Listener) -> None:
        self._local = local
        self._listener = listener
        self._loop = asyncio.get_running_loop()
        self._pipes = Pipes(listener, local.room, self._hung_up)
        self.write = self._pipes.write
        self._popen: subprocess.Popen[bytes] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._stopping = False
        self._code: int | None = None
        self._reason = ""
        self._loop.call_soon(self._begin)

    def handshaken(self) -> None:
        """Do nothing: who runs the adapter by hand sees for himself that it fails."""

    def stop(self) -> None:
        """End it: EOF, SIGTERM, SIGKILL."""
        if self._stopping:
            return
        self._stopping = True
        if self._popen is not None and self._code is None:
            self._pipes.end_input()
            self._after(self._local.patience.after_eof, self._terminate)

    def kill(self) -> None:
        """End it at once."""
        self._stopping = True
        if self._popen is not None and self._code is None:
            self._kill()

    def _begin(self) -> None:
        if self._stopping:
            self._give_up("it was stopped before it was started")
            return
        try:
            self._popen = popen = start(self._local.command, self._local.environment)
        except (OSError, ValueError, subprocess.SubprocessError) as error:
            why = (error.strerror if isinstance(error, OSError) else None) or str(error)
            self._give_up(f"cannot start {self._local.command[0]}: {why}")
            return
        stdin, stdout, stderr = descriptors(popen)
        self._pipes.attach(stdin, stdout)
        self._stderr = Stderr(self._local.masking, popen.pid)
        self._stderr_reader = Reader(
            stderr, self._local.room, self._stderr.received, self._stderr_closed
        )
        watch(self._loop, popen.pid, self._exited)
        log.info("server started", extra={"pid": popen.pid})
        self._listener.started(popen.pid)

    def _give_up(self, reason: str) -> None:
        self._code = 0
        self._pipes.close()
        log.warning("server not started", extra={"reason": reason})
        self._listener.ended(Ending(reason=reason))

    def _hung_up(self) -> None:
        """End a server that closed its stdin or stdout: it can serve nobody any more."""
        if self._code is None:
            self.stop()
        else:
            self._finish()

    def _stderr_closed(self) -> None:
        self._stderr.closed()
        if self._code is not None:
            self._finish()

    def _terminate(self) -> None:
        self._signal(signal.SIGTERM)
        self._after(self._local.patience.after_term, self._kill)

    def _kill(self) -> None:
        self._signal(signal.SIGKILL)

    def _exited(self) -> None:
        """Take the rest of the group along, reap it, and wait for what is left in the pipes."""
        assert self._popen is not None
        self._signal(signal.SIGKILL)  # before it is reaped: until then the number is its own
        self._code = self._popen.wait()
        self._pipes.end_input()
        self._after(self._local.patience.after_exit, self._let_go)
        self._finish()

    def _let_go(self) -> None:
        self._pipes.close()
        if self._stderr_reader.is_open:
            self._stderr_reader.close()
            self._stderr.closed()
        self._finish()

    def _finish(self) -> None:
        if self._pipes.is_open or self._stderr_reader.is_open:
            return
        if self._timer is not None:
            self._timer.cancel()
        self._pipes.close()
        ending = self._ending()
        log.info("server ended", extra={"pid": self._pid, "ending": str(ending)})
        self._listener.ended(ending)

    def _ending(self) -> Ending:
        assert self._code is not None
        tail = self._stderr.tail()
        if self._code < 0:
            return Ending(signal=-self._code, tail=tail)
        return Ending(code=self._code, tail=tail)

    @property
    def _pid(self) -> int:
        assert self._popen is not None
        return self._popen.pid

    def _signal(self, number: signal.Signals) -> None:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._pid, number)

    def _after(self, seconds: float, then: Callable[[], None]) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._loop.call_later(seconds, then)


def start(command: Sequence[str], environment: Mapping[str, str]) -> subprocess.Popen[bytes]:
    """Start *command* as the leader of a session of its own that dies with this thread."""
    return subprocess.Popen(
        command,
        env=environment,
        bufsize=0,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
        preexec_fn=_die_with(os.getpid(), _prctl()),
    )


def descriptors(popen: subprocess.Popen[bytes]) -> list[int]:
    """Return our ends of stdin, stdout and stderr, taken from *popen*."""
    taken: list[int] = []
    for file in (popen.stdin, popen.stdout, popen.stderr):
        assert file is not None
        with file:
            taken.append(os.dup(file.fileno()))
    return taken


@cache
def _prctl() -> Callable[[int, int, int, int, int], int]:
    import ctypes  # costs a megabyte, and in a Pod nobody starts anything here

    prctl: Callable[[int, int, int, int, int], int] = ctypes.CDLL(None).prctl
    return prctl


def _die_with(parent: int, prctl: Callable[[int, int, int, int, int], int]) -> Callable[[], None]:
    def in_the_child() -> None:
        prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        if os.getppid() != parent:  # it died before we asked
            os._exit(1)

    return in_the_child
