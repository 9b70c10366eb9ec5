"""The client of fastmcp: fastmcp_client URL MODE …"""
# mypy: disable-error-code="import-not-found"
# pyright: basic, reportMissingImports=false

import asyncio
import warnings
from typing import Any

from fastmcp import Client

from tests.mcp.clients import report

warnings.simplefilter("ignore")  # what the newest revision deprecates is just what we test


async def elicited(_message: str, kind: Any, params: Any, _context: object) -> Any:  # noqa: ANN401
    """Fill in the form."""
    return kind(**report.form(params.requested_schema))


async def sampled(_messages: object, _params: object, _context: object) -> str:
    """Answer as a model would."""
    return report.CITY


async def run(where: str, mode: str) -> dict[str, Any]:
    """Make the calls, and return the report."""
    client: Any = Client(where, mode=mode, elicitation_handler=elicited, sampling_handler=sampled)
    async with client:
        steps: list[float] = []

        async def progressed(progress: float, _total: float | None, _message: str | None) -> None:
            steps.append(progress)

        async def said(tool: str, arguments: dict[str, Any]) -> str:
            result = await client.call_tool(tool, arguments, progress_handler=progressed)
            return str(result.content[0].text)

        protocol = client.session.protocol_version
        return {
            "protocol": protocol,
            "tools": len(await client.list_tools()),
            "echo": await said("x_echo", {"text": report.ECHO}),
            "done": await said("test_tool_with_progress", {}),
            "progress": steps,
            "elicited": await said(*report.question(protocol, "elicitation")),
            "sampled": await said(*report.question(protocol, "sampling")),
        }


if __name__ == "__main__":
    asyncio.run(report.each(run))
