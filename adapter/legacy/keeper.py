"""Keeps the sessions: how many, for how long, whose, and how long a call may take."""

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass

from adapter import jsonrpc
from adapter.calls import Call
from adapter.children import MOST_BACKLOG, Child
from adapter.eras import Knowledge
from adapter.figures import Figures
from adapter.legacy.emulation import Emulation
from adapter.legacy.sessions import Server, Session
from adapter.supply import STOPPING, NoChild, Supply

TIMED_OUT = -32001
BUSY = jsonrpc.SERVER_ERROR
HARD_FACTOR = 12.0
"""However much progress a call makes, it ends after so many of its timeouts."""


@dataclass(frozen=True, kw_only=True)
class Bounds:
    """What sessions and calls may cost; settings say what else is not given here."""

    sessions: int
    idle_seconds: float
    oldest_seconds: float
    """No limit when 0."""
    start_seconds: float
    request_seconds: float
    concurrency: int
    replay_bytes: int = 2**20
    """What a session keeps for clients that lost their connection."""


class Keeper:
    """All sessions of this adapter."""

    def __init__(
        self,
        supply: Supply,
        bounds: Bounds,
        figures: Figures,
        knowledge: Callable[[], Knowledge | None],
    ) -> None:
        """Begin with none; *knowledge* is what a handshake told about the server."""
        self._knowledge = knowledge
        self._emulated: Knowledge | None = None
        """What was known of the server when it turned out to have no sessions."""
        self.sessions: dict[str, Session] = {}
        self.bounds = bounds
        self.figures = figures
        self.supply = supply
        self.draining = False

    def begin(self, front: str, principal: str | None) -> Session:
        """Return a new session with a process of its own; raise NoChild when there is none."""
        if self.draining:
            raise NoChild(STOPPING, 1)
        if len(self.sessions) >= self.bounds.sessions:
            raise NoChild(f"all {self.bounds.sessions} sessions are in use", 10)
        server = self._stood_for(self.supply.take())
        session = Session(secrets.token_urlsafe(24), front, server, self)
        session.principal = principal
        self.sessions[session.identity] = session
        self.figures.sessions[front] += 1
        return session

    def find(self, identity: str, principal: str | None) -> Session | None:
        """Return a session, for the one whose credential began it."""
        session = self.sessions.get(identity)
        if session is None or session.principal != principal:
            return None
        return session

    def admitted(self, session: Session, call: Call) -> bool:
        """Give the call its time; answer it when there is too much to do already."""
        starting = call.method == "initialize"
        call.seconds = self.bounds.start_seconds if starting else self.bounds.request_seconds
        now = time.monotonic()
        call.deadline = now + call.seconds
        call.latest = now + call.seconds * HARD_FACTOR
        if self.figures.in_flight >= self.bounds.concurrency:
            call.fail(BUSY, f"{self.bounds.concurrency} calls are in flight already: try again")
            self.figures.refused["concurrency"] += 1
            return False
        if self.overwhelmed(session):
            call.fail(BUSY, "the server does not read what it is sent: try again")
            self.figures.refused["backlog"] += 1
            return False
        return True

    def overwhelmed(self, session: Session) -> bool:
        """Say whether too much waits for a server that does not read."""
        return session.child.backlog > MOST_BACKLOG

    def emulation(self) -> Emulation | None:
        """Return what stands in for a server that has no sessions, if that is what it may be."""
        knowledge = self._knowledge()
        if knowledge is not None and not knowledge.modern:
            return None
        child = self.another()
        return None if child is None else Emulation(child)

    def another(self) -> Child | None:
        """Return another process for a session whose first died before it had answered."""
        try:
            return self.supply.take()
        except NoChild:
            return None

    def answered(self, session: Session) -> None:
        """Hear that the server of a session has shaken hands."""
        self.supply.answered(session.child)
        if isinstance(session.child, Emulation):
            self._emulated = self._knowledge()

    def closed(self, session: Session) -> None:
        """Forget a session."""
        self.sessions.pop(session.identity, None)

    def tick(self, now: float) -> None:
        """End what is silent or has run for too long."""
        for session in list(self.sessions.values()):
            child = session.child
            for call in child.calls.open.values() if session.questions else ():
                call.deadline = now + call.seconds
            for call in child.calls.overdue(now):
                self._expire(child, call)
            if child.calls.busy or (session.outlet and session.outlet.is_connected):
                session.active = now
            if self._is_old(session, now - session.began):
                session.close("the session has reached its greatest age")
            elif now - session.active > self.bounds.idle_seconds:
                session.close("the session was silent for too long")

    def _is_old(self, session: Session, age: float) -> bool:
        """Say whether a session has to end: with its last call, or when that takes too long."""
        oldest = self.bounds.oldest_seconds
        if not 0 < oldest < age:
            return False
        return not session.child.calls.busy or age > oldest + self.bounds.request_seconds

    def forgive(self, seconds: float) -> None:
        """Count so much time as if it had not passed: it was not the clients who were silent."""
        for session in self.sessions.values():
            session.active += seconds

    def close(self, reason: str) -> None:
        """End every session."""
        for session in list(self.sessions.values()):
            session.close(reason)

    def _stood_for(self, child: Child) -> Server:
        """Return what a session begins with: who has refused one handshake refuses all."""
        knowledge = self._knowledge()
        refuses = knowledge is not None and knowledge is self._emulated
        return Emulation(child) if refuses else child

    def _expire(self, child: Server, call: Call) -> None:
        sentence = f"the server did not answer within {call.seconds:g}s"
        child.cancel(call, sentence)
        call.fail(TIMED_OUT, sentence)
        self.figures.refused["timeout"] += 1
        if call.method == "initialize":
            self.supply.failed_to_answer(child, sentence)
