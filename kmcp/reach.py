"""Which cluster and namespace a command is about, and its API server."""

import argparse
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from kmcp.trouble import Code, Trouble

SECONDS = 10.0
LONGEST_SECONDS = 3600.0


@dataclass(frozen=True)
class Place:
    """A cluster, by its context, and a namespace in it."""

    kubeconfig: Path | None
    context: str | None
    namespace: str | None


def declare_place(parser: argparse.ArgumentParser) -> None:
    """Let a command be told where."""
    where = parser.add_argument_group("where")
    where.add_argument("-n", "--namespace", help="the namespace (default: that of the context)")
    where.add_argument("--context", help="the context of the kubeconfig (default: the current one)")
    where.add_argument(
        "--kubeconfig", type=Path, metavar="FILE", help="the kubeconfig (default: as kubectl)"
    )


def declare_seconds(parser: argparse.ArgumentParser) -> None:
    """Let a command be told how long to wait for a server."""
    parser.add_argument(
        "--timeout",
        type=_seconds,
        default=60.0,
        metavar="SECONDS",
        help="how long to wait for each answer (default: 60)",
    )


def _seconds(word: str) -> float:
    number = float(word.removesuffix("s"))
    if not 0 < number <= LONGEST_SECONDS:
        raise ValueError(word)
    return number


def place(given: argparse.Namespace) -> Place:
    """Return what a command was told."""
    return Place(given.kubeconfig, given.context, given.namespace)


def home(where: Place) -> str:
    """Return the namespace that a command is about."""
    if where.namespace:
        return where.namespace
    from cluster.connection import namespace

    with our_trouble():
        return namespace(where.kubeconfig, where.context)


@contextmanager
def our_trouble() -> Generator[None]:
    """Turn what the cluster says into one line with the next step."""
    from cluster.errors import (
        ClusterError,
        Forbidden,
        Misconfigured,
        NotFound,
        Unauthorized,
        Unreachable,
    )

    try:
        yield
    except Misconfigured as error:
        raise Trouble(f"{error}: name one by --kubeconfig or --context", Code.CLUSTER) from error
    except Unauthorized as error:
        raise Trouble(f"{error}: log in to the cluster again", Code.CLUSTER) from error
    except Unreachable as error:
        raise Trouble(f"{error}: is the cluster up? see --context", Code.CLUSTER) from error
    except Forbidden as error:
        raise Trouble(f"{error}: ask an administrator for this right") from error
    except NotFound as error:
        raise Trouble(str(error), Code.MISSING) from error
    except ClusterError as error:
        raise Trouble(str(error)) from error
