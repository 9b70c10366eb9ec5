"""Works: requests of modern clients that older servers do, from beginning to answer."""

import time
from asyncio import TimerHandle
from dataclasses import dataclass
from typing import Protocol

from msgspec import Raw

from adapter import jsonrpc
from adapter.calls import TOKEN, Call
from adapter.modern.asked import Asked, traced
from adapter.modern.exchanges import Exchange

DROPPED = frozenset({"_meta", "inputResponses", "requestState"})


@dataclass(frozen=True)
class Question:
    """What a server wants to know of the client, as it asked."""

    identity: bytes
    method: str
    params: bytes


class Doer(Protocol):
    """Whoever does a work."""

    def finished(self, work: "Work", message: bytes, code: int | None) -> None:
        """Hear the answer."""

    def abandon(self, work: "Work", reason: str) -> None:
        """Hear that nobody waits for it any more."""


class Work:
    """A sink for one call (adapter.calls.Sink), which may outlive several exchanges."""

    __slots__ = ("abandoned", "asked", "call", "digest", "doer", "exchange", "kept", "posed",
                 "questions", "round", "timer", "until")  # fmt: skip

    def __init__(self, asked: Asked, exchange: Exchange) -> None:
        """Do what is *asked*, for the client of *exchange*."""
        self.asked = asked
        self.exchange: Exchange | None = exchange
        self.call = Call(asked.identity, asked.method, self)
        self.doer: Doer | None = None
        self.abandoned = False
        self.round = 0
        """How often the client was asked."""
        self.posed = 0
        """How many questions there were."""
        self.questions: dict[str, Question] = {}
        """Open ones."""
        self.kept: tuple[bytes, int | None] | None = None
        """The answer, when it came while nobody was there to take it."""
        self.until = 0.0
        """When waiting ends: for the client, for a process, or for the server to give up."""
        self.timer: TimerHandle | None = None
        self.digest = ""
        exchange.left = self.left

    def answer(self, message: bytes, code: int | None) -> None:
        """Take the answer."""
        if self.doer is not None:
            self.doer.finished(self, message, code)

    def event(self, message: bytes) -> None:
        """Take what comes before it."""
        if self.exchange is not None:
            self.exchange.event(message)

    def left(self) -> None:
        """Hear that the client has gone, which cancels what it asked."""
        self.exchange = None
        self.give_up("the client disconnected")

    def give_up(self, reason: str) -> None:
        """Stop."""
        if self.abandoned:
            return
        self.abandoned = True
        if self.doer is not None:
            self.doer.abandon(self, reason)

    def continued(self, asked: Asked, exchange: Exchange) -> None:
        """Go on for the client's next request."""
        self.asked = asked
        self.exchange = exchange
        self.round += 1
        if self.kept is not None:
            message, code = self.kept
            self.kept = jsonrpc.with_id(message, self.call.identity, asked.identity), code
        self.call.identity = asked.identity
        self.call.token = asked.meta.kept.get(TOKEN)
        exchange.left = self.left

    def spelled(self, number: bytes) -> bytes:
        """Return the request as an older server understands it."""
        asked = self.asked
        params = {key: asked.params[key] for key in asked.params if key not in DROPPED}
        meta = asked.meta.kept | traced(asked)
        meta = self.call.tokened(meta, number) or meta
        if meta:
            params["_meta"] = Raw(jsonrpc.rendered(meta))
        spelled = b'{"jsonrpc":"2.0","id":%b,"method":"%b","params":%b}'
        return spelled % (number, asked.method.encode(), jsonrpc.rendered(params))

    def clock(self, silent: float, longest: float) -> None:
        """Begin to count the time."""
        now = time.monotonic()
        self.call.seconds = silent
        self.call.deadline, self.call.latest = now + silent, now + longest

    def unclock(self) -> None:
        """Count no time while the client is asked."""
        self.call.deadline = self.call.latest = float("inf")
