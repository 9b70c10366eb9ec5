"""Connections of somebody else: with other credentials, or with a few rights only."""

import json
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path

from cluster.client import Client
from cluster.connection import connect
from tests.cluster.facade import Cluster, Object

RBAC = "rbac.authorization.k8s.io"


def rewritten(cluster: Cluster, folder: Path, **user: str) -> Path:
    """Return a kubeconfig for the same API server with other credentials."""
    document = json.loads(cluster.kubectl("config", "view", "--raw", "--output=json"))
    document["users"] = [{"name": "kmcp", "user": user}]
    file = folder / "kubeconfig"
    file.write_text(json.dumps(document))
    return file


@contextmanager
def granted(cluster: Cluster, folder: Path, rules: Sequence[Object] = ()) -> Generator[Client]:
    """Lend a client that may do what *rules* say, in all namespaces, and nothing else."""
    name = f"{cluster.namespace}-rights"
    account = {"kind": "ServiceAccount", "name": "somebody", "namespace": cluster.namespace}
    role = {"apiGroup": RBAC, "kind": "ClusterRole", "name": name}
    of = {"apiVersion": f"{RBAC}/v1", "metadata": {"name": name}}
    cluster.kubectl("create", "serviceaccount", "somebody")
    cluster.apply({**of, "kind": "ClusterRole", "rules": list(rules)})
    cluster.apply({**of, "kind": "ClusterRoleBinding", "roleRef": role, "subjects": [account]})
    token = cluster.kubectl("create", "token", "somebody").strip()
    api = connect(rewritten(cluster, folder, token=token))
    try:
        yield Client(api)
    finally:
        api.close()
        cluster.kubectl("delete", "clusterrolebinding,clusterrole", name)
