"""`kmcp logs`."""

import argparse
import sys
from concurrent.futures import ThreadPoolExecutor
from threading import Lock
from typing import TYPE_CHECKING

from kinds import names
from kinds.reading import Fields, items, text
from kmcp.reach import declare_place, home, our_trouble, place
from kmcp.servers import pods, read
from kmcp.trouble import Code, Trouble

if TYPE_CHECKING:
    from cluster.connection import Connection

MOST_PODS = 20
FOREVER = 86_400.0
"""Seconds; a server may say nothing for long."""


def declare(parser: argparse.ArgumentParser) -> None:
    """Say which words and flags there are."""
    parser.add_argument("name", metavar="NAME", help="the MCPServer")
    which = parser.add_mutually_exclusive_group()
    which.add_argument("-c", "--container", metavar="NAME", help="whose words (mcp-server)")
    which.add_argument(
        "--adapter",
        dest="container",
        action="store_const",
        const=names.ADAPTER_CONTAINER,
        help="what the adapter says, not the server",
    )
    parser.set_defaults(container=names.SERVER_CONTAINER)
    parser.add_argument("-f", "--follow", action="store_true", help="go on as more is said")
    parser.add_argument(
        "-p", "--previous", action="store_true", help="what it said before it was last restarted"
    )
    parser.add_argument("--tail", type=int, metavar="N", help="only the last N lines")
    declare_place(parser)


def run(given: argparse.Namespace) -> None:
    """Print what the containers of a server say."""
    from cluster.connection import connect

    where = place(given)
    namespace = home(where)
    read(where, namespace, given.name)
    found = pods(where, namespace, given.name)
    if not found:
        raise Trouble(f"{given.name} has no Pods: see `kmcp get {given.name}`")
    if len(found) > MOST_PODS:
        print(f"kmcp: only the first {MOST_PODS} of {len(found)} Pods", file=sys.stderr)
    with our_trouble():
        connection = connect(where.kubeconfig, where.context)
    lock = Lock()
    with ThreadPoolExecutor(MOST_PODS) as threads:
        told = [
            threads.submit(_tell, connection, one, given, lock, len(found) > 1)
            for one in found[:MOST_PODS]
        ]
        for one in told:
            one.result()


def _tell(
    connection: "Connection", pod: Fields, given: argparse.Namespace, lock: Lock, several: bool
) -> None:
    """Print the lines of one Pod; where there are several, each says of which it is."""
    from cluster.resources import PODS

    name, namespace = text(pod, "metadata", "name"), text(pod, "metadata", "namespace")
    query = {"container": _known(pod, given.container)}
    query |= {"follow": "true"} if given.follow else {}
    query |= {"previous": "true"} if given.previous else {}
    query |= {"tailLines": str(given.tail)} if given.tail is not None else {}
    prefix = f"{name}: " if several else ""
    path = PODS.path(namespace, name, "log")
    with our_trouble(), connection.stream(path, query, FOREVER) as stream:
        for line in stream.lines():
            with lock:
                print(f"{prefix}{line.decode(errors='replace')}", flush=given.follow)


def _known(pod: Fields, container: str) -> str:
    """Return the container, if the Pod has it."""
    kinds = ("containers", "initContainers")
    there = [text(one, "name") for kind in kinds for _, one in items(pod, "spec", kind)]
    if container not in there:
        name = text(pod, "metadata", "name")
        raise Trouble(f"Pod {name} has no container {container}: {', '.join(there)}", Code.MISSING)
    return container
