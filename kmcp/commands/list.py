"""`kmcp list`."""

import argparse

from kinds.reading import Fields, text
from kmcp.printing import declare_format, structured, table
from kmcp.reach import declare_place, home, place
from kmcp.servers import age, listed, readiness, replicas

HEAD: tuple[str, ...] = ("NAME", "READY", "PODS", "URL", "AGE")


def declare(parser: argparse.ArgumentParser) -> None:
    """Say which words and flags there are."""
    declare_place(parser)
    parser.add_argument("-A", "--all-namespaces", action="store_true", help="of every namespace")
    declare_format(parser)


def run(given: argparse.Namespace) -> None:
    """Print the servers."""
    where = place(given)
    namespace = None if given.all_namespaces else home(where)
    found = listed(where, namespace)
    if given.output != "table":
        print(structured({"apiVersion": "v1", "kind": "List", "items": found}, given.output))
        return
    if not found:
        print(f"there is no MCP server in {namespace or 'any namespace'}")
        return
    scopes = [("NAMESPACE",), *((text(one, "metadata", "namespace"),) for one in found)]
    rows = [HEAD, *map(_row, found)]
    if namespace is None:
        rows = [(*scope, *row) for scope, row in zip(scopes, rows, strict=True)]
    print(table(rows))


def _row(server: Fields) -> tuple[str, ...]:
    name, url = text(server, "metadata", "name"), text(server, "status", "url")
    return name, readiness(server), replicas(server), url, age(server)
