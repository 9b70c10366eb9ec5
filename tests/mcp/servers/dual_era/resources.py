"""Resources, prompts, completion, and what only clients of the handshake era may ask for."""
# mypy: disable-error-code="import-not-found", allow-untyped-decorators
# pyright: basic, reportMissingImports=false

import base64
import json
from typing import Any

from mcp.server.mcpserver.prompts.base import UserMessage
from mcp.types import (
    Completion,
    EmptyResult,
    ImageContent,
    SetLevelRequestParams,
    SubscribeRequestParams,
    TextContent,
    UnsubscribeRequestParams,
)

from tests.mcp.servers.dual_era.contents import embedded
from tests.mcp.servers.dual_era.server import STATE, server
from tests.mcp.servers.shapes import PNG, WORDS, completions


@server.resource("test://static-text", mime_type="text/plain")
def static_text() -> str:
    return "This is the content of the static text resource."


@server.resource("test://static-binary", mime_type="image/png")
def static_binary() -> bytes:
    return base64.b64decode(PNG)


@server.resource("test://watched-resource", mime_type="text/plain")
def watched() -> str:
    return "Watched resource content"


@server.resource("test://template/{id}/data", mime_type="application/json")
def template(id: str) -> str:
    return json.dumps({"id": id, "templateTest": True, "data": f"Data for ID: {id}"})


def said(content: Any) -> UserMessage:  # noqa: ANN401 - any kind of content
    """Return a message of the user."""
    return UserMessage(role="user", content=content)


def said_text(text: str) -> UserMessage:
    """Return a message of the user, in words."""
    return said(TextContent(type="text", text=text))


@server.prompt()
def test_simple_prompt() -> list[UserMessage]:
    return [said_text("This is a simple prompt for testing.")]


@server.prompt()
def test_prompt_with_arguments(arg1: str, arg2: str) -> list[UserMessage]:
    return [said_text(f"Prompt with arguments: arg1='{arg1}', arg2='{arg2}'")]


@server.prompt()
def test_prompt_with_embedded_resource(resourceUri: str) -> list[UserMessage]:  # noqa: N803
    return [
        said(embedded(resourceUri, "Embedded resource content for testing.")),
        said_text("Please process the embedded resource above."),
    ]


@server.prompt()
def test_prompt_with_image() -> list[UserMessage]:
    image = ImageContent(type="image", data=PNG, mime_type="image/png")
    return [said(image), said_text("Please analyze the image above.")]


@server.completion()
async def complete(_ref: Any, argument: Any, _context: Any) -> Completion:  # noqa: ANN401
    return Completion(values=completions(argument.value), total=len(WORDS), has_more=False)


async def set_level(_ctx: object, params: SetLevelRequestParams) -> EmptyResult:
    """Remember how much the client wants to hear."""
    STATE["level"] = params.level
    return EmptyResult()


async def subscribe(_ctx: object, params: SubscribeRequestParams) -> EmptyResult:
    """Remember what the client watches."""
    STATE["subscribed"].add(str(params.uri))
    return EmptyResult()


async def unsubscribe(_ctx: object, params: UnsubscribeRequestParams) -> EmptyResult:
    """Forget what the client watched."""
    STATE["subscribed"].discard(str(params.uri))
    return EmptyResult()


for method, params, handler in (
    ("logging/setLevel", SetLevelRequestParams, set_level),
    ("resources/subscribe", SubscribeRequestParams, subscribe),
    ("resources/unsubscribe", UnsubscribeRequestParams, unsubscribe),
):
    server._lowlevel_server.add_request_handler(method, params, handler)
