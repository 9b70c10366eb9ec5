"""What every driver does and reports: the same few calls, so that one expectation fits all."""

import json
from typing import Any

MODERN = "2026-07-28"
ECHO = "grüße\u2028\U0001f600 \\n"
"""Beyond ASCII and beyond 16 bits, with a separator that is no end of a line."""
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


def tell(**report: object) -> None:
    """Print what happened, for the test to read."""
    print(json.dumps(report))
