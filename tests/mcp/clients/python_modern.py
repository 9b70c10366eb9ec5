"""The Python SDK 2.x: over HTTP, SSE or stdio: python_modern WHERE MODE …"""
# mypy: disable-error-code="import-not-found"
# pyright: basic, reportMissingImports=false

import asyncio
import json
import warnings
from typing import Any

from mcp.client.client import Client
from mcp.client.sse import sse_client
from mcp.client.stdio import StdioServerParameters, stdio_client
from mcp.types import CreateMessageResult, ElicitResult, TextContent

from tests.mcp.clients import report

warnings.simplefilter("ignore")  # what the newest revision deprecates is just what we test


async def elicited(_context: object, params: Any) -> ElicitResult:  # noqa: ANN401
    """Fill in the form."""
    return ElicitResult(action="accept", content=report.form(params.requested_schema))


async def sampled(_context: object, _params: object) -> CreateMessageResult:
    """Answer as a model would."""
    said = TextContent(type="text", text=report.CITY)
    return CreateMessageResult(role="assistant", content=said, model="none")


def target(where: str) -> Any:  # noqa: ANN401 - each transport is of a kind of its own
    """Return what to connect to: a URL, or a stdio command as a list in JSON."""
    if where.startswith("["):
        command, *arguments = json.loads(where)
        return stdio_client(StdioServerParameters(command=command, args=arguments))
    return sse_client(where) if where.endswith("/sse") else where


async def run(where: str, mode: str) -> dict[str, Any]:
    """Make the calls, and return the report."""
    async with Client(
        target(where), mode=mode, elicitation_callback=elicited, sampling_callback=sampled
    ) as client:
        steps: list[float] = []

        async def progressed(progress: float, _total: float | None, _message: str | None) -> None:
            steps.append(progress)

        async def said(tool: str, arguments: dict[str, Any]) -> str:
            result = await client.call_tool(tool, arguments, progress_callback=progressed)
            return str(result.content[0].text)

        protocol = client.protocol_version
        tools = (await client.list_tools()).tools
        return {
            "protocol": protocol,
            "tools": len(tools),
            "echo": await said("x_echo", {"text": report.ECHO}),
            "done": await said("test_tool_with_progress", {}),
            "progress": steps,
            "elicited": await said(*report.question(protocol, "elicitation")),
            "sampled": await said(*report.question(protocol, "sampling")),
        }


if __name__ == "__main__":
    asyncio.run(report.each(run))
