"""Webhook configurations that match nothing real, and a writer's view of them, for tests."""

import base64
import json
from collections.abc import Callable, Container, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from certs.rotation import Wish, service_hosts
from cluster.certificates import Place, Requests
from cluster.connection import Body
from cluster.errors import NotFound
from tests.cluster.facade import Cluster, Object

WISH = Wish(hosts=service_hosts("webhook", "kmcp-system", "cluster.local"))
KINDS = ("MutatingWebhookConfiguration", "ValidatingWebhookConfiguration")


@dataclass
class Scene:
    """A namespace with a place for certificates, and one configuration of either kind."""

    cluster: Cluster
    place: Place

    @property
    def secret_path(self) -> str:
        return f"/api/v1/namespaces/{self.place.namespace}/secrets/{self.place.secret}"

    @property
    def paths(self) -> list[str]:
        return [path(kind, self.place.namespace) for kind in KINDS]

    def secret(self) -> dict[str, bytes]:
        """Return what is in the Secret."""
        stored: dict[str, str] = self.read(self.secret_path)["data"]
        return {name: base64.b64decode(value) for name, value in stored.items()}

    def bundles(self) -> set[bytes]:
        """Return the different bundles that the configurations have."""
        hooks = [hook for path in self.paths for hook in self.read(path)["webhooks"]]
        return {base64.b64decode(hook["clientConfig"].get("caBundle", "")) for hook in hooks}

    def versions(self) -> list[str]:
        """Return the resource version of everything that a writer may write."""
        paths = [self.secret_path, *self.paths]
        return [self.read(path)["metadata"]["resourceVersion"] for path in paths]

    def read(self, path: str) -> Object:
        found: Object = json.loads(self.cluster.api.request("GET", path))
        return found

    def merge(self, path: str, patch: Object) -> None:
        body = Body(json.dumps(patch).encode(), "application/merge-patch+json")
        self.cluster.api.request("PATCH", path, body=body)

    def overwrite_bundle(self, path: str, pem: bytes) -> None:
        """Give the webhooks of a configuration another bundle, as a careless person might."""
        hooks = self.read(path)["webhooks"]
        for hook in hooks:
            hook["clientConfig"]["caBundle"] = base64.b64encode(pem).decode()
        self.merge(path, {"webhooks": hooks})

    def delete(self, path: str) -> None:
        self.cluster.api.request("DELETE", path)


@dataclass
class Interrupted:
    """A connection on which something else happens right before the requests of these numbers."""

    api: Requests
    before: Container[int]
    happens: Callable[[], object]
    count: int = 0

    def request(
        self,
        method: str,
        path: str,
        query: Mapping[str, str] | None = None,
        body: Body | None = None,
    ) -> bytes:
        self.count += 1
        if self.count in self.before:
            self.happens()
        return self.api.request(method, path, query, body)


@contextmanager
def scene(cluster: Cluster) -> Generator[Scene]:
    """Yield a scene without a Secret, and remove its configurations afterwards."""
    name = cluster.namespace
    place = Place(namespace=name, secret="webhook-tls", mutating=(name,), validating=(name,))
    made = Scene(cluster, place)
    try:
        for kind in KINDS:
            body = Body(json.dumps(configuration(kind, name)).encode())
            cluster.api.request("POST", path(kind), body=body)
        yield made
    finally:
        for one in made.paths:
            _forget(made, one)


def path(kind: str, name: str = "") -> str:
    plural = f"/apis/admissionregistration.k8s.io/v1/{kind.lower()}s"
    return f"{plural}/{name}" if name else plural


def configuration(kind: str, name: str, hooks: tuple[str, ...] = ("one", "two")) -> Object:
    """Return a configuration as a chart renders it: without a bundle."""
    return {
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": kind,
        "metadata": {"name": name},
        "webhooks": [_hook(hook) for hook in hooks],
    }


def _hook(name: str) -> dict[str, Any]:
    rule = {"apiGroups": ["nothing.kmcp.test"], "apiVersions": ["v1"], "resources": ["nothings"]}
    return {
        "name": f"{name}.kmcp.test",
        "admissionReviewVersions": ["v1"],
        "sideEffects": "None",
        "clientConfig": {"service": {"name": "webhook", "namespace": "kmcp-system"}},
        "rules": [{**rule, "operations": ["CREATE"]}],
    }


def _forget(made: Scene, path: str) -> None:
    try:
        made.delete(path)
    except NotFound:
        return
