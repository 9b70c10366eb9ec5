"""Brings the objects of a server about on a real API server, as the reconciler does."""

from pathlib import Path
from typing import Any

from cluster.bodies import json_patch
from cluster.client import Client
from cluster.errors import NotFound
from cluster.resources import MCPSERVERS, SERVICE_ACCOUNTS, Resource
from kinds.names import API_VERSION, KIND
from kinds.reading import Fields
from reconciler.acceptance import understood
from reconciler.adoption import preparation
from reconciler.config import MANAGER
from reconciler.desired import Desired, desired
from reconciler.difference import differences
from reconciler.observed import Observed
from tests.cluster.facade import Cluster
from tests.kinds import corpus
from tests.reconciler.worlds import CONFIG, present

KINDS = {
    "ServiceAccount": "service_account",
    "Service": "service",
    "Deployment": "deployment",
    "NetworkPolicy": "network_policy",
}
RESOURCES = {
    "ServiceAccount": SERVICE_ACCOUNTS,
    "Service": Resource("", "v1", "services"),
    "Deployment": Resource("apps", "v1", "deployments"),
    "NetworkPolicy": Resource("networking.k8s.io", "v1", "networkpolicies"),
}


class Place:
    """A namespace, and the verbs that a pass needs."""

    def __init__(self, cluster: Cluster) -> None:
        self.cluster = cluster
        self.client = Client(cluster.api)

    def create(self, manifest: Fields) -> Fields:
        """Store an MCPServer and return it with its defaults."""
        metadata = {**manifest["metadata"], "namespace": self.cluster.namespace}
        whole = {"apiVersion": API_VERSION, "kind": KIND, **manifest, "metadata": metadata}
        return understood(
            self.client.create(MCPSERVERS, self.cluster.namespace, whole, dict[str, Any]), CONFIG
        )

    def create_file(self, path: Path) -> Fields:
        """Store the MCPServer of a file in the corpus."""
        return self.create(corpus.load(path))

    def observed(self, server: Fields, **more: Any) -> Observed:  # noqa: ANN401 - JSON
        """Return what is there."""
        live = {attribute: self.live(kind, server) for kind, attribute in KINDS.items()}
        around: Fields = {"references": present(server), **live, **more}
        return Observed(**around)

    def live(self, kind: str, server: Fields) -> Fields | None:
        """Return an object of the server's name, managedFields and all."""
        name, namespace = server["metadata"]["name"], self.cluster.namespace
        try:
            return self.client.get(RESOURCES[kind], namespace, name, dict[str, Any])
        except NotFound:
            return None

    def wish(self, server: Fields, **observed: Any) -> Desired:  # noqa: ANN401 - Observed
        """Return what a server is to have now."""
        return desired(server, self.observed(server, **observed), CONFIG)

    def edit(
        self, kind: str, server: Fields, *operations: Fields, manager: str = "kubectl-edit"
    ) -> None:
        """Change an object as a person does, by a JSON patch."""
        resource, name = RESOURCES[kind], server["metadata"]["name"]
        body = json_patch(list(operations))
        self.client.patch(resource, self.cluster.namespace, name, body, manager=manager)

    def apply(self, manifest: Fields) -> Fields:
        """Apply one manifest and return what became of it."""
        return self.client.apply(manifest, MANAGER, force=True, type=dict[str, Any])

    def prepared(self, live: Fields, manifest: Fields, server: Fields) -> Fields:
        """Return the object once it can be applied."""
        for _ in range(3):
            patch = preparation(live, manifest, server)
            if not patch:
                break
            self.edit(manifest["kind"], server, *patch, manager=MANAGER)
            live = self.live(manifest["kind"], server) or {}
        return live

    def reconcile(self, server: Fields, **observed: Any) -> list[str]:  # noqa: ANN401 - Observed
        """Apply what differs, and return which fields that were."""
        wish, told = self.wish(server, **observed), list[str]()
        for manifest in wish.manifests():
            live = self.live(manifest["kind"], server)
            if live and preparation(live, manifest, server):
                live = self.prepared(live, manifest, server)
                told.append(f"{manifest['kind']} prepared")
            found = differences(live, manifest) if live else None
            if found is None or found:
                self.apply(manifest)
                fields = [str(one) for one in found or []] or ["made"]
                told += [f"{manifest['kind']} {one}" for one in fields]
        return told
