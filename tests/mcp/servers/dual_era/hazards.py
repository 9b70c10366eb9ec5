"""Tools that make life hard for a bridge, and tools that announce changes."""
# mypy: disable-error-code="import-not-found", allow-untyped-decorators
# pyright: basic, reportMissingImports=false

import asyncio
import json
import os
import sys
import time

from mcp.server.mcpserver import Context
from mcp.server.mcpserver.prompts.base import Prompt

from tests.mcp.servers.dual_era.server import STATE, server


def dynamic() -> str:
    """Come and go."""
    return "dynamic"


@server.tool()
async def test_trigger_tool_change(ctx: Context) -> str:
    server.add_tool(dynamic, name="test_dynamic_tool")
    server.remove_tool("test_dynamic_tool")
    await ctx.notify_tools_changed()
    return "tools changed"


@server.tool()
async def test_trigger_prompt_change(ctx: Context) -> str:
    server.add_prompt(Prompt.from_function(dynamic, name="test_dynamic_prompt", description="d"))
    server.remove_prompt("test_dynamic_prompt")
    await ctx.notify_prompts_changed()
    return "prompts changed"


@server.tool()
async def x_touch_resource(ctx: Context, uri: str = "test://watched-resource") -> str:
    """Announce that a resource has changed."""
    await ctx.notify_resource_updated(uri)
    return f"touched {uri}"


@server.tool()
def x_echo(text: str) -> str:
    """Return the text unchanged."""
    return text


@server.tool()
def x_pid() -> str:
    """Say which process this is, how often it was asked, and what was cancelled in it."""
    STATE["calls"] += 1
    known = {"pid": os.getpid(), "calls": STATE["calls"], "cancelled": STATE["cancelled"]}
    return json.dumps(known)


@server.tool()
def x_big(kib: int) -> str:
    """Return so many KiB in one message."""
    return "x" * (kib * 1024)


@server.tool()
async def x_sleep(seconds: float, ctx: Context, tick: float = 0.0) -> str:
    """Take time, and report progress every *tick* seconds; count what is cancelled."""
    end, ticks = time.monotonic() + seconds, 0
    try:
        while (left := end - time.monotonic()) > 0:
            await asyncio.sleep(min(left, tick or left))
            ticks += 1
            if tick:
                await ctx.report_progress(progress=ticks, message=f"tick {ticks}")
    except asyncio.CancelledError:
        STATE["cancelled"] += 1
        raise
    return f"slept {seconds}"


@server.tool()
async def x_flood(n: int, ctx: Context, bytes_each: int = 200) -> str:
    """Report progress as often and as fast as possible."""
    for count in range(1, n + 1):
        await ctx.report_progress(progress=count, total=n, message="y" * bytes_each)
    return f"flooded {n}"


@server.tool()
def x_exit(code: int = 1) -> str:
    """End the process at once, without an answer."""
    os._exit(code)


@server.tool()
def x_stderr(kib: int = 256) -> str:
    """Write so much to stderr that nobody can leave it in the pipe."""
    for _ in range(kib):
        sys.stderr.write("e" * 1023 + "\n")
    sys.stderr.flush()
    return "stderr written"


@server.tool()
def x_garbage() -> str:
    """Write a line to stdout that is no message."""
    os.write(1, b"this is not json\n")
    return "garbage written"
