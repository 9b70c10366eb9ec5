"""`kmcp call`."""

import argparse
from difflib import get_close_matches

from kinds.reading import Fields, items, text
from kmcp.arguments import arguments
from kmcp.printing import declare_format, structured
from kmcp.reach import declare_place, declare_seconds, home, place
from kmcp.servers import talk
from kmcp.trouble import Code, Trouble


def declare(parser: argparse.ArgumentParser) -> None:
    """Say which words and flags there are."""
    parser.add_argument("name", metavar="NAME", help="the MCPServer")
    parser.add_argument("tool", metavar="TOOL", help="which of its tools")
    parser.add_argument(
        "-a", "--arg", action="append", default=[], metavar="NAME=VALUE", help="an argument"
    )
    parser.add_argument("--json", metavar="OBJECT", help="all arguments at once, as JSON")
    declare_place(parser)
    declare_seconds(parser)
    declare_format(parser)


def run(given: argparse.Namespace) -> None:
    """Call a tool of a deployed server and print what it says; an error of it is a failure."""
    where = place(given)
    with talk(where, home(where), given.name, given.timeout) as session:
        tool = _tool(session.tools(), given.name, given.tool)
        params = {"name": given.tool, "arguments": arguments(tool, given.arg, given.json)}
        result = session.ask("tools/call", params)
    said = result_text(result)
    if result.get("isError"):
        raise Trouble(f"{given.tool} failed: {said}")
    print(said if given.output == "table" else structured(result, given.output))


def result_text(result: Fields) -> str:
    """Return what a tool said, for people."""
    parts = list[str]()
    for _, one in items(result, "content"):
        kind = text(one, "type")
        parts.append(text(one, "text") if kind == "text" else f"[{kind}; see -o json]")
    return "\n".join(parts)


def _tool(found: list[Fields], server: str, name: str) -> Fields:
    names = [text(one, "name") for one in found]
    if name in names:
        return found[names.index(name)]
    near = get_close_matches(name, names, 1)
    hint = f"do you mean {near[0]}?" if near else f"see `kmcp tools {server}`"
    raise Trouble(f"{server} has no tool {name}: {hint}", Code.MISSING)
