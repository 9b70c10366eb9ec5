"""What serving modern clients may cost, and who shares a server process with whom."""

from dataclasses import dataclass
from enum import StrEnum


class Sharing(StrEnum):
    """Who shares a process of a server that was made for sessions."""

    SHARED = "shared"
    """All clients that can be asked the same; what the server remembers, it remembers for all."""
    PER_PRINCIPAL = "per-principal"
    """All requests of one proven identity."""
    PER_REQUEST = "per-request"
    """Nobody: each call has a process of its own, which is slow."""


@dataclass(frozen=True, kw_only=True)
class Policy:
    """Bounds; times are seconds, and settings say what is not given here."""

    version: str
    """Ours, for the server."""
    sharing: Sharing
    hosts: int = 16
    """Processes beyond the resident one, for clients that can be asked and for principals."""
    idle_seconds: float = 300.0
    """How long such a process is kept without work."""
    start_seconds: float
    """How long requests wait for a process to shake hands."""
    request_seconds: float
    """How long a call may be silent; progress counts as a sign of life."""
    longest_seconds: float
    """How long a call may take, however lively it is."""
    concurrency: int
    """Calls in flight at a time, those of older clients included."""
    decide_seconds: float = 10.0
    """When an answer that has not come is turned into a stream, which proxies keep open."""
    parked: int
    """Calls that wait for their client's answers."""
    parked_seconds: float = 300.0
    """How long they wait."""
    waiting: int = 256
    """Requests that wait for a process."""
    listeners: int = 512
    """Subscriptions at once."""
    uris: int = 1000
    """Resources that one subscription may name."""
    abandon_seconds: float = 5.0
    """How long a process may take to give up a call before it is ended."""
