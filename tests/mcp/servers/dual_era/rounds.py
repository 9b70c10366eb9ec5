"""Tools that need more than one round: a result says what is missing, and the call comes again."""
# mypy: disable-error-code="import-not-found", allow-untyped-decorators
# pyright: basic, reportMissingImports=false

import json
from typing import Any

from mcp.server.mcpserver import Context
from mcp.server.mcpserver.prompts.base import UserMessage
from mcp.types import (
    CreateMessageRequest,
    CreateMessageRequestParams,
    ElicitRequest,
    ElicitRequestFormParams,
    ElicitResult,
    InputRequiredResult,
    ListRootsRequest,
    SamplingMessage,
    TextContent,
)

from tests.mcp.servers.dual_era.server import server


def ask(message: str, **properties: str) -> ElicitRequest:
    """Return the question for a form with these fields, or for a name."""
    wanted = properties or {"name": "string"}
    schema = {
        "type": "object",
        "properties": {name: {"type": kind} for name, kind in wanted.items()},
        "required": list(wanted),
    }
    return ElicitRequest(params=ElicitRequestFormParams(message=message, requested_schema=schema))


def sample(text: str, tokens: int = 100) -> CreateMessageRequest:
    """Return the question for a model."""
    message = SamplingMessage(role="user", content=TextContent(type="text", text=text))
    return CreateMessageRequest(
        params=CreateMessageRequestParams(messages=[message], max_tokens=tokens)
    )


def filled(response: Any, key: str) -> str:  # noqa: ANN401 - whatever the client sent
    """Return one field of a filled form."""
    content = response.content if isinstance(response, ElicitResult) else None
    return str((content or {}).get(key, "?"))


def needs(state: str | None = None, **requests: Any) -> InputRequiredResult:  # noqa: ANN401
    """Return what is missing, by the keys under which it is awaited."""
    return InputRequiredResult(input_requests=requests, request_state=state)


def answers(ctx: Context) -> dict[str, Any]:
    """Return what the client has answered so far."""
    return ctx.input_responses or {}


@server.tool()
async def test_input_required_result_elicitation(ctx: Context) -> str | InputRequiredResult:
    if "user_name" in (given := answers(ctx)):
        return f"Hello, {filled(given['user_name'], 'name')}!"
    return needs(user_name=ask("What is your name?"))


@server.tool()
async def test_streaming_elicitation(ctx: Context) -> str | InputRequiredResult:
    await ctx.report_progress(progress=1, total=2)
    return "done" if "user_name" in answers(ctx) else needs(user_name=ask("Your name?"))


@server.tool()
async def test_input_required_result_sampling(ctx: Context) -> str | InputRequiredResult:
    given = answers(ctx).get("capital_question")
    if given is not None:
        return f"Model said: {given.content.text}"
    return needs(capital_question=sample("What is the capital of France?"))


@server.tool()
async def test_input_required_result_list_roots(ctx: Context) -> str | InputRequiredResult:
    given = answers(ctx).get("client_roots")
    if given is not None:
        return f"Client exposed {len(given.roots)} root(s)"
    return needs(client_roots=ListRootsRequest())


@server.tool()
async def test_input_required_result_request_state(ctx: Context) -> str | InputRequiredResult:
    if "confirm" in answers(ctx) and ctx.request_state == "nonce-1":
        return "state-ok: confirmation received"
    return needs("nonce-1", confirm=ask("Please confirm", ok="boolean"))


@server.tool()
async def test_input_required_result_multiple_inputs(ctx: Context) -> str | InputRequiredResult:
    if {"user_name", "greeting", "client_roots"} <= answers(ctx).keys():
        return "All inputs received."
    return needs(
        "multi-inputs",
        user_name=ask("What is your name?"),
        greeting=sample("Generate a greeting", 50),
        client_roots=ListRootsRequest(),
    )


@server.tool()
async def test_input_required_result_multi_round(ctx: Context) -> str | InputRequiredResult:
    state = json.loads(ctx.request_state) if ctx.request_state else {"round": 0}
    given = answers(ctx)
    if state["round"] == 1 and "step1" in given:
        state = json.dumps({"round": 2, "name": filled(given["step1"], "name")})
        return needs(state, step2=ask("Step 2: What is your favorite color?", color="string"))
    if state["round"] == 2 and "step2" in given:
        return f"{state['name']} likes {filled(given['step2'], 'color')}."
    return needs(json.dumps({"round": 1}), step1=ask("Step 1: What is your name?"))


@server.tool()
async def test_input_required_result_tampered_state(ctx: Context) -> str | InputRequiredResult:
    if ctx.request_state is None:
        return needs("r1", confirm=ask("Please confirm", ok="boolean"))
    return f"state-ok: {ctx.request_state}"


@server.tool()
async def test_input_required_result_capabilities(ctx: Context) -> InputRequiredResult:
    declared = ctx.client_capabilities
    wanted: dict[str, Any] = {}
    if declared is None or declared.sampling is not None:
        wanted["sample"] = sample("Say hello", 50)
    if declared is None or declared.elicitation is not None:
        wanted["ask"] = ask("Your name?")
    return needs("capability-gated", **wanted)


@server.prompt()
async def test_input_required_result_prompt(
    ctx: Context,
) -> list[UserMessage] | InputRequiredResult:
    if "user_context" in (given := answers(ctx)):
        text = f"Use context: {filled(given['user_context'], 'context')}"
        return [UserMessage(role="user", content=TextContent(type="text", text=text))]
    question = ask("What context should the prompt use?", context="string")
    return needs(user_context=question)
