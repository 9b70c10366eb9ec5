#!/usr/bin/env python3
"""A stdio server that tells what it sees of its Pod; what else it does is the puppet's."""

import importlib
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))
puppet: Any = importlib.import_module("puppet")


def place(params: dict[str, Any]) -> Path:
    """Return where a tool is to look."""
    return Path(params["arguments"]["path"])


def write(params: dict[str, Any]) -> object:
    """Try to write a file, and tell what became of it."""
    try:
        place(params).write_text("written")
    except OSError as error:
        return error.strerror
    return "written"


TOOLS: dict[str, Callable[[dict[str, Any]], object]] = {
    "list": lambda params: json.dumps(sorted(one.name for one in place(params).iterdir())),
    "read": lambda params: place(params).read_text(),
    "write": write,
    "program": lambda _: json.dumps(sys.argv),
}

if __name__ == "__main__":
    puppet.TOOLS.update(TOOLS)
    puppet.main()
