"""Clients that others wrote get what they ask for, in every mode and on every front they know."""

from collections.abc import Callable
from itertools import product
from typing import Any, NamedTuple

import pytest

from tests.mcp.clients import report
from tests.mcp.drivers import DRIVERS, Driver
from tests.mcp.serving import DUAL_ERA, LEGACY_ONLY, WAYS, Kept, TestServer, Way, natively, speaks

LEGACY_REVISION = "2025-11-25"
TOOLS = {DUAL_ERA.name: 38, LEGACY_ONLY.name: 39}
ANSWERED = {
    report.MODERN: {"elicited": "Hello, Alice!", "sampled": "Model said: Paris"},
    LEGACY_REVISION: {
        "elicited": 'User response: action=accept, content={"response":"Alice"}',
        "sampled": "LLM response: Paris",
    },
}


def exists(way: Way, server: TestServer, front: str, mode: str) -> bool:
    """Say whether there is such a thing: the newest revision knows one front alone."""
    if front == "ws" and way is natively and server is DUAL_ERA:
        return False  # the SDK that speaks both eras has no WebSocket any more
    return front == "http" or mode == "legacy"


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
    for way, server, driver in product(WAYS, (DUAL_ERA, LEGACY_ONLY), DRIVERS)
    for front, mode in product(driver.fronts, driver.modes)
    if exists(way, server, front, mode)
]

Told = Callable[[Case], dict[str, Any]]


@pytest.fixture(scope="module")
def told(served: Kept) -> Told:
    """Lend what a client reports of a case; it is started once, for all of its cases."""
    known: dict[Case, dict[str, Any]] = {}

    def look(case: Case) -> dict[str, Any]:
        if case not in known:
            mine = [other for other in CASES if other.driver is case.driver]
            urls = [served(one.way, one.server.command).url(one.front) for one in mine]
            modes = [one.mode for one in mine]
            reports = case.driver.drive(list(zip(urls, modes, strict=True)))
            known.update(zip(mine, reports, strict=True))
        return known[case]

    return look


def revision(way: Way, server: TestServer, mode: str) -> str:
    """Return what a client and a server agree upon."""
    modern = mode != "legacy" and speaks(way, server, report.MODERN)
    return report.MODERN if modern else LEGACY_REVISION


def awaited(driver: Driver, server: TestServer, protocol: str) -> dict[str, object]:
    """Return the report of a client that lacks nothing."""
    basics: dict[str, object] = {"tools": TOOLS[server.name], "echo": report.ECHO}
    if not driver.answers:
        return basics
    progress: dict[str, object] = {"done": "progress done", "progress": [0, 50, 100]}
    return {"protocol": protocol, **basics, **progress, **ANSWERED[protocol]}


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_client_gets_what_it_asks_for(told: Told, case: Case) -> None:
    report_of_it = told(case)
    if case.mode == report.MODERN and not speaks(case.way, case.server, case.mode):
        assert report_of_it.keys() == {"refused"}
    else:
        protocol = revision(case.way, case.server, case.mode)
        assert report_of_it == awaited(case.driver, case.server, protocol)
