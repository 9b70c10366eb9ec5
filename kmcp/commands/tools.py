"""`kmcp tools`."""

import argparse

from kinds.reading import Fields, fields, text, within
from kmcp.printing import declare_format, structured, table
from kmcp.reach import declare_place, declare_seconds, home, place
from kmcp.servers import talk

LONGEST = 72


def declare(parser: argparse.ArgumentParser) -> None:
    """Say which words and flags there are."""
    parser.add_argument("name", metavar="NAME", help="the MCPServer")
    declare_place(parser)
    declare_seconds(parser)
    declare_format(parser)


def run(given: argparse.Namespace) -> None:
    """Print the tools that a deployed server offers."""
    where = place(given)
    with talk(where, home(where), given.name, given.timeout) as session:
        found = session.tools()
    if given.output != "table":
        print(structured(found, given.output))
    elif not found:
        print(f"{given.name} offers no tools")
    else:
        print(table([("TOOL", "ARGUMENTS", "DESCRIPTION"), *map(_row, found)]))


def _row(tool: Fields) -> tuple[str, str, str]:
    properties = fields(within(tool, "inputSchema", "properties"))
    required = within(tool, "inputSchema", "required") or ()
    names = [name if name in required else f"[{name}]" for name in properties]
    first = (text(tool, "description").strip().splitlines() or [""])[0]
    shown = first if len(first) <= LONGEST else f"{first[: LONGEST - 1]}…"
    return text(tool, "name"), " ".join(names), shown
