"""How much later an injected Pod answers its first `tools/list` than one that speaks HTTP itself.

`python -m tests.bench.first_answer` runs the same server both ways in turns on a real node, because
the machine's mood changes: what counts is the difference of the medians.
"""

import argparse
import asyncio
import json
import statistics
import time
from collections.abc import Sequence

from cluster.connection import Body
from kinds.reading import Fields
from tests.adapter.injected import images
from tests.adapter.injected.images import NODE
from tests.adapter.injected.manifests import FORMS, injected, server
from tests.adapter.injection.pods import pod
from tests.adapter.peers import Modern, Refused, request
from tests.bench.table import heading, row
from tests.cluster import session
from tests.cluster.facade import Cluster, Object, is_true

LOOK_SECONDS = 0.01
LATE_SECONDS = 60.0
TARGET_SECONDS = 1.0
NATIVELY = "HTTP of its own"
Times = dict[str, float]
"""Seconds from the creation of a Pod to each of its steps."""


def manifest(way: str) -> Fields:
    """Return the Pod of one way to serve."""
    if way in FORMS:
        return injected(pod(server(NODE)), FORMS[way])
    made = pod(server(NODE, command=[*NODE.command, "3000"]))
    made["metadata"].pop("annotations")
    return made


async def measured(cluster: Cluster, way: str) -> Times:
    """Create a Pod, and return how long it took until it had answered."""
    path = f"/api/v1/namespaces/{cluster.namespace}/pods"
    body = Body(json.dumps(manifest(way)).encode())
    began = time.monotonic()
    cluster.api.request("POST", path, body=body)
    times: Times = {}
    async with asyncio.timeout(LATE_SECONDS):
        host = await _address(cluster, f"{path}/served")
        times["address"] = time.monotonic() - began
        await _answer(host)
        times["answer"] = time.monotonic() - began
        await _ready(cluster, f"{path}/served")
        times["ready"] = time.monotonic() - began
    cluster.kubectl("delete", "pod", "served", "--grace-period=1")
    cluster.wait_gone("pod", "served")
    return times


async def _address(cluster: Cluster, path: str) -> str:
    while not (found := _seen(cluster, path)["status"].get("podIP")):
        await asyncio.sleep(LOOK_SECONDS)
    return str(found)


async def _ready(cluster: Cluster, path: str) -> None:
    while not is_true(_seen(cluster, path), "Ready"):
        await asyncio.sleep(LOOK_SECONDS)


def _seen(cluster: Cluster, path: str) -> Object:
    found: Object = json.loads(cluster.api.request("GET", path))
    return found


async def _answer(host: str) -> None:
    """Ask until there is an answer."""
    answer = b""
    while b'"tools"' not in answer:
        client = Modern(3000, host)
        try:
            answer = await client.ask(request("tools/list", {}))
        except (OSError, EOFError, Refused):
            await asyncio.sleep(LOOK_SECONDS)
        finally:
            await client.leave()


def main() -> None:
    """Measure in turns, and print what an adapter costs."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.first_answer", description=__doc__)
    parser.add_argument("--runs", type=int, default=10, metavar="N", help="how often (10)")
    runs = parser.parse_args().runs
    found: dict[str, list[Times]] = {way: [] for way in (NATIVELY, *FORMS)}
    with session.own("node") as running, running.namespace("bench") as cluster:
        images.load(cluster, NODE)
        for turn in range(runs + 1):
            for way, times in found.items():
                one = asyncio.run(measured(cluster, way))
                if turn:  # the first warms everything up
                    times.append(one)
    print(heading(runs))
    for way, times in found.items():
        for step in times[0]:
            print(row(f"{way}: {step}", [one[step] for one in times]))
    for way in FORMS:
        more = _median(found[way]) - _median(found[NATIVELY])
        print(f"{way}: {more:+.2f} s until the first answer (target {TARGET_SECONDS:.1f} s)")


def _median(times: Sequence[Times]) -> float:
    return statistics.median(one["answer"] for one in times)


if __name__ == "__main__":
    main()
