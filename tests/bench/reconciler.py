"""How fast the reconciler brings many servers about, and what they cost afterwards."""

import argparse
import os
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.cluster import session
from tests.cluster.outage import unhurried
from tests.cluster.record import existing
from tests.kinds import asking
from tests.reconciler.crowd import TOLD, Figures, following, settled, writes
from tests.reconciler.program import Reconciler, running

COUNTS = (100, 300, 1000, 3000)
PODS = 400
"""So many Pods a simulated node is to have."""
MOST_SECONDS = 1800.0
POLL_SECONDS = 30.0
POLLS = 2


@dataclass(frozen=True)
class Result:
    """What one size of crowd took."""

    count: int
    programmed: float
    ready: float
    busy: float
    """Seconds of processor until all were settled."""
    polled: float
    """Seconds of processor for one look at everything when nothing changes, watches included."""
    memory: float
    highest: float
    requests: Mapping[str, int]
    settled_writes: int
    load: float

    def row(self) -> str:
        """Return it as a line of the table."""
        each = sum(self.requests.values()) / self.count
        return (
            f"| {self.count:,} | {self.programmed:.1f} | {self.ready:.1f} | {each:.1f} "
            f"| {self.busy / self.count * 1000:.0f} | {self.polled:.2f} | {self.memory:.0f} "
            f"| {self.highest:.0f} | {self.settled_writes} | {self.load:.1f} |"
        )


COLUMNS = (
    "servers",
    "s until Programmed",
    "s until Ready",
    "requests each",
    "CPU ms each",
    "CPU s per poll",
    "RSS MiB",
    "highest",
    "writes when settled",
    "load",
)
HEAD = f"| {' | '.join(COLUMNS)} |\n|{'--:|' * len(COLUMNS)}"


def measured(count: int, flags: list[str], *, hurried: bool) -> Result:
    """Bring up a control plane and a reconciler, and measure one crowd.

    Controllers are as they come, unless *hurried*: as where an administrator raised their limits.
    """
    nodes = f"--simulated-nodes={count // PODS + 1}"
    words = ["--namespace=default", f"--poll-interval={POLL_SECONDS:g}s", *TOLD, *flags]
    with session.own("control-plane", nodes) as rig, rig.namespace("bench") as cluster:
        asking.install(cluster)
        if not hurried:
            unhurried(existing(rig.name))
        with running(f"--kubeconfig={rig.kubeconfig}", *words) as reconciler:
            reconciler.wait_ready()
            with following(cluster) as crowd:
                before = Figures(reconciler)
                crowd.create(count)
                programmed = crowd.wait("Programmed", count, MOST_SECONDS)
                ready = crowd.wait("Ready", count, MOST_SECONDS)
                load = os.getloadavg()[0]
            after = settled(reconciler, MOST_SECONDS)
            first, last = _polls(reconciler)
            highest = _highest(reconciler)
    of_crowd = {kind: one for kind, one in after.requests(before).items() if "LIST" not in kind}
    return Result(
        count=count,
        programmed=programmed,
        ready=ready,
        busy=after.processor - before.processor,
        polled=(last.processor - first.processor) / POLLS,
        memory=last.memory,
        highest=highest,
        requests=of_crowd,
        settled_writes=writes(last.requests(first)),
        load=load,
    )


def until_programmed(count: int, flags: list[str], *, hurried: bool) -> str:
    """Return how long it took until so many were Programmed, as a line, and wait for no more.

    Ordinary controllers need a quarter of an hour to make the Pods of 3,000.
    """
    nodes = f"--simulated-nodes={count // PODS + 1}"
    words = ["--namespace=default", f"--poll-interval={POLL_SECONDS:g}s", *TOLD, *flags]
    with session.own("control-plane", nodes) as rig, rig.namespace("bench") as cluster:
        asking.install(cluster)
        if not hurried:
            unhurried(existing(rig.name))
        with running(f"--kubeconfig={rig.kubeconfig}", *words) as reconciler:
            reconciler.wait_ready()
            with following(cluster) as crowd:
                before = Figures(reconciler)
                crowd.create(count)
                seconds = crowd.wait("Programmed", count, MOST_SECONDS)
                after, highest = Figures(reconciler), _highest(reconciler)
    busy = (after.processor - before.processor) / count * 1000
    return (
        f"{count:,} Programmed after {seconds:.1f} s, {seconds / count * 1000:.1f} ms each, "
        f"{busy:.1f} ms of our processor time each, at most {highest:.0f} MiB"
    )


def _polls(reconciler: Reconciler) -> tuple[Figures, Figures]:
    """Return the figures before and after some looks at everything."""
    first = _after(reconciler, Figures(reconciler).polls + 1)
    return first, _after(reconciler, first.polls + POLLS)


def _after(reconciler: Reconciler, polls: int) -> Figures:
    deadline = time.monotonic() + (POLLS + 2) * POLL_SECONDS
    while (figures := Figures(reconciler)).polls < polls:
        assert time.monotonic() < deadline, "nothing is polled"
        time.sleep(0.5)
    return figures


def _highest(reconciler: Reconciler) -> float:
    """Return the most that was ever resident, in MiB."""
    status = Path(f"/proc/{reconciler.process.pid}/status").read_text()
    (line,) = (line for line in status.splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) / 1024


def kinds(results: list[Result]) -> str:
    """Return which requests were made, per server."""
    names = Counter[str]()
    for one in results:
        names.update(one.requests)
    rows = [
        f"| {name} | "
        + " | ".join(f"{one.requests.get(name, 0) / one.count:.2f}" for one in results)
        + " |"
        for name, _ in names.most_common()
    ]
    head = "| requests per server | " + " | ".join(f"{one.count:,}" for one in results) + " |"
    return "\n".join([head, "|---|" + "--:|" * len(results), *rows])


def main() -> None:
    """Measure crowds of several sizes and print the figures."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.reconciler", description=__doc__)
    parser.add_argument("--servers", type=int, nargs="+", default=COUNTS, metavar="N")
    parser.add_argument("--flags", nargs="*", default=[], metavar="FLAG", help="of the reconciler")
    parser.add_argument("--hurried", action="store_true", help="controllers with raised limits")
    parser.add_argument(
        "--only-programmed", action="store_true", help="wait for no Pods, and for nothing to settle"
    )
    given = parser.parse_args()
    if given.only_programmed:
        for count in given.servers:
            print(until_programmed(count, given.flags, hurried=given.hurried), flush=True)
        return
    results = list[Result]()
    for count in given.servers:
        results.append(measured(count, given.flags, hurried=given.hurried))
        print(f"{HEAD}\n{results[-1].row()}", flush=True)
    print(HEAD, *[one.row() for one in results], "", kinds(results), sep="\n")


if __name__ == "__main__":
    main()
