"""What the bridge counts: plain numbers, because counting happens on every message."""

import time
from collections import Counter
from dataclasses import dataclass, field

MOST_CODES = 50
TELL_SECONDS = 10.0
"""At most one line in the log about the same thing in so many seconds."""


@dataclass
class Figures:
    """Everything that only grows; what goes up and down is read where it lives."""

    requests: Counter[str] = field(default_factory=Counter[str])
    """Requests by front."""
    refused: Counter[str] = field(default_factory=Counter[str])
    """Requests that never reached a server, by reason."""
    errors: Counter[str] = field(default_factory=Counter[str])
    """Answers of servers that are errors, by code."""
    in_flight: int = 0
    """Calls that wait for an answer; the one figure here that goes down, too."""
    from_clients: int = 0
    """Bytes."""
    from_servers: int = 0
    """Bytes."""
    garbage: int = 0
    """Lines of servers that are no messages."""
    unexpected: int = 0
    """Answers and progress that nobody waits for."""
    children: Counter[str] = field(default_factory=Counter[str])
    """Processes started, and ended, by how."""
    handshakes: int = 0
    handshake_seconds: float = 0.0
    """How long all of them took together; a spare has begun before it is asked."""
    sessions: Counter[str] = field(default_factory=Counter[str])
    """Sessions by front."""
    _told: dict[str, float] = field(default_factory=dict[str, float])

    def count_error(self, code: int) -> None:
        """Count an error of a server, which may invent as many codes as it likes."""
        name = str(code) if str(code) in self.errors or len(self.errors) < MOST_CODES else "other"
        self.errors[name] += 1

    def may_tell(self, what: str) -> bool:
        """Say whether it is time for another line in the log about *what*."""
        now = time.monotonic()
        if now - self._told.get(what, -TELL_SECONDS) < TELL_SECONDS:
            return False
        self._told[what] = now
        return True
