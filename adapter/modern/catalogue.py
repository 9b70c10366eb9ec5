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
from kinds.reading import fields, is_list, text

log = logging.getLogger("adapter.modern.catalogue")

Lister = Callable[[dict[str, Any]], Awaitable[dict[str, Raw]]]
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

    def is_plain(self, asked: Asked) -> bool:
        """Say whether it is sure that a call needs no headers, as nearly all do not."""
        return not self._stale and self._tools.get(asked.name) == ()

    def knows(self, asked: Asked, lister: Lister, then: Callable[[], None]) -> bool:
        """Say whether a call can be checked now; if not, *then* is called once it can be."""
        name = asked.name
        old = time.monotonic() - self._listed > SECONDS_BETWEEN
        if self._stale or (old and name not in self._tools):
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
        arguments = jsonrpc.value(asked.params.get("arguments", b"{}"))
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
        page = await lister(cursor)
        tools = jsonrpc.value(page["tools"])
        for tool in tools if is_list(tools) else []:
            name = text(tool, "name")
            if name:
                schema = fields(tool).get("inputSchema")
                found[msgspec.json.encode(name)] = parameters.mirrored(schema)
        following = jsonrpc.value(page.get("nextCursor", b"null"))
        if not isinstance(following, str) or following == cursor.get("cursor"):
            break
        cursor = {"cursor": following}
    return found
