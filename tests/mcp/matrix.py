"""The tables of docs/clients.md, from what the tests run and the lock files pin.

python -m tests.mcp.matrix writes them anew.
"""

import json
import re
from collections.abc import Callable
from typing import Any

from tests.mcp.conformance import REVISIONS, SUITE, UNSCORED
from tests.mcp.drivers import DRIVERS, Driver
from tests.mcp.foreign import JAVASCRIPT, ROOT
from tests.mcp.real import REAL, RealServer
from tests.repository.generated import renewed

PAGE = ROOT / "docs" / "clients.md"
FRONTS = ("http", "sse", "ws")


def clients() -> str:
    """Return the table of clients: on which front each speaks which modes."""
    names = ["client", "package", "HTTP", "HTTP+SSE", "WebSocket", "may be asked"]
    head = [f"| {' | '.join(names)} |", "|---" * len(names) + "|"]
    return "\n".join([*head, *(_client(driver) for driver in DRIVERS)])


def servers() -> str:
    """Return the table of servers, and the call that each has to answer."""
    rows = [
        f"| {server.name} | `{server.package} {_version(server)}` | `{server.tool}` |"
        for server in REAL
    ]
    return "\n".join(["| server | package | the call |", "|---|---|---|", *rows])


def suite() -> str:
    """Return which suite is run for which revisions, and what is looked at beyond the score."""
    version = _npm(SUITE)
    rows = [
        f"| {revision} | {', '.join(f'`{name}`' for name in UNSCORED[revision])} |"
        for revision in REVISIONS
    ]
    head = f"| `{SUITE} {version}` | beyond what it scores |\n|---|---|"
    return "\n".join([head, *rows])


PARTS: tuple[tuple[str, Callable[[], str]], ...] = (
    ("clients", clients),
    ("real servers", servers),
    ("conformance", suite),
)


def written(text: str) -> str:
    """Return the page with every table as it should be."""
    for title, content in PARTS:
        text = renewed(text, title, content())
    return text


def _client(driver: Driver) -> str:
    cells = [_modes(driver, front) for front in FRONTS]
    asked = "yes" if driver.answers else "no"
    return (
        f"| {driver.name} | `{driver.package} {_version(driver)}` | {' | '.join(cells)} | {asked} |"
    )


def _modes(driver: Driver, front: str) -> str:
    if front not in driver.fronts:
        return "no"
    return ", ".join(driver.modes if front == "http" else ("legacy",))


def _version(pinned: Driver | RealServer) -> str:
    if pinned.package in _npm_packages():
        return _npm(pinned.package)
    found = re.search(
        rf"^{re.escape(pinned.package)}(\[\w+\])?==(\S+)",
        pinned.packages.lock.read_text(),
        re.MULTILINE,
    )
    assert found, pinned.package
    return found[2]


def _npm(package: str) -> str:
    version: str = _npm_packages()[package]["version"]
    return version


def _npm_packages() -> dict[str, dict[str, Any]]:
    locked: dict[str, dict[str, Any]] = json.loads(JAVASCRIPT.lock.read_text())["packages"]
    return {name.removeprefix("node_modules/"): entry for name, entry in locked.items()}


if __name__ == "__main__":
    PAGE.write_text(written(PAGE.read_text()))
