"""Call one tool, with the Python SDK 2.x, and print what it says: caller WHERE MODE TOOL JSON."""
# mypy: disable-error-code="import-not-found"
# pyright: basic, reportMissingImports=false

import asyncio
import json
import sys

from mcp.client.client import Client

from tests.mcp.clients.python_modern import target
from tests.mcp.clients.report import SECONDS


async def main() -> None:
    """Print all text of the result."""
    where, mode, tool, arguments = sys.argv[1:]
    async with asyncio.timeout(SECONDS), Client(target(where), mode=mode) as client:
        result = await client.call_tool(tool, json.loads(arguments))
        print("\n".join(part.text for part in result.content if part.type == "text"))


if __name__ == "__main__":
    asyncio.run(main())
