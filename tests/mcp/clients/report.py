"""What every driver does and reports: the same few calls, so that one expectation fits all."""

import asyncio
import json
import sys
import traceback
from collections.abc import Awaitable, Callable
from typing import Any

MODERN = "2026-07-28"
ECHO = "grüße\u2028\U0001f600 \\n"
"""Beyond ASCII and beyond 16 bits, with a separator that is no end of a line."""
SECONDS = 60.0
PERSON = "Alice"
CITY = "Paris"


def question(protocol: str, kind: str) -> tuple[str, dict[str, Any]]:
    """Return the tool (and its arguments) that asks the user or the model in this era."""
    if protocol == MODERN:
        return f"test_input_required_result_{kind}", {}
    argument = {"elicitation": "message", "sampling": "prompt"}[kind]
    return f"test_{kind}", {argument: "who?"}


def form(schema: dict[str, Any]) -> dict[str, str]:
    """Return the form, every field filled in with a name."""
    return dict.fromkeys(schema["properties"], PERSON)


async def each(run: Callable[[str, str], Awaitable[dict[str, Any]]]) -> None:
    """Run each pair of where and mode on the command line, and print what happened, line by line.

    One process for many pairs: an SDK takes longer to import than to use.
    """
    words = sys.argv[1:]
    for where, mode in zip(words[::2], words[1::2], strict=True):
        try:
            async with asyncio.timeout(SECONDS):
                told = await run(where, mode)
        except Exception:  # noqa: BLE001 - the outermost place: whatever it is, the test reads it
            told = {"refused": traceback.format_exc()}
        print(json.dumps(told), flush=True)
