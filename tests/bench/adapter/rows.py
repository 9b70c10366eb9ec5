"""What is measured, stage by stage, and the lines that the table has for it."""

from dataclasses import dataclass
from typing import Literal

from tests.bench.adapter.bridges import Place
from tests.bench.adapter.loads import Load

MEBIBYTE = 2**20
Figure = Literal["rate", "p50", "p99", "added", "milliseconds", "memory"]
UNITS: dict[Figure, str] = {
    "rate": "calls/s",
    "p50": "p50 ms",
    "p99": "p99 ms",
    "added": "added p50 ms",
    "milliseconds": "ms",
    "memory": "MiB",
}


@dataclass(frozen=True)
class Line:
    """A line of the table: one figure of every peer."""

    title: str
    figure: Figure

    @property
    def key(self) -> str:
        """Return the name under which the results keep it."""
        return f"{self.title}: {UNITS[self.figure]}"

    @property
    def more_is_better(self) -> bool:
        """Tell in which direction it counts."""
        return self.figure == "rate"


@dataclass(frozen=True)
class Row:
    """One way of asking, of which some figures are shown."""

    title: str
    load: Load
    figures: tuple[Figure, ...] = ("rate",)

    @property
    def piped(self) -> bool:
        """Tell whether the child is asked without a bridge as well."""
        return "added" in self.figures

    def lines(self) -> list[Line]:
        """Return the lines of the table that come of it."""
        return [Line(self.title, figure) for figure in self.figures]


@dataclass(frozen=True)
class Stage:
    """Bridges that run side by side, and are asked in turns."""

    title: str
    place: Place
    rows: tuple[Row, ...]
    sessions: Line | None = None
    """Whether new sessions are timed as well, and the pause before each lets a spare get ready."""
    pause: float = 0.05
    memory: tuple[Line, ...] = ()
    with_null: bool = True
    """Whether `null`, which has no child, says anything beside the others."""


LATENCY: tuple[Figure, ...] = ("rate", "p50", "p99", "added")
FAST, FAST_PINNED = Place("legacy"), Place("legacy", one_core=True)
DUAL, DUAL_PINNED = Place("dual"), Place("dual", one_core=True)

START = Line("from the bridge's start to the first session", "milliseconds")
COLD = Line("first session, cold", "milliseconds")
WARM = Line("new session, warm", "milliseconds")
PYTHON_SESSION = Line("new session, Python child", "milliseconds")
IDLE = Line("RSS before the first request", "memory")
HELD = Line("RSS with 50 sessions", "memory")
HELD_TREE = Line("RSS with 50 sessions, with the children", "memory")
FIRST = Line("RSS idle, after the first round", "memory")
LAST = Line("RSS idle, after the last round", "memory")
LARGE = Line("RSS after messages of 10 MiB", "memory")

ONE = Row("legacy, 1 session", Load(), LATENCY)
SIXTEEN_CALLS = Row("legacy, 1 session with 16 connections", Load(connections=16), ("rate", "p50"))
SIXTEEN = Row("legacy, 16 sessions", Load(clients=16))
MANY = Row("legacy, 16 sessions with 16 connections each", Load(clients=16, connections=16))
CORE_CALLS = Row("one core, legacy, 1 session with 16 connections", Load(connections=16))
CORE_SESSIONS = Row("one core, legacy, 16 sessions", Load(clients=16))
MODERN_ONE = Row("2026-07-28, 1 connection", Load(modern=True), LATENCY)
MODERN_SIXTEEN = Row("2026-07-28, 16 connections", Load(modern=True, connections=16))
MODERN_MANY = Row("2026-07-28, 256 connections", Load(modern=True, connections=256))
CORE_MODERN = Row("one core, 2026-07-28, 16 connections", Load(modern=True, connections=16))
TRANSLATED = Row("2026-07-28 for a legacy child, 16 connections", Load(modern=True, connections=16))
BIG = Row("messages of 1 MiB", Load(size=MEBIBYTE), ("rate", "p50", "added"))
BIGGER = Row("messages of 10 MiB", Load(size=10 * MEBIBYTE), ("rate", "p50"))
PYTHON_ONE = Row("Python child, legacy, 1 session", Load(), LATENCY)
PYTHON_SIXTEEN = Row("Python child, legacy, 1 session with 16 connections", Load(connections=16))
PYTHON_MODERN = Row("Python child, 2026-07-28, 16 connections", Load(modern=True, connections=16))

STAGES = (
    Stage(
        "fast child",
        FAST,
        (ONE, SIXTEEN_CALLS, SIXTEEN, MANY, TRANSLATED),
        sessions=WARM,
        memory=(IDLE, HELD, HELD_TREE),
    ),
    Stage("one core", FAST_PINNED, (CORE_CALLS, CORE_SESSIONS), memory=(FIRST, LAST)),
    Stage("fast child of both eras", DUAL, (MODERN_ONE, MODERN_SIXTEEN, MODERN_MANY)),
    Stage("one core, both eras", DUAL_PINNED, (CORE_MODERN,)),
    Stage("large messages", FAST, (BIG, BIGGER), memory=(LARGE,)),
    Stage(
        "Python child",
        Place("python"),
        (PYTHON_ONE, PYTHON_SIXTEEN, PYTHON_MODERN),
        sessions=PYTHON_SESSION,
        pause=1.0,
        with_null=False,
    ),
)


def sections() -> list[tuple[str, list[Line]]]:
    """Return the lines in the order of the table, under their headings."""
    by_stage = [
        (stage.title, [line for row in stage.rows for line in row.lines()]) for stage in STAGES
    ]
    by_stage[-1][1].append(PYTHON_SESSION)
    times = ("new sessions, fast child", [START, COLD, WARM])
    memory = ("memory of the bridge alone", [IDLE, FIRST, LAST, HELD, HELD_TREE, LARGE])
    return [*by_stage, times, memory]
