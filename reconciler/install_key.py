"""The key of this installation: hashes of Secrets are worth nothing to whoever lacks it."""

import base64
import secrets
from contextlib import suppress

import msgspec

from cluster.client import Client
from cluster.errors import Conflict, NotFound, Unreadable
from cluster.objects import Object
from cluster.resources import SECRETS

RIGHTS = ({"apiGroups": [""], "resources": ["secrets"], "verbs": ["get", "create"]},)
"""The rules of RBAC that this needs in our own namespace."""
NAME = "kmcp-reconciler"
FIELD = "key"
BYTES = 32
LABELS = {"app.kubernetes.io/managed-by": "kmcp"}


class _Secret(msgspec.Struct):
    data: dict[str, bytes] = msgspec.field(default_factory=dict[str, bytes])

    def __repr__(self) -> str:
        """Say what this is without what is in it."""
        return "_Secret(data=…)"


def install_key(client: Client, namespace: str) -> bytes:
    """Return the key, which is made by the first who asks."""
    with suppress(NotFound):
        return _read(client, namespace)
    with suppress(Conflict):  # somebody else was faster
        _create(client, namespace)
    return _read(client, namespace)


def _read(client: Client, namespace: str) -> bytes:
    key = client.get(SECRETS, namespace, NAME, _Secret).data.get(FIELD, b"")
    if len(key) < BYTES:
        raise Unreadable(f"Secret {namespace}/{NAME} holds no key: delete it, and it is made anew")
    return key


def _create(client: Client, namespace: str) -> None:
    key = base64.b64encode(secrets.token_bytes(BYTES)).decode()
    metadata = {"name": NAME, "labels": LABELS}
    client.create(
        SECRETS, namespace, {"metadata": metadata, "data": {FIELD: key}}, Object, manager="kmcp"
    )
