"""A namespace on a real node in which servers are looked after, and how it is asked about them."""

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from kinds.names import API_VERSION, KIND, MCP_PATH
from kinds.reading import Fields
from tests.cluster.facade import Cluster, Object, is_true
from tests.reconciler.node.calling import Caller
from tests.reconciler.node.images import SERVER
from tests.reconciler.program import Reconciler, wait
from tests.reconciler.site import condition

SECONDS = 90.0
PROMPT_SECONDS = 5.0
"""So soon after the cluster knows the status has to say it."""
LOOK_SECONDS = 0.1
COMMAND = "/app/mcp-server"
READY = ("True", "DeploymentReady", "MCPServer deployment is ready")
"""What `ready` tells of a server that is."""

Claim = Callable[[list[Object]], bool]
"""What Pods show."""


class Stage:
    """A namespace."""

    def __init__(self, cluster: Cluster, reconciler: Reconciler, caller: Caller) -> None:
        self.cluster = cluster
        self.reconciler = reconciler
        self._caller = caller

    def create(self, name: str, metadata: Object | None = None, **deployment: Any) -> None:  # noqa: ANN401 - JSON
        """Apply an MCPServer that speaks stdio."""
        self.spec(
            name,
            {
                "transportType": "stdio",
                "deployment": {"image": SERVER, "cmd": COMMAND, **deployment},
            },
            metadata,
        )

    def spec(self, name: str, spec: Fields, metadata: Object | None = None) -> None:
        """Apply any MCPServer."""
        about = {"name": name, **(metadata or {})}
        self.cluster.apply(
            {"apiVersion": API_VERSION, "kind": KIND, "metadata": about, "spec": spec}
        )

    def patch(self, name: str, **deployment: Any) -> None:  # noqa: ANN401 - JSON
        """Change parts of a server; what is None goes."""
        patch = json.dumps({"spec": {"deployment": deployment}})
        self.cluster.kubectl("patch", "mcpserver", name, "--type=merge", f"--patch={patch}")

    def ready(self, name: str) -> Object:
        """Return a server once it is ready."""
        claim = "Ready"
        return self.cluster.wait("mcpserver", name, lambda one: is_true(one, claim), claim, SECONDS)

    def told(self, name: str, *words: str, of: str = "Ready") -> Object:
        """Return a server once a condition's message has all these words."""
        return self.cluster.wait(
            "mcpserver", name, lambda one: says(one, *words, of=of), " ".join(words), SECONDS
        )

    def promptly(self, name: str, known: Claim, *words: str) -> Object:
        """Return a server once its message has all these words, soon after its Pods show why."""
        since, deadline = None, time.monotonic() + SECONDS
        while True:
            if since is None and known(self.pods(name)):
                since = time.monotonic()
            found = self.server(name)
            if says(found, *words):
                break
            story = f"{words} not in {condition(found, 'Ready')}"
            assert time.monotonic() < deadline, story
            assert since is None or time.monotonic() < since + PROMPT_SECONDS, story
            time.sleep(LOOK_SECONDS)
        return found

    def server(self, name: str) -> Object:
        """Return a server as it is."""
        path = f"/apis/{API_VERSION}/namespaces/{self.cluster.namespace}/mcpservers/{name}"
        found: Object = json.loads(self.cluster.api.request("GET", path))
        return found

    def pods(self, name: str) -> list[Object]:
        """Return the Pods of a server that are not about to end."""
        path = f"/api/v1/namespaces/{self.cluster.namespace}/pods"
        query = {"labelSelector": f"app.kubernetes.io/instance={name}"}
        found: list[Object] = json.loads(self.cluster.api.request("GET", path, query))["items"]
        return [one for one in found if "deletionTimestamp" not in one["metadata"]]

    def shows(self, name: str, ready: str, reason: str, replicas: int = 1) -> None:
        """Return once `kubectl get mcpservers` shows this of a server on stdio."""
        url = f"http://{name}.{self.cluster.namespace}.svc.cluster.local:3000/mcp"
        row = [name, ready, "stdio", url, str(replicas), reason]
        wait(
            lambda: self.columns(name) == row,
            lambda: f"{self.columns(name)} is not {row}",
        )

    def columns(self, name: str) -> list[str]:
        """Return what `kubectl get mcpservers` shows of a server, but for its age."""
        words = ["get", "mcpservers", name, "--no-headers", "--output=wide"]
        return self.cluster.kubectl(*words).split()[:-1]

    def call(self, name: str, tool: str, path: str = MCP_PATH, /, **given: object) -> str:
        """Return what the Python SDK hears of a tool through a Service, good or bad."""
        spec = self.cluster.get("service", name)["spec"]
        url = f"http://{spec['clusterIP']}:{spec['ports'][0]['port']}{path}"
        return self._caller.call(url, tool, given)

    def event(self, name: str, reason: str, note: str) -> None:
        """Return once an Event about a server says this."""
        wait(
            lambda: (reason, note) in self._events(name),
            lambda: f"{reason}: {note} is not among {self._events(name)}",
        )

    def _events(self, name: str) -> list[tuple[str, str]]:
        chosen = f"--field-selector=involvedObject.kind=MCPServer,involvedObject.name={name}"
        found = json.loads(self.cluster.kubectl("get", "events", "--output=json", chosen))
        return [(one["reason"], one["message"]) for one in found["items"]]

    def is_refused(self, _pods: list[Object]) -> bool:
        """Claim that the cluster takes no Pods."""
        path = f"/apis/apps/v1/namespaces/{self.cluster.namespace}/replicasets"
        found: list[Object] = json.loads(self.cluster.api.request("GET", path))["items"]
        conditions = [one for each in found for one in each["status"].get("conditions", [])]
        return any(one["type"] == "ReplicaFailure" for one in conditions)

    def volume(self, claim: str, folder: Path | None = None) -> None:
        """Make a claim, and a volume for it: a folder of this machine, which is the node's too."""
        namespace = self.cluster.namespace
        name = f"{namespace}-{claim}"
        where = str(folder or f"/var/lib/kmcp-volumes/{name}")
        size = {"storage": "1Gi"}
        common = {"accessModes": ["ReadWriteOnce"], "storageClassName": ""}
        about = {"apiVersion": "v1", "kind": "PersistentVolume", "metadata": {"name": name}}
        spec = {
            **common,
            "capacity": size,
            "hostPath": {"path": where, "type": "DirectoryOrCreate"},
            "claimRef": {"namespace": namespace, "name": claim},
            "persistentVolumeReclaimPolicy": "Retain",
        }
        self.cluster.apply({**about, "spec": spec})
        about = {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": claim}}
        wish = {**common, "resources": {"requests": size}, "volumeName": name}
        self.cluster.apply({**about, "spec": wish})


def says(server: Object, *words: str, of: str = "Ready") -> bool:
    """Say whether a condition's message has all these words."""
    message = str(condition(server, of).get("message", ""))
    return all(word in message for word in words)


def ready(server: Object) -> tuple[str, str, str]:
    """Return what a server says of its readiness."""
    found = condition(server, "Ready")
    return found["status"], found["reason"], found["message"]


def states(pods: list[Object]) -> list[Object]:
    """Return how the containers of Pods are."""
    return [
        one
        for pod in pods
        for group in ("initContainerStatuses", "containerStatuses")
        for one in pod["status"].get(group, [])
    ]


def waits(*reasons: str) -> Claim:
    """Return a claim: a container waits for one of these reasons."""
    return lambda pods: any(
        one["state"].get("waiting", {}).get("reason") in reasons for one in states(pods)
    )


def lacks(kind: str) -> Claim:
    """Return a claim: the condition of a Pod is False."""

    def claim(pods: list[Object]) -> bool:
        conditions = [one for pod in pods for one in pod["status"].get("conditions", [])]
        return any((one["type"], one["status"]) == (kind, "False") for one in conditions)

    return claim


def ended(code: int) -> Claim:
    """Return a claim: a container has ended with this code."""
    return lambda pods: any(
        one[when].get("terminated", {}).get("exitCode") == code
        for one in states(pods)
        for when in ("state", "lastState")
    )


def never(_pods: list[Object]) -> bool:
    """Claim nothing: no Pod shows what is wrong."""
    return False
