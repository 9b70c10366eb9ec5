"""The command line of the throw-away cluster: `python -m tests.cluster --help`."""

import argparse
import signal
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cluster.errors import ClusterError
from tests.cluster import commands
from tests.cluster.addresses import FAMILIES
from tests.cluster.errors import RigError
from tests.cluster.processes import bypass_proxies
from tests.cluster.programs import NEWEST


@dataclass(frozen=True)
class Flag:
    """A flag or a word of a verb, in the terms of argparse."""

    names: tuple[str, ...]
    settings: dict[str, Any]


@dataclass(frozen=True)
class Verb:
    """One command: what it is called, does, and takes."""

    name: str
    run: Callable[[argparse.Namespace], int]
    summary: str
    flags: tuple[Flag, ...] = ()


def flag(*names: str, **settings: Any) -> Flag:  # noqa: ANN401 - argparse has no types for them
    """Return a flag, written as for argparse."""
    return Flag(names, settings)


NAME = flag("--name", default="dev", metavar="NAME", help="which cluster (dev)")
NODE = flag("--node", default="node1", metavar="NODE", help="on which node (node1)")

VERBS = (
    Verb(
        "up",
        commands.up,
        "bring a cluster up, or say that it is up already",
        (
            NAME,
            flag(
                "--kind",
                choices=("node", "control-plane"),
                default="node",
                help="real nodes (as root), or just etcd, API server and controllers",
            ),
            flag("--nodes", type=int, default=1, metavar="N", help="how many real nodes (1)"),
            flag(
                "--simulated-nodes",
                type=int,
                default=0,
                metavar="N",
                help="nodes that only pretend, on a control plane (0)",
            ),
            flag("--ip-family", choices=FAMILIES, default="ipv4", help="of nodes and Pods (ipv4)"),
            flag("--kubernetes", default=NEWEST, metavar="MINOR", help=f"version ({NEWEST})"),
            flag("--write", type=Path, metavar="FILE", help="put a kubeconfig there as well"),
            flag("--owner", type=int, metavar="PID", help="the process that it must not outlive"),
        ),
    ),
    Verb("down", commands.down, "take a cluster down and leave nothing of it", (NAME,)),
    Verb(
        "status",
        commands.status,
        "list the clusters, or show all of one",
        (flag("--name", metavar="NAME", help="only this one, with its programs"),),
    ),
    Verb("kubeconfig", commands.kubeconfig, "print the path of the kubeconfig", (NAME,)),
    Verb(
        "logs",
        commands.logs,
        "print what a program of the cluster wrote",
        (
            NAME,
            flag("component", nargs="?", help="which program; without it, list them"),
            flag("-f", "--follow", action="store_true", help="go on printing"),
            flag("--node", metavar="NODE", help="only of this node (node1, node2 …)"),
        ),
    ),
    Verb(
        "load",
        commands.load,
        "put an image into every node",
        (NAME, flag("image", help="its name, or the path of an archive of it")),
    ),
    Verb(
        "build",
        commands.build,
        "build an image and put it into every node",
        (
            NAME,
            flag("dockerfile", type=Path, help="the Dockerfile"),
            flag("-t", "--tag", required=True, metavar="TAG", help="what to call the image"),
            flag("--context", type=Path, help="the folder it may copy from (default: its own)"),
            flag("--no-load", action="store_true", help="only print the archive's path"),
        ),
    ),
    Verb(
        "shell",
        commands.shell,
        "open a shell where kubectl, helm and ctr work",
        (
            NAME,
            NODE,
            flag(
                "words",
                nargs=argparse.REMAINDER,
                metavar="WORD",
                help="run this instead of a shell",
            ),
        ),
    ),
    Verb(
        "prepare",
        commands.prepare,
        "install and build what clusters need, before anyone waits for it",
        (flag("--images", nargs="*", default=[], metavar="IMAGE", help="base images too"),),
    ),
    Verb("prune", commands.prune, "delete builds and images of earlier versions from the cache"),
)


def main(words: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    arguments = parser().parse_args(words)
    bypass_proxies()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # undo what was begun, as for Ctrl-C
    verb: Verb = arguments.verb
    try:
        return verb.run(arguments)
    except (RigError, ClusterError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 130
    except BrokenPipeError:  # the reader, such as head, has seen enough
        sys.stdout = None
        return 0


def parser() -> argparse.ArgumentParser:
    """Return the parser of the whole command line."""
    top = argparse.ArgumentParser(
        prog="python -m tests.cluster",
        description="A real Kubernetes on this machine, without Docker and without a registry.",
    )
    below = top.add_subparsers(metavar="COMMAND", required=True)
    for verb in VERBS:
        own = below.add_parser(verb.name, help=verb.summary, description=verb.summary)
        own.set_defaults(verb=verb)
        for one in verb.flags:
            own.add_argument(*one.names, **one.settings)
    return top


if __name__ == "__main__":
    sys.exit(main())
