"""Catalogue: which arguments of which tools must stand in headers; asked for rarely, kept long."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
from msgspec import Raw

from adapter import jsonrpc
from adapter.children import Failed
from adapter.modern import parameters
from adapter.modern.asked import Asked
from adapter.modern.parameters import Mirrored
from adapter.modern.refusals import Refusal

log = logging.getLogger("adapter.modern.catalogue")

Lister = Callable[[dict[str, Any]], Awaitable[Raw]]
"""Asks a server for one page of `tools/list`."""

MOST_PAGES = 100
SECONDS_BETWEEN = 5.0
"""A client that asks for tools that do not exist makes us look for them only so often."""


class Catalogue:
    """The tools of one server, as far as headers are concerned."""

    def __init__(self) -> None:
        """Begin with none."""
        self._tools: dict[bytes, tuple[Mirrored, ...]] = {}
        self._listed = float("-inf")
        self._stale = False
        self._listing: asyncio.Task[None] | None = None
        self._waiting: list[Callable[[], None]] = []

    def changed(self) -> None:
        """Hear that the tools are others now."""
        self._stale = True

    def refresh(self, lister: Lister) -> None:
        """Ask for the tools anew, unless that is happening already."""
        if self._listing is None:
            self._stale = False
            self._listing = asyncio.get_running_loop().create_task(self._list(lister))

    def knows(self, asked: Asked, lister: Lister, then: Callable[[], None]) -> bool:
        """Say whether a call can be checked now; if not, *then* is called once it can be."""
        name = asked.name
        if self._stale or (
            name not in self._tools and time.monotonic() - self._listed > SECONDS_BETWEEN
        ):
            self.refresh(lister)
        if name in self._tools or self._listing is None:
            return True
        self._waiting.append(then)
        return False

    def problem(self, asked: Asked) -> Refusal | None:
        """Return what is wrong with the headers of a call."""
        wanted = self._tools.get(asked.name)
        if not wanted:
            return None
        arguments = jsonrpc.value(asked.params["arguments"]) if "arguments" in asked.params else {}
        return parameters.problem(wanted, arguments, asked.headers, asked.repeated)

    def close(self) -> None:
        """Ask no more."""
        if self._listing is not None:
            self._listing.cancel()

    async def _list(self, lister: Lister) -> None:
        try:
            self._tools = await _tools(lister)
        except Failed as error:
            log.warning("cannot list the tools", extra={"reason": str(error)})
        finally:
            self._listed = time.monotonic()
            self._listing = None
            waiting, self._waiting = self._waiting, []
            for then in waiting:
                then()


async def _tools(lister: Lister) -> dict[bytes, tuple[Mirrored, ...]]:
    """Return the headers of all tools, by name as JSON spells it."""
    found: dict[bytes, tuple[Mirrored, ...]] = {}
    cursor: dict[str, Any] = {}
    for _ in range(MOST_PAGES):
        page = jsonrpc.value(await lister(cursor))
        if not isinstance(page, dict) or not isinstance(page.get("tools"), list):
            break
        for tool in page["tools"]:
            if isinstance(tool, dict) and isinstance(tool.get("name"), str):
                name = msgspec.json.encode(tool["name"])
                found[name] = parameters.mirrored(tool.get("inputSchema"))
        if not isinstance(page.get("nextCursor"), str) or page["nextCursor"] == cursor.get(
            "cursor"
        ):
            break
        cursor = {"cursor": page["nextCursor"]}
    return found
