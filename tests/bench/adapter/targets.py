"""What our bridge has to reach, and whether it did."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from tests.bench.adapter import reference, rows
from tests.bench.adapter.peers import NULL, OURS, PEERS, YARDSTICK
from tests.bench.adapter.results import DIRECT, Results
from tests.bench.adapter.rows import Line, Row

NOTHING = "-"
GROWTH = 1.05
"""How much memory may grow while the same load goes on, and still be called flat."""


SHOWN_ONLY = (rows.HELD_TREE,)
"""Not judged: two peers let all sessions share one child, which saves memory and isolation."""


@dataclass(frozen=True)
class Verdict:
    """What was wanted, what was found, and whether that is enough."""

    wanted: str
    found: str
    passed: bool


Judge = Callable[[Results], Verdict]


def at_least(line: Line, wanted: float) -> Judge:
    """Return a judge of a figure that may not be smaller."""

    def judge(results: Results) -> Verdict:
        found = results.median(line, OURS)
        return Verdict(
            f"{line.key} ≥ {wanted:,g}", shown(found), found is not None and found >= wanted
        )

    return judge


def at_most(line: Line, wanted: float) -> Judge:
    """Return a judge of a figure that may not be greater."""

    def judge(results: Results) -> Verdict:
        found = results.median(line, OURS)
        return Verdict(
            f"{line.key} ≤ {wanted:,g}", shown(found), found is not None and found <= wanted
        )

    return judge


def flat(results: Results) -> Verdict:
    """Judge whether memory stays while the same load goes on."""
    first, last = results.median(rows.FIRST, OURS), results.median(rows.LAST, OURS)
    wanted = f"memory grows by at most {GROWTH - 1:.0%} under steady load"
    if not first or not last:
        return Verdict(wanted, shown(None), passed=False)
    return Verdict(wanted, f"{first:.1f} → {last:.1f} MiB", last <= first * GROWTH)


def share_of_null(results: Results) -> Verdict:
    """Judge large messages."""
    line = Line(rows.BIG.title, "rate")
    ours, null = results.median(line, OURS), results.median(line, NULL)
    wanted = f"{line.key} ≥ 70 % of null"
    if not ours or not null:
        return Verdict(wanted, shown(None), passed=False)
    return Verdict(wanted, f"{ours / null:.0%}{_attainable(results)}", ours >= 0.7 * null)


def _attainable(results: Results) -> str:
    """Return what a bridge could reach that adds nothing to HTTP and the child's pipe."""
    line = Line(rows.BIG.title, "p50")
    null, pipe = results.median(line, NULL), results.median(line, DIRECT)
    return (
        f" (HTTP and pipe one after the other: {null / (null + pipe):.0%})" if null and pipe else ""
    )


def ahead_of_interpreted(results: Results) -> Verdict:
    """Judge every line against every Python and Node peer."""
    names = {peer.name for peer in PEERS if peer.language != "Go"} - {OURS}
    lost = [
        f"{line.key} ({name})"
        for _, lines in rows.sections()
        for line in lines
        if line not in SHOWN_ONLY
        for name in sorted(names & set(results.peers))
        if _behind(results, line, name)
    ]
    wanted = "ahead of every Python and Node peer on every line"
    return Verdict(wanted, f"behind on {'; '.join(lost)}" if lost else "yes", not lost)


def _behind(results: Results, line: Line, name: str) -> bool:
    ours, theirs = results.median(line, OURS), results.median(line, name)
    if theirs is None:
        return False
    return ours is None or (ours <= theirs if line.more_is_better else ours >= theirs)


def ahead_of_reference(results: Results) -> Iterator[Verdict]:
    """Judge calls and latency against the figures of agentgateway, as shares of null."""
    for line in reference.AHEAD:
        theirs = reference.FIGURES[line.key].share
        ours, null = results.median(line, OURS), results.median(line, NULL)
        sign = ">" if line.more_is_better else "<"
        wanted = f"{line.key}, times null {sign} {theirs:.2f} ({reference.NAME})"
        if not ours or not null:
            yield Verdict(wanted, shown(None), passed=False)
            continue
        share = ours / null
        passed = share > theirs if line.more_is_better else share < theirs
        yield Verdict(wanted, f"{share:.2f}", passed)


def _rate(row: Row) -> Line:
    return Line(row.title, "rate")


JUDGES: tuple[Judge, ...] = (
    at_least(_rate(rows.CORE_MODERN), 12_000),
    at_least(_rate(rows.CORE_CALLS), 9_000),
    at_least(_rate(rows.CORE_SESSIONS), 9_000),
    at_most(Line(rows.ONE.title, "added"), 0.2),
    at_most(Line(rows.MODERN_ONE.title, "added"), 0.2),
    at_most(rows.IDLE, 45),
    at_most(rows.LAST, 45),
    flat,
    at_most(rows.WARM, 5),
    share_of_null,
    ahead_of_interpreted,
)


def verdicts(results: Results) -> list[Verdict]:
    """Return every verdict."""
    return [*(judge(results) for judge in JUDGES), *ahead_of_reference(results)]


def compiled_ahead(results: Results) -> list[str]:
    """Return the lines on which the compiled yardstick is ahead of ours, and by how much."""
    found: list[str] = []
    for _, lines in rows.sections():
        for line in lines:
            ours, theirs = results.median(line, OURS), results.median(line, YARDSTICK)
            if ours and theirs and _behind(results, line, YARDSTICK):
                times = theirs / ours if line.more_is_better else ours / theirs
                found.append(f"{line.key}: {times:.2f} times")
    return found


def shown(figure: float | None) -> str:
    """Return a figure for people: as many digits as it deserves."""
    if figure is None:
        return NOTHING
    return f"{figure:,.0f}" if abs(figure) >= 100 else f"{figure:.3g}"
