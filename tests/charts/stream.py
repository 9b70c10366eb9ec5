"""What people create all the time while kmcp is renewed, upgraded and taken away beneath them."""

import json
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Event, Thread
from typing import Any

from cluster.connection import Body, Connection
from cluster.errors import ClusterError, Invalid
from kinds.names import ADAPTER_CONTAINER
from tests.cluster.facade import Cluster

EVERY_SECONDS = 0.25
MOST_ROUNDS = 4000
JOIN_SECONDS = 60.0
REFUSED_BY_US = "admission webhook"

Object = dict[str, Any]


@dataclass
class Stream:
    """Creates in rounds: a Pod that asks for an adapter, a right MCPServer and a wrong one.

    The Pods are stored, and wait behind a gate for a node that they never get; the MCPServers are
    dry runs, which pass the same webhooks.
    """

    api: Connection
    namespace: str
    rounds: int = 0
    slowest: float = 0.0
    """How long the slowest answer took, in seconds."""
    failures: list[str] = field(default_factory=list[str])
    is_installed: bool = True
    """Once False, right objects have to be accepted and nothing else is expected."""
    over: Event = field(default_factory=Event)

    def run(self) -> None:
        """Go on until it is over."""
        began = time.monotonic()
        while not self.over.wait(max(0.0, self.rounds * EVERY_SECONDS - self._since(began))):
            self._round()
            self.rounds += 1
            if self.rounds >= MOST_ROUNDS:
                return

    def wait_rounds(self, number: int, seconds: float = JOIN_SECONDS) -> None:
        """Return once *number* more rounds are over."""
        wanted, deadline = self.rounds + number, time.monotonic() + seconds
        while self.rounds < wanted:
            assert time.monotonic() < deadline, f"{self.rounds} rounds, {wanted} wanted"
            time.sleep(EVERY_SECONDS)

    def _round(self) -> None:
        expected = self.is_installed  # as it was when we asked
        self._told("Pod", self._pod(expected))
        self._told("right MCPServer", self._right(expected))
        if expected:
            self._told("wrong MCPServer", self._wrong())

    def _told(self, what: str, problem: str | None) -> None:
        if problem is not None:
            self.failures.append(f"round {self.rounds}, {what}: {problem}")

    def _pod(self, expected: bool) -> str | None:
        try:
            pod = self._create("api/v1", "pods", gated_pod(f"gated-{self.rounds}"), dry_run=False)
        except ClusterError as error:
            return str(error)
        containers = [*pod["spec"].get("initContainers", []), *pod["spec"]["containers"]]
        is_injected = ADAPTER_CONTAINER in [one["name"] for one in containers]
        return "has no adapter" if expected and not is_injected else None

    def _right(self, expected: bool) -> str | None:
        try:
            found = self._server(server("right", port=None))
        except ClusterError as error:
            return str(error)
        is_complete = found["spec"]["deployment"].get("port") == 3000
        return "was not completed" if expected and not is_complete else None

    def _wrong(self) -> str | None:
        try:
            self._server(server("wrong", port=70000))
        except Invalid as error:
            return None if REFUSED_BY_US in str(error) else f"by somebody else: {error}"
        except ClusterError as error:
            return str(error)
        return "was accepted"

    def _server(self, document: Object) -> Object:
        return self._create("apis/kagent.dev/v1alpha1", "mcpservers", document, dry_run=True)

    def _create(self, group: str, plural: str, document: Object, *, dry_run: bool) -> Object:
        began = time.monotonic()
        path = f"/{group}/namespaces/{self.namespace}/{plural}"
        query = {"dryRun": "All"} if dry_run else None
        try:
            answer = self.api.request("POST", path, query, Body(json.dumps(document).encode()))
        finally:
            self.slowest = max(self.slowest, self._since(began))
        found: Object = json.loads(answer)
        return found

    @staticmethod
    def _since(began: float) -> float:
        return time.monotonic() - began


@contextmanager
def creating(cluster: Cluster) -> Generator[Stream]:
    """Create in a namespace, in the background."""
    stream = Stream(cluster.api, cluster.namespace)
    thread = Thread(target=stream.run, name="creations", daemon=True)
    thread.start()
    try:
        yield stream
    finally:
        stream.over.set()
        thread.join(JOIN_SECONDS)
    assert not thread.is_alive()


def server(name: str, port: int | None) -> Object:
    """Return an MCPServer."""
    deployment = {"image": "example/server:1", "cmd": "/server"}
    return {
        "apiVersion": "kagent.dev/v1alpha1",
        "kind": "MCPServer",
        "metadata": {"name": name},
        "spec": {"deployment": deployment | ({} if port is None else {"port": port})},
    }


def gated_pod(name: str) -> Object:
    """Return a Pod that asks for an adapter, may be created anywhere, and is never scheduled."""
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "labels": {"kmcp.dev/inject": "true"}},
        "spec": {
            "schedulingGates": [{"name": "kmcp.dev/never"}],
            "securityContext": {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}},
            "containers": [
                {
                    "name": "server",
                    "image": "example/server:1",
                    "command": ["/server"],
                    "securityContext": {
                        "allowPrivilegeEscalation": False,
                        "capabilities": {"drop": ["ALL"]},
                    },
                }
            ],
        },
    }
