"""What both servers do alike when they start."""

import argparse
from typing import Any


def port() -> int | None:
    """Return where to serve without a bridge, or None for stdio."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--http", type=int, metavar="PORT")
    found: int | None = parser.parse_args().http
    return found


def describe(server: Any) -> None:  # noqa: ANN401 - a server of either line of the SDK
    """Give everything that has no description one: some clients insist."""
    for item in [*server._tool_manager._tools.values(), *server._prompt_manager._prompts.values()]:
        item.description = item.description or f"an item of the test server: {item.name}"
