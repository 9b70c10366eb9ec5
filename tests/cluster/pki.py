"""The certificates and kubeconfigs of one cluster, issued by the product's own authority."""

import base64
import json
from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path

from certs.authority import Pair, Subject, authority, leaf

LIFETIME = timedelta(days=365)

USERS = {
    "admin": Subject("kubernetes-admin", "system:masters"),
    "controller-manager": Subject("system:kube-controller-manager"),
    "scheduler": Subject("system:kube-scheduler"),
    "proxy": Subject("system:kube-proxy"),
    "addons": Subject("kmcp-cluster-addons", "system:masters"),
}

PLAIN = {
    "kubelet-client": Subject("kube-apiserver-kubelet-client", "system:masters"),
    "front-proxy": Subject("front-proxy-client"),
    "service-accounts": Subject("service-accounts"),
    "metrics-server": Subject("metrics-server", hosts=["metrics-server.kube-system.svc"]),
}

API_NAMES = [
    "127.0.0.1",
    "localhost",
    "kubernetes",
    "kubernetes.default",
    "kubernetes.default.svc",
    "kubernetes.default.svc.cluster.local",
]


def write(
    folder: Path, server: str, api_hosts: Sequence[str], nodes: Mapping[str, Sequence[str]]
) -> None:
    """Fill *folder*: an authority, a certificate for each program, a kubeconfig for each user.

    *server* is the API server's URL, *nodes* has the addresses of every kubelet.
    """
    folder.mkdir(parents=True, exist_ok=True)
    root = authority("kmcp test cluster", LIFETIME)
    _save(folder, "ca", root)
    _save(
        folder, "apiserver", _leaf(root, Subject("kube-apiserver", hosts=[*API_NAMES, *api_hosts]))
    )
    for name, subject in PLAIN.items():
        _save(folder, name, _leaf(root, subject))
    for name, subject in USERS.items():
        pair = _leaf(root, subject)
        _write(folder / f"{name}.kubeconfig", kubeconfig(server, root.certificate, pair))
    for name, hosts in nodes.items():
        pair = _leaf(root, Subject(f"system:node:{name}", "system:nodes", [name, *hosts]))
        _save(folder, name, pair)
        _write(folder / f"{name}.kubeconfig", kubeconfig(server, root.certificate, pair))


def kubeconfig(server: str, root: bytes, pair: Pair) -> bytes:
    """Return a kubeconfig for the holder of *pair*, as JSON, which every YAML reader accepts."""
    cluster = {"server": server, "certificate-authority-data": _base64(root)}
    user = {
        "client-certificate-data": _base64(pair.certificate),
        "client-key-data": _base64(pair.key),
    }
    document = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "kmcp",
        "clusters": [{"name": "kmcp", "cluster": cluster}],
        "users": [{"name": "kmcp", "user": user}],
        "contexts": [{"name": "kmcp", "context": {"cluster": "kmcp", "user": "kmcp"}}],
    }
    return json.dumps(document, indent=1).encode()


def _leaf(root: Pair, subject: Subject) -> Pair:
    return leaf(root, subject, LIFETIME)


def _save(folder: Path, name: str, pair: Pair) -> None:
    _write(folder / f"{name}.crt", pair.certificate)
    _write(folder / f"{name}.key", pair.key)


def _write(file: Path, content: bytes) -> None:
    file.touch(mode=0o600)
    file.write_bytes(content)


def _base64(content: bytes) -> str:
    return base64.b64encode(content).decode()
