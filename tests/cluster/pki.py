"""The certificates and kubeconfigs of one cluster, issued by the product's own authority."""

import json
from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path

from certs.authority import Pair, Subject, authority, leaf

LIFETIME = timedelta(days=365)
CONTEXT = "kmcp"

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
    save(folder, "ca", root)
    api = Subject("kube-apiserver", hosts=[*API_NAMES, *api_hosts])
    kubelets = {
        name: Subject(f"system:node:{name}", "system:nodes", [name, *hosts])
        for name, hosts in nodes.items()
    }
    for name, subject in {"apiserver": api, **PLAIN, **USERS, **kubelets}.items():
        save(folder, name, leaf(root, subject, LIFETIME))
    for name in [*USERS, *kubelets]:
        write_kubeconfig(folder, name, server)


def save(folder: Path, name: str, pair: Pair) -> None:
    """Write a certificate and its key beside each other."""
    _write(folder / f"{name}.crt", pair.certificate)
    _write(folder / f"{name}.key", pair.key)


def write_kubeconfig(folder: Path, name: str, server: str) -> Path:
    """Write and return the kubeconfig of the user *name*, whose certificate is in *folder*.

    It is JSON, which every YAML reader accepts. It names files instead of holding the key,
    because clients that are given a key write it to a temporary file, and do not always remove it.
    """
    authority_file = str(folder / "ca.crt")
    user = {
        "client-certificate": str(folder / f"{name}.crt"),
        "client-key": str(folder / f"{name}.key"),
    }
    document = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": CONTEXT,
        "clusters": [
            {"name": "kmcp", "cluster": {"server": server, "certificate-authority": authority_file}}
        ],
        "users": [{"name": "kmcp", "user": user}],
        "contexts": [{"name": CONTEXT, "context": {"cluster": "kmcp", "user": "kmcp"}}],
    }
    file = folder / f"{name}.kubeconfig"
    _write(file, json.dumps(document, indent=1).encode())
    return file


def _write(file: Path, content: bytes) -> None:
    file.touch(mode=0o600)
    file.write_bytes(content)
