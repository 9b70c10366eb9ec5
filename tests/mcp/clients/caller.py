"""Make calls with the Python SDK 2.x and print what each says: caller [WHERE MODE TOOL JSON] ..."""
# mypy: disable-error-code="import-not-found"
# pyright: basic, reportMissingImports=false

import asyncio
import json
import sys

from mcp.client.client import Client

from tests.mcp.clients.python_modern import target
from tests.mcp.clients.report import SECONDS

AT_ONCE = 3


async def called(where: str, mode: str, tool: str, arguments: str) -> str:
    """Return all text of the result, or why there is none."""
    try:
        async with asyncio.timeout(SECONDS), Client(target(where), mode=mode) as client:
            result = await client.call_tool(tool, json.loads(arguments))
            return "\n".join(part.text for part in result.content if part.type == "text")
    except Exception as error:  # noqa: BLE001 - the outermost place: the test reads it
        return repr(error)


async def main() -> None:
    """Make a few of the calls at a time, and print a line for each, in their order."""
    words = iter(sys.argv[1:])
    room = asyncio.Semaphore(AT_ONCE)

    async def soon(call: tuple[str, str, str, str]) -> str:
        async with room:
            return await called(*call)

    calls = zip(words, words, words, words, strict=True)
    for said in await asyncio.gather(*map(soon, calls)):
        print(json.dumps(said))


if __name__ == "__main__":
    asyncio.run(main())
