"""Tools that say something while they run, or ask the client for something."""
# mypy: disable-error-code="import-not-found", allow-untyped-decorators
# pyright: basic, reportMissingImports=false

import asyncio
from typing import Any

from mcp.server.fastmcp import Context
from mcp.types import SamplingMessage, TextContent
from pydantic import BaseModel

from tests.mcp.servers import forms
from tests.mcp.servers.legacy.server import server
from tests.mcp.servers.shapes import PAUSE_SECONDS, STEPS


async def log_three_times(ctx: Context) -> None:
    """Log each step, with a pause in which it can travel."""
    for step in STEPS:
        await ctx.info(f"Tool execution {step}")
        await asyncio.sleep(PAUSE_SECONDS)


@server.tool()
async def test_tool_with_logging(ctx: Context) -> str:
    await log_three_times(ctx)
    return "Tool with logging executed successfully"


@server.tool()
async def test_logging_tool(ctx: Context) -> str:
    await log_three_times(ctx)
    return "logged"


@server.tool()
async def test_tool_with_progress(ctx: Context) -> str:
    for step in (0, 50, 100):
        await ctx.report_progress(step, 100, f"Completed step {step} of 100")
        await asyncio.sleep(PAUSE_SECONDS)
    return "progress done"


@server.tool()
async def test_reconnection(ctx: Context) -> str:
    await ctx.info("Before disconnect")
    await asyncio.sleep(0.3)
    await ctx.info("After reconnect")
    return "Reconnection test completed"


async def sampled(ctx: Context, text: str, tokens: int = 100) -> str:
    """Return what the client's model says."""
    message = SamplingMessage(role="user", content=TextContent(type="text", text=text))
    answer = await ctx.session.create_message(
        messages=[message], max_tokens=tokens, related_request_id=ctx.request_id
    )
    return str(answer.content.text)


@server.tool()
async def test_sampling(prompt: str, ctx: Context) -> str:
    return f"LLM response: {await sampled(ctx, prompt)}"


async def asked(ctx: Context, message: str, form: type[BaseModel], label: str) -> str:
    """Return what became of a form, in words."""
    answer: Any = await ctx.elicit(message=message, schema=form)
    content = answer.data.model_dump_json() if answer.action == "accept" else "{}"
    return f"{label}: action={answer.action}, content={content}"


@server.tool()
async def test_elicitation(message: str, ctx: Context) -> str:
    return await asked(ctx, message, forms.Reply, "User response")


@server.tool()
async def test_elicitation_sep1034_defaults(ctx: Context) -> str:
    message = "Please provide user information"
    return await asked(ctx, message, forms.Defaults, "Elicitation result")


@server.tool()
async def test_elicitation_sep1330_enums(ctx: Context) -> str:
    return await asked(ctx, "Please select values", forms.Choices, "Elicitation completed")


@server.tool()
async def x_list_roots(ctx: Context) -> str:
    """Name the folders that the client lets a server see."""
    answer = await ctx.session.list_roots()
    return ",".join(str(root.uri) for root in answer.roots)


@server.tool()
async def test_missing_capability(ctx: Context) -> str:
    """Always ask the model: a bridge refuses for a client that has none."""
    return await sampled(ctx, "needs sampling")
