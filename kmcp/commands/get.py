"""`kmcp get`, also called `kmcp status`."""

import argparse
import textwrap

from kinds.reading import Fields, text
from kmcp.printing import GREEN, RED, YELLOW, coloured, declare_format, structured
from kmcp.reach import declare_place, home, place
from kmcp.servers import age, condition, conditions, read, replicas
from kmcp.trouble import Code, Trouble

COLOURS = {"True": GREEN, "False": RED}


def declare(parser: argparse.ArgumentParser) -> None:
    """Say which words and flags there are."""
    parser.add_argument("name", metavar="NAME", help="the MCPServer")
    declare_place(parser)
    declare_format(parser)


def run(given: argparse.Namespace) -> None:
    """Print how the server is; one that is not ready is a failure, for scripts."""
    where = place(given)
    server = read(where, home(where), given.name)
    if given.output != "table":
        print(structured(server, given.output))
        return
    print(described(server))
    if condition(server, "Ready").get("status") != "True":
        raise Trouble(f"{given.name} is not ready", Code.FAILED)


def described(server: Fields) -> str:
    """Return how a server is, in a few lines."""
    facts = {
        "Name": f"{text(server, 'metadata', 'namespace')}/{text(server, 'metadata', 'name')}",
        "Image": text(server, "spec", "deployment", "image"),
        "URL": text(server, "status", "url"),
        "Pods": replicas(server),
        "Age": age(server),
    }
    lines = [f"{name + ':':<8}{value}" for name, value in facts.items() if value]
    for one in conditions(server):
        status = text(one, "status")
        said = coloured(status, COLOURS.get(status, YELLOW))
        lines.append(f"{text(one, 'type') + ':':<14}{said}, {text(one, 'reason')}")
        message = text(one, "message")
        lines += textwrap.wrap(message, 96, initial_indent="  ", subsequent_indent="  ")
    if not conditions(server):
        lines.append("No condition yet: is the manager of kmcp running?")
    return "\n".join(lines)
