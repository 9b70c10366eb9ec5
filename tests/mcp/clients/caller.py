"""Make calls with the Python SDK 2.x and print what each says: caller [WHERE MODE TOOL JSON] ..."""
# mypy: disable-error-code="import-not-found"
# pyright: basic, reportMissingImports=false

import asyncio
import json
import sys

from mcp.client.client import Client

from tests.mcp.clients.python_modern import target
from tests.mcp.clients.report import SECONDS


async def called(where: str, mode: str, tool: str, arguments: str) -> str:
    """Return all text of the result."""
    async with asyncio.timeout(SECONDS), Client(target(where), mode=mode) as client:
        result = await client.call_tool(tool, json.loads(arguments))
        return "\n".join(part.text for part in result.content if part.type == "text")


async def main() -> None:
    """Print a line for each call: what it returned, or why it did not."""
    words = iter(sys.argv[1:])
    for call in zip(words, words, words, words, strict=True):
        try:
            said = await called(*call)
        except Exception as error:  # noqa: BLE001 - the outermost place: the test reads it
            said = repr(error)
        print(json.dumps(said), flush=True)


if __name__ == "__main__":
    asyncio.run(main())
