"""What the report says of figures: medians, failures, and whether a target was reached."""

import pytest

from tests.bench.adapter import reference, rows, table
from tests.bench.adapter.lock import PYTHON, problem
from tests.bench.adapter.peers import NULL, OURS, YARDSTICK
from tests.bench.adapter.places import LOCKS
from tests.bench.adapter.plot import svg
from tests.bench.adapter.results import DIRECT, Results
from tests.bench.adapter.rows import Line
from tests.bench.adapter.targets import (
    ahead_of_interpreted,
    ahead_of_reference,
    at_least,
    at_most,
    compiled_ahead,
    flat,
    share_of_null,
)

RATE = Line(rows.ONE.title, "rate")
P50 = Line(rows.ONE.title, "p50")
BIG = Line(rows.BIG.title, "rate")


def results(*found: tuple[Line, str, float]) -> Results:
    """Return results that hold these figures."""
    made = Results([NULL, OURS, YARDSTICK, "fastmcp"], "a machine", "2026-11-21", quick=True)
    for line, peer, value in found:
        made.add(line, peer, value)
    return made


def test_a_figure_is_the_median_of_the_rounds() -> None:
    found = results((RATE, OURS, 1.0), (RATE, OURS, 9.0), (RATE, OURS, 2.0))
    assert found.median(RATE, OURS) == 2.0


def test_a_peer_that_failed_once_has_no_figure() -> None:
    found = results((RATE, OURS, 1.0))
    found.fail(RATE.title, OURS, "WRONG-TEXT: not what was sent")
    assert found.median(RATE, OURS) is None
    assert table.cell(found, RATE, OURS) == "no"
    assert any("WRONG-TEXT" in note for note in table.footnotes(found))


def test_added_latency_is_what_the_childs_own_pipe_does_not_take() -> None:
    found = results((P50, OURS, 0.25), (P50, DIRECT, 0.1))
    assert found.median(Line(rows.ONE.title, "added"), OURS) == pytest.approx(0.15)


@pytest.mark.parametrize(("rate", "passed"), [(10.0, True), (9.9, False)])
def test_a_target_is_reached_or_not(rate: float, passed: bool) -> None:
    found = results((RATE, OURS, rate))
    assert at_least(RATE, 10)(found).passed is passed
    assert at_most(RATE, 9.9)(found).passed is not passed


def test_what_was_not_measured_is_not_reached() -> None:
    nothing = results()
    judged = [at_least(RATE, 0)(nothing), at_most(RATE, 9)(nothing), flat(nothing)]
    judged += [share_of_null(nothing), *ahead_of_reference(nothing)]
    assert [verdict for verdict in judged if verdict.passed] == []


@pytest.mark.parametrize(("last", "passed"), [(31.0, True), (33.0, False)])
def test_memory_that_grows_is_not_flat(last: float, passed: bool) -> None:
    found = results((rows.FIRST, OURS, 30.0), (rows.LAST, OURS, last))
    assert flat(found).passed is passed


def test_large_messages_are_judged_by_the_rate_of_null() -> None:
    assert share_of_null(results((BIG, OURS, 70.0), (BIG, NULL, 100.0))).passed
    assert not share_of_null(results((BIG, OURS, 69.0), (BIG, NULL, 100.0))).passed


def test_being_behind_one_interpreted_peer_on_one_line_is_told() -> None:
    found = results((RATE, OURS, 1.0), (RATE, "fastmcp", 2.0), (RATE, YARDSTICK, 3.0))
    verdict = ahead_of_interpreted(found)
    assert (verdict.passed, verdict.found) == (False, f"behind on {RATE.key} (fastmcp)")
    assert compiled_ahead(found) == [f"{RATE.key}: 3.00 times"]


def test_an_earlier_figure_is_compared_as_a_share_of_null() -> None:
    share = reference.FIGURES[RATE.key].share
    found = results((RATE, NULL, 1000.0), (RATE, OURS, 1000 * share + 1))
    assert next(verdict.passed for verdict in ahead_of_reference(found))


def test_the_plot_marks_ours() -> None:
    assert svg(results((rows.WARM, OURS, 1.0), (rows.WARM, NULL, 2.0))).count("bar ours") == 1


@pytest.mark.parametrize("name", PYTHON)
def test_a_lock_of_a_peer_is_what_was_resolved(name: str) -> None:
    lock = (LOCKS / f"{name}.txt").read_text()
    assert problem(name, lock) is None
    assert problem(name, lock.replace("==", "==1.", 1)) is not None
