"""Many servers at once: made, followed until they are as they should be, and what that costs."""

import json
import re
import time
import urllib.request
from collections.abc import Generator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Condition, Event, Thread

import msgspec

from cluster.client import Client
from cluster.connection import Body
from cluster.resources import MCPSERVERS
from cluster.watch import Added, Deleted, Modified, Synced, watch
from kinds.names import API_VERSION, KIND
from tests.cluster.facade import Cluster, Object
from tests.reconciler.program import Reconciler

CLIENTS = 4
TOLD = ("--metrics-bind-address=127.0.0.1:0", "--metrics-secure=false")
"""The flags by which a reconciler tells its figures to everybody."""
SAMPLE = re.compile(r"^([a-z_]+)(?:\{(.*)\})? (\S+)$", re.MULTILINE)


class _Condition(msgspec.Struct):
    type: str
    status: str


class _Status(msgspec.Struct):
    conditions: list[_Condition] = []


class _Metadata(msgspec.Struct):
    name: str


class _Server(msgspec.Struct):
    metadata: _Metadata
    status: _Status = msgspec.field(default_factory=_Status)


class Crowd:
    """The servers of one namespace, followed by a watch."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._path = MCPSERVERS.path(cluster.namespace)
        self._true: dict[str, set[str]] = {}
        self._news = Condition()
        self._began = 0.0

    def create(self, count: int, prefix: str = "tool") -> None:
        """Make many servers from several clients."""
        self._began = time.monotonic()
        with ThreadPoolExecutor(CLIENTS) as pool:
            list(pool.map(self._create, [f"{prefix}-{number}" for number in range(count)]))

    def wait(self, condition: str, count: int, seconds: float) -> float:
        """Return how long after the first was made so many had this condition."""
        with self._news:
            done = self._news.wait_for(lambda: self.having(condition) >= count, seconds)
            assert done, f"{self.having(condition)} of {count} are {condition}"
        return time.monotonic() - self._began

    def having(self, condition: str) -> int:
        """Return how many have this condition now."""
        return sum(condition in one for one in self._true.values())

    def versions(self) -> Mapping[str, str]:
        """Return the resourceVersion of all that the reconciler may write."""
        kinds = "mcpservers,deployments,services,serviceaccounts"
        return {
            f"{one['kind']}/{one['metadata']['name']}": one["metadata"]["resourceVersion"]
            for one in self._cluster.find(kinds)
        }

    def follow(self, over: Event) -> None:
        """Take note of conditions until *over*."""
        client = Client(self._cluster.api)
        for event in watch(client, MCPSERVERS, self._cluster.namespace, _Server, over):
            with self._news:
                match event:
                    case Synced(listing):
                        self._true = {one.metadata.name: _true(one) for one in listing.items}
                    case Added(one) | Modified(one):
                        self._true[one.metadata.name] = _true(one)
                    case Deleted(metadata, _):
                        self._true.pop(metadata.name, None)
                    case _:
                        continue
                self._news.notify_all()

    def _create(self, name: str) -> None:
        body = Body(json.dumps(server(name)).encode())
        self._cluster.api.request("POST", self._path, body=body)


@contextmanager
def following(cluster: Cluster) -> Generator[Crowd]:
    """Lend a crowd that is followed for as long as the block lasts."""
    crowd, over = Crowd(cluster), Event()
    thread = Thread(target=crowd.follow, args=[over], daemon=True)
    thread.start()
    try:
        yield crowd
    finally:
        over.set()
        thread.join(10)


def server(name: str) -> Object:
    """Return a server as most are."""
    deployment = {
        "image": "registry.example.com/tool:1",
        "cmd": "tool",
        "args": ["--verbose"],
        "env": {"LEVEL": "info", "REGION": "north"},
        "port": 3000,
    }
    spec = {"transportType": "stdio", "deployment": deployment}
    return {"apiVersion": API_VERSION, "kind": KIND, "metadata": {"name": name}, "spec": spec}


class Figures:
    """What a reconciler says of itself at one moment."""

    def __init__(self, reconciler: Reconciler) -> None:
        url = f"http://127.0.0.1:{reconciler.metrics}/metrics"
        with urllib.request.urlopen(url, timeout=60) as answer:
            text: str = answer.read().decode()
        self._samples = {
            (found[1], found[2] or ""): float(found[3]) for found in SAMPLE.finditer(text)
        }

    @property
    def processor(self) -> float:
        """Seconds of processor time since the start."""
        return self._samples["process_cpu_seconds_total", ""]

    @property
    def memory(self) -> float:
        """What is resident, in MiB."""
        return self._samples["process_resident_memory_bytes", ""] / 2**20

    @property
    def polls(self) -> int:
        """How often everything was looked at."""
        return int(self._samples["kmcp_polls_total", ""])

    def requests(self, before: "Figures | None" = None) -> dict[str, int]:
        """Return how many requests of which kind were made, since *before*."""
        found = {
            _kind(labels): int(value - (before.sample(name, labels) if before else 0))
            for (name, labels), value in self._samples.items()
            if name == "kmcp_api_requests_total"
        }
        return {kind: count for kind, count in found.items() if count}

    def sample(self, name: str, labels: str = "") -> float:
        """Return one figure; 0 when it was never counted."""
        return self._samples.get((name, labels), 0.0)


def settled(reconciler: Reconciler, seconds: float, quiet: float = 3.0) -> Figures:
    """Return the figures once nothing was written for *quiet* seconds."""
    deadline = time.monotonic() + seconds
    before, since = Figures(reconciler), time.monotonic()
    while time.monotonic() - since < quiet:
        assert time.monotonic() < deadline, f"still writing: {Figures(reconciler).requests(before)}"
        time.sleep(0.5)
        now = Figures(reconciler)
        if writes(now.requests(before)):
            before, since = now, time.monotonic()
    return Figures(reconciler)


def writes(requests: Mapping[str, int]) -> int:
    """Return how many of these change something."""
    return sum(count for kind, count in requests.items() if kind.split()[0] in WRITING)


WRITING = ("POST", "PATCH", "PUT", "DELETE")


def _kind(labels: str) -> str:
    found = dict(re.findall(r'([a-z]+)="([^"]*)"', labels))
    return f"{found['method']} {found['resource']}"


def _true(one: _Server) -> set[str]:
    return {each.type for each in one.status.conditions if each.status == "True"}
