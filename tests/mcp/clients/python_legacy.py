"""The last Python SDK of the 1.x line: over HTTP, SSE or WebSocket."""
# mypy: disable-error-code="import-not-found"
# pyright: basic, reportMissingImports=false

import asyncio
import warnings
from typing import Any

from mcp.client.session import ClientSession
from mcp.client.sse import sse_client
from mcp.client.streamable_http import streamable_http_client
from mcp.client.websocket import websocket_client
from mcp.types import CreateMessageResult, ElicitResult, TextContent

from tests.mcp.clients import report

warnings.simplefilter("ignore")  # WebSocket is deprecated there, and still used


async def elicited(_context: object, params: Any) -> ElicitResult:  # noqa: ANN401
    """Fill in the form."""
    return ElicitResult(action="accept", content=report.form(params.requestedSchema))


async def sampled(_context: object, _params: object) -> CreateMessageResult:
    """Answer as a model would."""
    said = TextContent(type="text", text=report.CITY)
    return CreateMessageResult(role="assistant", content=said, model="none")


def transport(url: str) -> Any:  # noqa: ANN401 - each has streams of its own kind
    """Return the way to talk to this URL."""
    if url.startswith("ws"):
        return websocket_client(url)
    return sse_client(url) if url.endswith("/sse") else streamable_http_client(url)


async def run(where: str, _mode: str) -> dict[str, Any]:
    """Make the calls, and return the report."""
    async with (
        transport(where) as (read, write, *_),
        ClientSession(
            read, write, elicitation_callback=elicited, sampling_callback=sampled
        ) as client,
    ):
        steps: list[float] = []

        async def progressed(progress: float, _total: float | None, _message: str | None) -> None:
            steps.append(progress)

        async def said(tool: str, arguments: dict[str, Any]) -> str:
            result = await client.call_tool(tool, arguments, progress_callback=progressed)
            return str(result.content[0].text)

        protocol = str((await client.initialize()).protocolVersion)
        return {
            "protocol": protocol,
            "tools": len((await client.list_tools()).tools),
            "echo": await said("x_echo", {"text": report.ECHO}),
            "done": await said("test_tool_with_progress", {}),
            "progress": steps,
            "elicited": await said(*report.question(protocol, "elicitation")),
            "sampled": await said(*report.question(protocol, "sampling")),
        }


if __name__ == "__main__":
    asyncio.run(report.each(run))
