"""How long clusters take to come up and go, with warm caches: `make bench`."""

import argparse
import os
import time

from tests.bench.table import heading, row
from tests.cluster.record import Kind
from tests.cluster.session import rig

KINDS: tuple[Kind, ...] = ("control-plane", "node")


def seconds(*words: str) -> float:
    """Return how long one command of the rig takes."""
    started = time.monotonic()
    rig(*words)
    return time.monotonic() - started


def main() -> None:
    """Bring each kind of cluster up and down a few times and print the figures."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.clusters", description=__doc__)
    parser.add_argument("--runs", type=int, default=5, metavar="N", help="how often (5)")
    runs = parser.parse_args().runs
    rig("prepare")
    name = f"--name=bench-{os.getpid()}"
    print(heading(runs))
    for kind in KINDS:
        ups: list[float] = []
        downs: list[float] = []
        for _ in range(runs):
            ups.append(seconds("up", name, f"--kind={kind}"))
            downs.append(seconds("down", name))
        print(row(f"{kind} up", ups))
        print(row(f"{kind} down", downs))


if __name__ == "__main__":
    main()
