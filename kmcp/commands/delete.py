"""`kmcp delete`."""

import argparse

from kinds.names import KIND
from kmcp.reach import SECONDS, declare_place, home, our_trouble, place
from kmcp.trouble import Code, Trouble


def declare(parser: argparse.ArgumentParser) -> None:
    """Say which words and flags there are."""
    parser.add_argument("names", metavar="NAME", nargs="+", help="the MCPServers")
    declare_place(parser)
    parser.add_argument(
        "--ignore-not-found", action="store_true", help="be content when there is none"
    )


def run(given: argparse.Namespace) -> None:
    """Delete each, and say of each what became of it."""
    from cluster.client import Client
    from cluster.connection import connect
    from cluster.resources import MCPSERVERS

    where = place(given)
    namespace = home(where)
    absent = list[str]()
    with our_trouble():
        client = Client(connect(where.kubeconfig, where.context))
        for name in given.names:
            if client.delete(MCPSERVERS, namespace, name, timeout=SECONDS):
                print(f"{KIND} {name} deleted; its Pods, Service and account go with it")
            else:
                absent.append(name)
    if absent and not given.ignore_not_found:
        raise Trouble(f"there is no {KIND} {', '.join(absent)} in {namespace}", Code.MISSING)
