"""What the newest revision does in rounds, asked for the old way: in the middle of a call.

With these a bridge that translates can pass the suite's 2026-07-28 scenarios, all but the one that
wants a key which only the author of a server can choose.
"""
# mypy: disable-error-code="import-not-found", allow-untyped-decorators
# pyright: basic, reportMissingImports=false

import asyncio
from typing import Any

from mcp.server.fastmcp import Context
from mcp.server.fastmcp.prompts.base import UserMessage
from mcp.types import TextContent
from pydantic import BaseModel

from tests.mcp.servers import forms
from tests.mcp.servers.legacy.calls import sampled
from tests.mcp.servers.legacy.server import server


async def filled(ctx: Context, message: str, form: type[BaseModel]) -> Any:  # noqa: ANN401 - a form
    """Return the form that the user filled in, or None."""
    answer: Any = await ctx.elicit(message=message, schema=form)
    return answer.data if answer.action == "accept" else None


@server.tool()
async def test_input_required_result_elicitation(ctx: Context) -> str:
    person = await filled(ctx, "What is your name?", forms.Name)
    return f"Hello, {person.name if person else '?'}!"


@server.tool()
async def test_streaming_elicitation(ctx: Context) -> str:
    await ctx.report_progress(1, 2)
    return str(await filled(ctx, "Your name?", forms.Name))


@server.tool()
async def test_input_required_result_sampling(ctx: Context) -> str:
    return f"Model said: {await sampled(ctx, 'What is the capital of France?')}"


@server.tool()
async def test_input_required_result_list_roots(ctx: Context) -> str:
    answer = await ctx.session.list_roots()
    return f"Client exposed {len(answer.roots)} root(s)"


@server.tool()
async def test_input_required_result_request_state(ctx: Context) -> str:
    return f"state-ok: {await filled(ctx, 'Please confirm', forms.Agreement)}"


@server.tool()
async def test_input_required_result_tampered_state(ctx: Context) -> str:
    return f"state-ok: {await filled(ctx, 'Please confirm', forms.Agreement)}"


@server.tool()
async def test_input_required_result_multiple_inputs(ctx: Context) -> str:
    await asyncio.gather(
        filled(ctx, "What is your name?", forms.Name),
        sampled(ctx, "Generate a greeting", 50),
        ctx.session.list_roots(),
    )
    return "All inputs received."


@server.tool()
async def test_input_required_result_multi_round(ctx: Context) -> str:
    person = await filled(ctx, "Step 1: What is your name?", forms.Name)
    favorite = await filled(ctx, "Step 2: What is your favorite color?", forms.Color)
    return f"{person.name} likes {favorite.color}."


@server.tool()
async def test_input_required_result_capabilities(ctx: Context) -> str:
    return await sampled(ctx, "Say hello", 50)


@server.prompt()
async def test_input_required_result_prompt(ctx: Context) -> list[UserMessage]:
    subject = await filled(ctx, "What context should the prompt use?", forms.Context)
    text = f"Use context: {subject.context if subject else '?'}"
    return [UserMessage(TextContent(type="text", text=text))]
