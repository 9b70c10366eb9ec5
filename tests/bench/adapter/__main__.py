"""Our bridge beside its peers, in one run: `python -m tests.bench.adapter`."""

import argparse
import os
import platform
import sys
from collections.abc import Sequence
from datetime import UTC, datetime

from tests.bench.adapter import page, places, table
from tests.bench.adapter.peers import PEERS, Peer, child, exists
from tests.bench.adapter.places import PeerError
from tests.bench.adapter.results import Results, read
from tests.bench.adapter.run import QUICK, Plan, Run


def arguments() -> argparse.Namespace:
    """Return what the command line says."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.adapter", description=__doc__)
    names = [peer.name for peer in PEERS]
    parser.add_argument("--quick", action="store_true", help="at most three minutes instead of 15")
    parser.add_argument(
        "--only", nargs="+", metavar="PEER", choices=names, default=names, help=", ".join(names)
    )
    text = "keep the results in the docs: the table, the plot and the JSON they are made from"
    parser.add_argument("--write", action="store_true", help=text)
    parser.add_argument(
        "--again", action="store_true", help="show the last results, measure nothing"
    )
    return parser.parse_args()


def chosen(names: Sequence[str]) -> list[Peer]:
    """Return the peers that are wanted and exist, built or installed."""
    found = [peer for peer in PEERS if peer.name in names and exists(peer)]
    places.program("load")
    for kind in ("legacy", "dual", "python"):
        child(kind)
    for peer in found:
        peer.install()
    return found


def machine() -> str:
    """Return what the figures depend on, in a few words."""
    cores = len(os.sched_getaffinity(0))
    return f"{cores} cores ({platform.machine()}), Python {platform.python_version()}"


def measured(names: Sequence[str], *, quick: bool) -> Results:
    """Measure, and return what was found."""
    peers = chosen(names)
    today = datetime.now(UTC).date().isoformat()
    results = Results([peer.name for peer in peers], machine(), today, quick)
    Run(QUICK if quick else Plan(), peers, results).everything()
    return results


def main() -> int:
    """Measure what is wanted, print the table, and keep the results."""
    wanted = arguments()
    last = places.folder() / "results.json"
    try:
        results = read(last) if wanted.again else measured(wanted.only, quick=wanted.quick)
    except PeerError as error:
        print(error, file=sys.stderr)
        return 1
    results.write(last)
    print(table.text(results))
    print(f"\nevery figure: {last}")
    if wanted.write:
        page.keep(results)
    return 0


if __name__ == "__main__":
    sys.exit(main())
