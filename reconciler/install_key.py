"""The key of this installation: hashes of Secrets are worth nothing to whoever lacks it."""

import base64
import secrets
from contextlib import suppress

import msgspec

from cluster.bodies import merge_patch
from cluster.client import Client
from cluster.errors import Conflict, NotFound, Unreadable
from cluster.objects import Metadata, Object
from cluster.resources import SECRETS

RIGHTS = ({"apiGroups": [""], "resources": ["secrets"], "verbs": ["get", "create", "patch"]},)
"""The rules of RBAC that this needs in our own namespace."""
FIELD = "key"
BYTES = 32
LABELS = {"app.kubernetes.io/managed-by": "kmcp"}


class _Secret(msgspec.Struct):
    metadata: Metadata
    data: dict[str, bytes] = msgspec.field(default_factory=dict[str, bytes])

    def __repr__(self) -> str:
        """Say what this is without what is in it."""
        return "_Secret(data=…)"


def install_key(client: Client, namespace: str, name: str) -> bytes:
    """Return the key, which is made by the first who asks; a Secret that is empty is filled."""
    with suppress(Conflict):  # somebody else was faster
        if (key := _made(client, namespace, name)) is not None:
            return key
    return _read(client, namespace, name)


def _made(client: Client, namespace: str, name: str) -> bytes | None:
    """Return a new key once it is kept, or None when there is one already."""
    key = secrets.token_bytes(BYTES)
    data = {FIELD: base64.b64encode(key).decode()}
    try:
        found = client.get(SECRETS, namespace, name, _Secret)
    except NotFound:
        whole = {"metadata": {"name": name, "labels": LABELS}, "data": data}
        client.create(SECRETS, namespace, whole, Object, manager="kmcp")
        return key
    if found.data:
        return None
    metadata = {"resourceVersion": found.metadata.resource_version}
    change = merge_patch({"metadata": metadata, "data": data})
    client.patch(SECRETS, namespace, name, change, manager="kmcp")
    return key


def _read(client: Client, namespace: str, name: str) -> bytes:
    key = client.get(SECRETS, namespace, name, _Secret).data.get(FIELD, b"")
    if len(key) < BYTES:
        raise Unreadable(f"Secret {namespace}/{name} holds no key: delete it, and it is made anew")
    return key
