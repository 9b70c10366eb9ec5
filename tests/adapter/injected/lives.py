"""How Pods end, seen from outside: how long it takes, and whether anybody had to be killed."""

import json
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Event, Thread

from tests.adapter.injected.reached import SELECTOR
from tests.adapter.program import wait
from tests.cluster.facade import Cluster, Object

LOOK_SECONDS = 0.25
KILLED = 137


@dataclass
class Lives:
    """All Pods of a test that were told to end."""

    told: dict[str, float] = field(default_factory=dict[str, float])
    gone: dict[str, float] = field(default_factory=dict[str, float])
    codes: dict[str, dict[str, int]] = field(default_factory=dict[str, dict[str, int]])

    def look(self, pods: list[Object]) -> None:
        """Take note of what there is now."""
        now = time.monotonic()
        there = {pod["metadata"]["name"]: pod for pod in pods}
        for name, pod in there.items():
            if "deletionTimestamp" in pod["metadata"]:
                self.told.setdefault(name, now)
                self.codes[name] = exit_codes(pod) or self.codes.get(name, {})
        for name in self.told:
            if name not in there:
                self.gone.setdefault(name, now)

    def are_over(self) -> bool:
        """Say whether all that were told to end have ended."""
        return set(self.told) == set(self.gone)

    def longest_end(self) -> float:
        """Return how many seconds the slowest of them took."""
        now = time.monotonic()
        return max(self.gone.get(name, now) - told for name, told in self.told.items())

    def killed(self) -> list[str]:
        """Return which containers did not end by themselves."""
        return [
            f"{pod}/{container}"
            for pod, codes in self.codes.items()
            for container, code in codes.items()
            if code == KILLED
        ]


def exit_codes(pod: Object) -> dict[str, int]:
    """Return how the containers of a Pod have ended, as far as they have."""
    status = pod["status"]
    both = status.get("initContainerStatuses", []) + status.get("containerStatuses", [])
    return {
        one["name"]: one["state"]["terminated"]["exitCode"]
        for one in both
        if "terminated" in one["state"]
    }


@contextmanager
def watched(cluster: Cluster) -> Generator[Lives]:
    """Watch the Pods of a test while the block lasts, and to the end of those that are ending."""
    lives, over = Lives(), Event()
    path = f"/api/v1/namespaces/{cluster.namespace}/pods"

    def look() -> None:
        while not over.wait(LOOK_SECONDS):
            found = cluster.api.request("GET", path, query={"labelSelector": SELECTOR})
            lives.look(json.loads(found)["items"])

    watcher = Thread(target=look)
    watcher.start()
    try:
        yield lives
        wait(lives.are_over, lambda: f"told {lives.told}, gone {lives.gone}")
    finally:
        over.set()
        watcher.join()
