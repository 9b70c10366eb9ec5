"""Calls by a client that others wrote: the Python SDK, from a Python of its own."""

import json

from tests.mcp.drivers import said
from tests.mcp.foreign import MODERN, ROOT, python

Call = tuple[str, str, dict[str, object]]
"""A URL, a tool and its arguments."""


def called(*calls: Call, mode: str = "auto") -> list[str]:
    """Return what each tool said, or what the client says of it."""
    words = [word for url, tool, given in calls for word in (url, mode, tool, json.dumps(given))]
    lines = said([python(MODERN), "-m", "tests.mcp.clients.caller", *words], ROOT)
    return [json.loads(line) for line in lines.split("\n") if line]
