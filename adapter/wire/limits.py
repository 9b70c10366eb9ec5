"""How much, how many and how long a client may."""

from dataclasses import dataclass

KIB = 1024
MIB = 1024 * KIB


@dataclass(frozen=True, kw_only=True)
class Limits:
    """Bounds of everything that comes from the network; times are seconds."""

    head: int = 64 * KIB
    """Bytes of a request line and its headers."""
    headers: int = 100
    """Header lines of one request."""
    body: int = 16 * MIB
    """Bytes of one request body or WebSocket message."""
    bodies: int = 64 * MIB
    """Bytes of all bodies that are not complete yet."""
    connections: int = 1024
    """Clients at once; who comes later is told to come back."""
    pipelined: int = 64
    """Requests that one client may send before it is answered."""
    backlog: int = 64 * KIB
    """Bytes read ahead of a pending answer; then the client is not read any more."""
    queue: int = 4 * MIB
    """Bytes that a client of a stream may leave waiting, the largest event not counted."""
    head_seconds: float = 10.0
    """From the first byte of a request to the end of its headers."""
    body_seconds: float = 60.0
    """From the first byte of a request to its last."""
    idle_seconds: float = 75.0
    """Between requests; longer than the 60 s after which most proxies let go of a connection."""
    stall_seconds: float = 60.0
    """Without taking a byte of what waits for the client."""
    linger_seconds: float = 2.0
    """How long a refused client is listened to, so that it reads the answer before a reset."""
    comment_seconds: float = 15.0
    """Between comments on a silent stream, so that no proxy takes it for dead."""
    ping_seconds: float = 30.0
    """Between pings on a WebSocket."""
    pong_seconds: float = 60.0
    """Without a sign of life on a WebSocket."""
    sweep_seconds: float = 1.0
    """Between looks at all connections: the grain of every time above."""
