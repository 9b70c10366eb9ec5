"""What the bridge asks of a process that runs the stdio server, wherever that process lives."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, kw_only=True)
class Ending:
    """How a process ended, or why it never began."""

    code: int | None = None
    """Its exit code, when it ended by itself."""
    signal: int | None = None
    """The signal that ended it."""
    tail: str = ""
    """The end of what it wrote to stderr, without the values of its environment."""
    reason: str = ""
    """What happened when it was not the process's own doing: could not start, launcher gone."""

    def __str__(self) -> str:
        """Return what a person reads, without what the server wrote."""
        if self.reason:
            return self.reason
        if self.signal is not None:
            return f"the server was ended by signal {self.signal}"
        return f"the server exited with code {self.code}"


class Listener(Protocol):
    """What hears of a process; all of it is called from the event loop, never reentrantly."""

    def started(self, pid: int) -> None:
        """Hear that it runs."""

    def received(self, chunk: bytes) -> None:
        """Hear what it wrote to stdout, in pieces of any size."""

    def pause_writing(self) -> None:
        """Hear that its stdin takes no more for now."""

    def resume_writing(self) -> None:
        """Hear that its stdin takes more again."""

    def ended(self, ending: Ending) -> None:
        """Hear, exactly once and last of all, that it is gone, or never was."""


class Process(Protocol):
    """A process that was asked for; what is written before it runs waits for it."""

    def write(self, data: bytes) -> None:
        """Give it *data* on stdin; never blocks, and does nothing once it has ended."""

    def handshaken(self) -> None:
        """Say that it has answered as a server; one that ends before has failed to start."""

    def stop(self) -> None:
        """End it and its whole group: EOF, later SIGTERM, later SIGKILL; `ended` follows."""

    def kill(self) -> None:
        """End its whole group at once."""


class Spawner(Protocol):
    """What starts processes of the one command this adapter serves."""

    def spawn(self, listener: Listener) -> Process:
        """Start one more; a failure is told to the listener, it is never raised."""
        ...

    def unavailable(self) -> str | None:
        """Return why no process can be started now (waiting for the launcher), or None."""
        ...

    def is_once(self) -> bool:
        """Return whether the container is to end with its server, as that of a Job is."""
        ...

    def facts(self) -> object:
        """Return what people want to know about how processes are started, as plain data."""
        ...
