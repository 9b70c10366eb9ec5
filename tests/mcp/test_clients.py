"""Clients that others wrote get what they ask for, in every mode and on every front they know."""

from collections.abc import Callable
from itertools import product
from typing import Any, NamedTuple

import pytest

from tests.mcp.clients import report
from tests.mcp.drivers import DRIVERS, Driver
from tests.mcp.serving import DUAL_ERA, LEGACY_ONLY, WAYS, Kept, TestServer, Way, launched

LEGACY_REVISION = "2025-11-25"
TOOLS = {DUAL_ERA.name: 38, LEGACY_ONLY.name: 39}
ANSWERED = {
    report.MODERN: {"elicited": "Hello, Alice!", "sampled": "Model said: Paris"},
    LEGACY_REVISION: {
        "elicited": 'User response: action=accept, content={"response":"Alice"}',
        "sampled": "LLM response: Paris",
    },
}


class Case(NamedTuple):
    """A client, and what it is confronted with."""

    way: Way
    server: TestServer
    driver: Driver
    front: str
    mode: str

    def __str__(self) -> str:
        """Return the name of the test."""
        names = [self.way.__name__, self.server.name, self.driver.name, self.front, self.mode]
        return "-".join(names)


CASES = [
    Case(way, server, driver, front, mode)
    for way, driver, server in product(WAYS, DRIVERS, (DUAL_ERA, LEGACY_ONLY))
    for front, mode in product(driver.fronts, driver.modes)
    if front == "http" or mode == "legacy"  # the newest revision knows one front alone
]
JUDGED = [
    # Behind the launcher only the pipes differ, which the conformance suite has looked at.
    pytest.param(case, marks=pytest.mark.long if case.way is launched else (), id=str(case))
    for case in CASES
]

Told = Callable[[Case], dict[str, Any]]


@pytest.fixture(scope="module")
def told(served: Kept) -> Told:
    """Lend what a client reports of a case; it is started once, for all of its cases."""
    known: dict[Case, dict[str, Any]] = {}

    def look(case: Case) -> dict[str, Any]:
        if case not in known:
            mine = [one for one in CASES if (one.driver, one.way) == (case.driver, case.way)]
            urls = [served.ours(one.way, one.server).url(one.front) for one in mine]
            modes = [one.mode for one in mine]
            reports = case.driver.drive(list(zip(urls, modes, strict=True)))
            known.update(zip(mine, reports, strict=True))
        return known[case]

    return look


def revision(mode: str) -> str:
    """Return what is agreed upon: with a bridge between them the client has its way."""
    return LEGACY_REVISION if mode == "legacy" else report.MODERN


def awaited(driver: Driver, server: TestServer, protocol: str) -> dict[str, object]:
    """Return the report of a client that lacks nothing."""
    basics: dict[str, object] = {"tools": TOOLS[server.name], "echo": report.ECHO}
    if not driver.answers:
        return basics
    progress: dict[str, object] = {"done": "progress done", "progress": [0, 50, 100]}
    return {"protocol": protocol, **basics, **progress, **ANSWERED[protocol]}


@pytest.mark.slow
@pytest.mark.parametrize("case", JUDGED)
def test_a_client_gets_what_it_asks_for(told: Told, case: Case) -> None:
    assert told(case) == awaited(case.driver, case.server, revision(case.mode))
