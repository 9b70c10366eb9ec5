"""Streamable HTTP: the streams of one session."""

import time
from collections.abc import Callable

from adapter.jsonrpc import Envelope
from adapter.legacy.exchange import COME_BACK, Exchange, priming
from adapter.legacy.sessions import Session
from adapter.legacy.streams import STANDALONE, Streams
from adapter.wire.events import event
from adapter.wire.replies import Reply, header

COMMIT_SECONDS = 5.0
"""A call without an answer becomes a stream after this: proxies and clients see that it lives."""
ANYWHERE = frozenset(
    {
        "notifications/tools/list_changed",
        "notifications/prompts/list_changed",
        "notifications/resources/list_changed",
        "notifications/resources/updated",
        "notifications/elicitation/complete",
    }
)
"""What belongs to no request, and waits for the client's own stream."""


class Streamable:
    """The client's side of a session: a stream per request, and one that belongs to none."""

    def __init__(self, session: Session, replay_bytes: int) -> None:
        """Serve *session*."""
        self.session = session
        self.streams = Streams(replay_bytes)
        self.header = header(b"Mcp-Session-Id", session.identity.encode())
        self._exchanges: dict[int, Exchange] = {}
        self._listener: Reply | None = None
        self._delivered = 0
        self._numbers = STANDALONE
        session.outlet = self

    def call(self, message: bytes, envelope: Envelope, reply: Reply) -> None:
        """Send a request to the server; the answer goes to *reply*."""
        self._numbers += 1
        exchange = Exchange(self, reply, self._numbers, time.monotonic())
        self._exchanges[exchange.number] = exchange
        self.session.request(message, envelope, exchange)

    def listen(self, reply: Reply, last_event: bytes | None) -> None:
        """Open the session's own stream, or read on where a connection was lost."""
        stream, missed = STANDALONE, self.streams.since(STANDALONE, self._delivered)
        if last_event:
            stream, missed = self.streams.after(last_event)
        reply.stream(self.header)
        for identity, message in missed:
            reply.send(event(message, identity))
        if stream == STANDALONE:
            self._listen(reply)
        elif self.streams.is_over(stream) or stream not in self._exchanges:
            reply.end()
        else:
            self._exchanges[stream].resume(reply)

    def unasked(self, message: bytes, envelope: Envelope) -> None:
        """Send what the server says by itself on exactly one stream."""
        exchange = None if envelope.method in ANYWHERE else self._nearest()
        if exchange is not None:
            exchange.event(message)
        else:
            self.aside(message)

    def aside(self, message: bytes) -> None:
        """Send a message on the stream that belongs to no request, or keep it until that opens."""
        identity = self.streams.record(STANDALONE, message)
        if self._listener is not None:
            self._delivered = self.streams.last(STANDALONE)
            self._listener.send(event(message, identity))

    def done(self, exchange: Exchange) -> None:
        """Forget an exchange that has its answer."""
        self._exchanges.pop(exchange.number, None)

    def left(self) -> None:
        """End a session whose client never learned its name."""
        if not self.session.version:
            self.session.close("the client left")

    def over(self, reason: str) -> None:
        """End every stream."""
        del reason
        self.release()

    def release(self) -> None:
        """Close every stream; clients that can will come back for the rest."""
        listener, self._listener = self._listener, None
        if listener is not None:
            listener.gone = None
            listener.send(COME_BACK)
            listener.end()
        for exchange in list(self._exchanges.values()):
            exchange.release()

    def tick(self, now: float) -> None:
        """Make streams of calls that take long."""
        for exchange in list(self._exchanges.values()):
            if not exchange.is_stream and now - exchange.began > COMMIT_SECONDS:
                exchange.commit()

    @property
    def is_connected(self) -> bool:
        """Whether the client has the session's own stream open."""
        return self._listener is not None

    def _nearest(self) -> Exchange | None:
        """Return the stream that a message of the server most likely belongs to."""
        attended = [one for one in self._exchanges.values() if one.is_attended]
        if not attended or (len(attended) > 1 and self._listener is not None):
            return None
        return attended[-1]

    def _listen(self, reply: Reply) -> None:
        """Take the place of an older connection: the client has come back on a new one."""
        if self._listener is not None:
            self._listener.gone = None
            self._listener.end()
        self._listener = reply
        self._delivered = self.streams.last(STANDALONE)
        if self.session.version >= "2025-11-25":
            reply.send(priming(b"%d-%d" % (STANDALONE, self._delivered)))
        reply.gone = self._stopped(reply)

    def _stopped(self, reply: Reply) -> Callable[[], None]:
        def gone() -> None:
            if self._listener is reply:
                self._listener = None

        return gone
