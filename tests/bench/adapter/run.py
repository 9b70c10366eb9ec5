"""Measures everything in one run: the bridges of a stage live side by side, asked in turns."""

import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass

from tests.bench.adapter import loads
from tests.bench.adapter.bridges import Bridge, running
from tests.bench.adapter.loads import Load, LoadError
from tests.bench.adapter.peers import NULL, Peer
from tests.bench.adapter.results import DIRECT, Results
from tests.bench.adapter.rows import (
    COLD,
    FAST,
    FIRST,
    HELD,
    HELD_TREE,
    IDLE,
    LARGE,
    LAST,
    STAGES,
    START,
    Line,
    Row,
    Stage,
)

HELD_SESSIONS = 50
SLOW_SECONDS = 5.0
"""A turn that takes longer is not taken again: what is so slow need not be known exactly."""


@dataclass(frozen=True)
class Plan:
    """How long to look."""

    rounds: int = 5
    seconds: float = 0.8
    """How long each turn of a row lasts."""
    starts: int = 3
    """How often each bridge is started to see how long a cold one takes."""
    sessions: int = 10
    """How many sessions are opened in each round."""
    budget: float = 780.0
    """After so many seconds no stage begins a second round."""


QUICK = Plan(rounds=2, seconds=0.3, starts=1, sessions=4, budget=120.0)


class Run:
    """One run."""

    def __init__(self, plan: Plan, peers: Sequence[Peer], results: Results) -> None:
        """Prepare to measure *peers*."""
        self._plan = plan
        self._peers = peers
        self._results = results
        self._began = time.monotonic()
        self._slow: set[tuple[str, str]] = set()

    def everything(self) -> None:
        """Measure all that there is to measure."""
        self._say("cold starts")
        for _ in range(self._plan.starts):
            for peer in self._peers:
                self._cold(peer)
        for stage in STAGES:
            peers = [peer for peer in self._peers if stage.with_null or peer.name != NULL]
            with running(peers, stage.place) as bridges:
                self._stage(stage, bridges)

    def _stage(self, stage: Stage, bridges: list[Bridge]) -> None:
        self._remember(stage, bridges, IDLE)
        for number in range(self._plan.rounds):
            if number and time.monotonic() - self._began > self._plan.budget:
                break
            self._say(f"{stage.title}, round {number + 1} of {self._plan.rounds}")
            self._round(stage, bridges[number % len(bridges) :] + bridges[: number % len(bridges)])
            if number == 0:
                self._remember(stage, bridges, FIRST)
        self._remember(stage, bridges, LAST)
        self._remember(stage, bridges, LARGE)
        if HELD in stage.memory:
            for bridge in bridges:
                self._hold(bridge)

    def _round(self, stage: Stage, bridges: Sequence[Bridge]) -> None:
        for row in stage.rows:
            if row.piped:
                found = loads.pipe(stage.place, row.load, self._plan.seconds / 2)
                self._results.add(Line(row.title, "p50"), DIRECT, found.p50)
            for bridge in bridges:
                self._ask(row, bridge)
        if stage.sessions:
            count = self._plan.sessions if stage.pause < 1 else max(self._plan.sessions // 5, 1)
            for bridge in bridges:
                self._sessions(stage.sessions, bridge, count, stage.pause)

    def _ask(self, row: Row, bridge: Bridge) -> None:
        name = bridge.peer.name
        if self._results.failure(row.title, name) or (row.title, name) in self._slow:
            return
        began = time.monotonic()
        try:
            found = loads.calls(bridge, row.load, self._plan.seconds)
        except LoadError as error:
            self._results.fail(row.title, name, str(error))
            return
        if time.monotonic() - began > SLOW_SECONDS:
            self._slow.add((row.title, name))
        for line in row.lines():
            if line.figure != "added":
                self._results.add(line, name, getattr(found, line.figure))

    def _sessions(self, line: Line, bridge: Bridge, count: int, pause: float) -> float | None:
        name = bridge.peer.name
        if self._results.failure(line.title, name):
            return None
        try:
            found = loads.sessions(bridge, count, pause)
        except LoadError as error:
            self._results.fail(line.title, name, str(error))
            return None
        self._results.add(line, name, found.p50)
        return found.p50

    def _cold(self, peer: Peer) -> None:
        with running([peer], FAST) as (bridge,):
            took = self._sessions(COLD, bridge, 1, 0)
            if took is not None:
                self._results.add(START, peer.name, bridge.start_seconds * 1000 + took)

    def _remember(self, stage: Stage, bridges: Sequence[Bridge], line: Line) -> None:
        if line in stage.memory:
            for bridge in bridges:
                self._results.add(line, bridge.peer.name, bridge.memory()[0])

    def _hold(self, bridge: Bridge) -> None:
        name = bridge.peer.name
        try:
            with loads.held(bridge, Load(clients=HELD_SESSIONS)):
                own, tree = bridge.memory()
        except LoadError as error:
            self._results.fail(HELD.title, name, str(error))
            return
        self._results.add(HELD, name, own)
        self._results.add(HELD_TREE, name, tree)

    def _say(self, what: str) -> None:
        print(f"{time.monotonic() - self._began:5.0f} s  {what}", file=sys.stderr)
