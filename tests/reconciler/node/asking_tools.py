"""Make calls with the Python SDK 2.x for as long as somebody asks: a line of JSON in, one out."""

import asyncio
import json
import sys

from tests.mcp.clients.caller import called

if __name__ == "__main__":
    for line in sys.stdin:
        print(json.dumps(asyncio.run(called(*json.loads(line)))), flush=True)
