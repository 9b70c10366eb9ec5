"""Clients that others wrote get what they ask for, in every mode and on every front they know."""

from itertools import product

import pytest

from tests.mcp.clients import report
from tests.mcp.drivers import DRIVERS, Driver, Refused
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


CASES = [
    pytest.param(
        way,
        server,
        driver,
        front,
        mode,
        id="-".join([way.__name__, server.name, driver.name, front, mode]),
    )
    for way, server, driver in product(WAYS, (DUAL_ERA, LEGACY_ONLY), DRIVERS)
    for front, mode in product(driver.fronts, driver.modes)
    if exists(way, server, front, mode)
]


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
@pytest.mark.parametrize(("way", "server", "driver", "front", "mode"), CASES)
def test_a_client_gets_what_it_asks_for(
    served: Kept, way: Way, server: TestServer, driver: Driver, front: str, mode: str
) -> None:
    url = served(way, server.command).url(front)
    if mode == report.MODERN and not speaks(way, server, mode):
        with pytest.raises(Refused):
            driver.drive(url, mode)
        return
    told = driver.drive(url, mode)
    assert told == awaited(driver, server, revision(way, server, mode))
