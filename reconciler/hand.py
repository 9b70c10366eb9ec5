"""The only hand that writes what belongs to servers: never after we ceased to lead."""

from typing import Any

import msgspec

from cluster.bodies import json_patch, merge_patch
from cluster.client import Client
from cluster.errors import Conflict, Invalid, NotFound
from cluster.resources import CONFIG_MAPS, MCPSERVERS, Resource
from kinds.reading import Fields, text
from reconciler.config import MANAGER
from reconciler.leading import Term
from reconciler.shelf import Name
from reconciler.shelves import KINDS, Shelves

RIGHTS = (
    {
        "apiGroups": ["apps"],
        "resources": ["deployments"],
        "verbs": ["get", "list", "watch", "create", "patch", "delete"],
    },
    {
        "apiGroups": [""],
        "resources": ["services", "serviceaccounts"],
        "verbs": ["get", "list", "watch", "create", "patch", "delete"],
    },
    {
        "apiGroups": ["networking.k8s.io"],
        "resources": ["networkpolicies"],
        "verbs": ["get", "list", "watch", "create", "patch", "delete"],
    },
    {"apiGroups": [""], "resources": ["configmaps"], "verbs": ["get", "delete"]},
    {"apiGroups": ["kagent.dev"], "resources": ["mcpservers/status"], "verbs": ["patch"]},
    # An owner that blocks its own deletion may be named only by who may change its finalizers.
    {"apiGroups": ["kagent.dev"], "resources": ["mcpservers/finalizers"], "verbs": ["update"]},
)
"""The rules of RBAC that writing needs wherever there are servers."""
WRITE_SECONDS = 10.0
BEFORE_ALL = "1"
"""A resourceVersion that no object can have, as that of an empty store: applying with it makes what
is not there, and is a Conflict where something is."""
DELETABLE: dict[str, Resource] = {
    **{kind: KINDS[kind].resource for kind in KINDS},
    "ConfigMap": CONFIG_MAPS,
}


class Hand:
    """Writes, and keeps on the shelves what came of it; threads share it."""

    def __init__(self, client: Client, term: Term, shelves: Shelves) -> None:
        """Write through *client* during *term*."""
        self._client = client
        self._term = term
        self._shelves = shelves

    def create(self, manifest: Fields) -> Fields:
        """Make an object as *manifest* says, and return it; Conflict when there is one already."""
        return self.apply(_changed(manifest, resourceVersion=BEFORE_ALL), None)

    def apply(self, manifest: Fields, live: Fields | None) -> Fields:
        """Have an object be as *manifest* says, and return it; Conflict when it is another now."""
        self._term.check()
        if live is not None:  # should somebody have put another in its place, nothing happens
            manifest = _changed(manifest, uid=live["metadata"]["uid"])
        raw = self._client.apply(
            manifest, MANAGER, force=True, type=msgspec.Raw, timeout=WRITE_SECONDS
        )
        return self._kept(manifest["kind"], raw)

    def prepare(self, live: Fields, operations: list[dict[str, Any]]) -> Fields:
        """Make way for a manifest by a JSON patch, and return the object; Conflict when it is
        not as it was read."""
        self._term.check()
        resource = KINDS[live["kind"]].resource
        try:
            raw = self._client.patch(
                resource,
                *name_of(live),
                json_patch(operations),
                msgspec.Raw,
                manager=MANAGER,
                timeout=WRITE_SECONDS,
            )
        except Invalid as error:  # so the API server says that a test in the patch has failed
            newest = self._client.metadata(resource, *name_of(live)).resource_version
            if newest != live["metadata"]["resourceVersion"]:
                raise Conflict(f"the object has changed: {error}") from error
            raise
        return self._kept(live["kind"], raw)

    def delete(self, live: Fields) -> bool:
        """Delete this very object, and return whether it was still there."""
        self._term.check()
        kind, metadata = live["kind"], live["metadata"]
        namespace, name, uid = metadata["namespace"], metadata["name"], metadata["uid"]
        try:
            return self._client.delete(DELETABLE[kind], namespace, name, uid, timeout=WRITE_SECONDS)
        except Conflict:  # another has its name already
            return False

    def write_status(self, server: Fields, status: Fields) -> Fields | None:
        """Write a status and return the server with it; None when there is no such server.

        Conflict when the server is not as it was read.
        """
        self._term.check()
        before: Fields = server.get("status") or {}
        changes = {**dict.fromkeys(before), **status}
        metadata = server["metadata"]
        version = {"resourceVersion": metadata["resourceVersion"], "uid": metadata["uid"]}
        try:
            raw = self._client.patch(
                MCPSERVERS,
                metadata["namespace"],
                metadata["name"],
                merge_patch({"metadata": version, "status": changes}),
                msgspec.Raw,
                subresource="status",
                manager=MANAGER,
                timeout=WRITE_SECONDS,
            )
        except NotFound:
            return None
        return self._kept("MCPServer", raw)

    def _kept(self, kind: str, raw: msgspec.Raw) -> Fields:
        if kind in KINDS:
            self._shelves.put(kind, raw)
        found: Fields = msgspec.json.decode(raw)
        return found


def _changed(manifest: Fields, **metadata: str) -> Fields:
    return {**manifest, "metadata": {**manifest["metadata"], **metadata}}


def name_of(fields: Fields) -> Name:
    """Return the namespace and the name of an object."""
    return text(fields, "metadata", "namespace"), text(fields, "metadata", "name")
