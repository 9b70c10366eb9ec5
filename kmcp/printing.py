"""Prints for people and for programs: tables, JSON, YAML, and colours where somebody looks."""

import argparse
import os
import sys
from collections.abc import Sequence
from typing import Any

GREEN, RED, YELLOW = "32", "31", "33"
FORMATS = ("table", "json", "yaml")


def declare_format(parser: argparse.ArgumentParser) -> None:
    """Let a command be told how to print."""
    parser.add_argument(
        "-o", "--output", choices=FORMATS, default="table", help="how to print (default: table)"
    )


def structured(value: Any, kind: str) -> str:  # noqa: ANN401 - JSON
    """Return *value* as JSON or YAML."""
    if kind == "json":
        import json

        return json.dumps(value, indent=2, ensure_ascii=False)
    import yaml

    text: str = yaml.safe_dump(value, sort_keys=False, allow_unicode=True)
    return text.rstrip("\n")


def table(rows: Sequence[Sequence[str]]) -> str:
    """Return rows in columns that are as wide as they have to be; the first row is the head."""
    widths = [max(len(row[at]) for row in rows) for at in range(len(rows[0]))]
    lines = (
        "   ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        for row in rows
    )
    return "\n".join(line.rstrip() for line in lines)


def coloured(text: str, colour: str) -> str:
    """Return *text* in a colour, if somebody looks and did not ask for none."""
    wanted = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
    return f"\033[{colour}m{text}\033[0m" if wanted else text
