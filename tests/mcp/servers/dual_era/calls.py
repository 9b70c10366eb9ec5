"""Tools that say something while they run, or ask for something the way of the handshake era."""
# mypy: disable-error-code="import-not-found", allow-untyped-decorators
# pyright: basic, reportMissingImports=false

import asyncio
from typing import Any

from mcp.server.mcpserver import Context
from mcp.shared.exceptions import MCPError
from mcp.types import MISSING_REQUIRED_CLIENT_CAPABILITY, SamplingMessage, TextContent
from pydantic import BaseModel

from tests.mcp.servers import forms
from tests.mcp.servers.dual_era.server import server
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
        await ctx.report_progress(progress=step, total=100, message=f"Completed step {step} of 100")
        await asyncio.sleep(PAUSE_SECONDS)
    return "progress done"


@server.tool()
async def test_reconnection(ctx: Context) -> str:
    """Close the stream in the middle (SEP-1699); behind stdio there is none, and it only waits."""
    await ctx.info("Before disconnect")
    await ctx.close_sse_stream()
    await asyncio.sleep(0.3)
    await ctx.info("After reconnect")
    return "Reconnection test completed"


@server.tool()
async def test_sampling(prompt: str, ctx: Context) -> str:
    message = SamplingMessage(role="user", content=TextContent(type="text", text=prompt))
    answer = await ctx.session.create_message(
        messages=[message], max_tokens=100, related_request_id=ctx.request_id
    )
    return f"LLM response: {answer.content.text}"


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
    declared = ctx.session.client_capabilities
    if declared is None or declared.sampling is None:
        raise MCPError(
            code=MISSING_REQUIRED_CLIENT_CAPABILITY,
            message="needs client capability 'sampling'",
            data={"requiredCapabilities": {"sampling": {}}},
        )
    return "sampling declared"
