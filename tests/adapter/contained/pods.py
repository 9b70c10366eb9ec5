"""Pods with a server and its adapter, and how a test talks to them."""

import http.client
import json
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tests.adapter.client import Client
from tests.adapter.contained import images
from tests.adapter.program import WAIT_SECONDS
from tests.cluster.facade import Cluster, Object, is_true
from tests.images.product import adapter

MANIFEST = Path(__file__).with_name("pod.yaml")
NAME = "served"
LEVEL = "pod-security.kubernetes.io/enforce=restricted"


@dataclass(frozen=True)
class Served:
    """A Pod that serves."""

    cluster: Cluster
    host: str
    port: int = 3000

    def status(self) -> dict[str, Any]:
        """Return what the adapter tells of itself."""
        found: dict[str, Any] = json.loads(self.admin("/status")[1])
        return found

    def admin(self, path: str) -> tuple[int, bytes]:
        """Return what the port for people answers."""
        with closing(http.client.HTTPConnection(self.host, 3901, timeout=WAIT_SECONDS)) as client:
            client.request("GET", path)
            answer = client.getresponse()
            return answer.status, answer.read()

    def begun(self) -> Client:
        """Return a client with a session."""
        client = Client(self)
        assert client.initialize().status == 200
        return client

    def server(self) -> Object:
        """Return the status of the server's container."""
        return container(self.cluster.get("pod", NAME))


def applied(
    cluster: Cluster,
    image: str,
    command: Sequence[str],
    user: int = 1001,
    *,
    shared: bool = False,
) -> None:
    """Apply a Pod that serves *command* from *image*, in a namespace of the restricted level."""
    for archive in (adapter(), images.carrier(), image):
        cluster.load(archive)
    cluster.kubectl("label", "namespace", cluster.namespace, LEVEL)
    pod = yaml.safe_load(MANIFEST.read_text())
    (server,) = pod["spec"]["containers"]
    server["image"] = "kmcp.test/distroless:1" if image.endswith(".tar") else image
    server["command"] += command
    server["securityContext"] |= {"runAsUser": user, "runAsGroup": user}
    pod["spec"]["shareProcessNamespace"] = shared
    cluster.apply(pod)


def served(cluster: Cluster) -> Served:
    """Return the Pod once it is ready for calls."""
    pod = cluster.wait("pod", NAME, lambda found: is_true(found, "Ready"), "Ready")
    return Served(cluster, pod["status"]["podIP"])


def container(pod: Object) -> Object:
    """Return the status of the server's container, empty while there is none."""
    found: list[Object] = pod["status"].get("containerStatuses") or [{}]
    return found[0]
