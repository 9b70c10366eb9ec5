"""The command line of every program of a cluster: pure functions of the cluster's record."""

from collections.abc import Mapping

import msgspec

from tests.cluster.addresses import url_host
from tests.cluster.pki import CONTEXT
from tests.cluster.record import Record

CONTAINERD_SOCKET = "/run/containerd/containerd.sock"
PAUSE_IS_THERE = "/run/pause-image-is-there"
METRICS_PORT = 4443


class Launch(msgspec.Struct, frozen=True):
    """A program to start, once the file *after* exists, if it names one."""

    name: str
    argv: list[str]
    after: str | None = None


def server(record: Record) -> str:
    """Return the URL of the cluster's API server."""
    host, port = _endpoint(record)
    return f"https://{url_host(host)}:{port}"


def etcd(record: Record) -> Launch:
    """Return the database: it lives as long as a test, so it need not survive a power cut."""
    client, peer = (f"http://127.0.0.1:{record.addresses.port(number)}" for number in (1, 2))
    flags = {
        "data-dir": record.folder / "etcd",
        "listen-client-urls": client,
        "advertise-client-urls": client,
        "listen-peer-urls": peer,
        "initial-advertise-peer-urls": peer,
        "initial-cluster": f"default={peer}",
        "log-level": "warn",
        "unsafe-no-fsync": "true",
    }
    return Launch("etcd", ["etcd", *_words(flags)])


def apiserver(record: Record) -> Launch:
    """Return the API server."""
    pki = record.folder / "pki"
    host, port = _endpoint(record)
    blocks = record.addresses.blocks
    any_address = "::" if any(block.nodes.version == 6 for block in blocks) else "0.0.0.0"
    flags = {
        "etcd-servers": f"http://127.0.0.1:{record.addresses.port(1)}",
        "bind-address": any_address if _has_nodes(record) else host,
        "advertise-address": host,
        "secure-port": port,
        "service-cluster-ip-range": _services(record),
        "tls-cert-file": pki / "apiserver.crt",
        "tls-private-key-file": pki / "apiserver.key",
        "client-ca-file": pki / "ca.crt",
        "kubelet-client-certificate": pki / "kubelet-client.crt",
        "kubelet-client-key": pki / "kubelet-client.key",
        "kubelet-certificate-authority": pki / "ca.crt",
        "kubelet-preferred-address-types": "InternalIP",
        "service-account-issuer": "https://kubernetes.default.svc",
        "service-account-key-file": pki / "service-accounts.crt",
        "service-account-signing-key-file": pki / "service-accounts.key",
        "authorization-mode": "Node,RBAC",
        "enable-admission-plugins": "NodeRestriction",
        "allow-privileged": "true",
        "requestheader-client-ca-file": pki / "ca.crt",
        "requestheader-allowed-names": "front-proxy-client",
        "requestheader-extra-headers-prefix": "X-Remote-Extra-",
        "requestheader-group-headers": "X-Remote-Group",
        "requestheader-username-headers": "X-Remote-User",
        "proxy-client-cert-file": pki / "front-proxy.crt",
        "proxy-client-key-file": pki / "front-proxy.key",
        # Without nodes there is no address that the Service `kubernetes` could lead to.
        "endpoint-reconciler-type": "lease" if _has_nodes(record) else "none",
    }
    return Launch("kube-apiserver", ["kube-apiserver", *_words(flags)])


def controller_manager(record: Record, *, hurries: bool = True) -> Launch:
    """Return the controllers: garbage collection, Deployments, ServiceAccounts, namespaces …

    One that *hurries* asks the API server more often than it does by default, 20 times a second.
    """
    pki = record.folder / "pki"
    flags = {
        "kubeconfig": pki / "controller-manager.kubeconfig",
        "secure-port": 0,  # nobody asks it for metrics
        "service-cluster-ip-range": _services(record),
        "allocate-node-cidrs": "false",
        "root-ca-file": pki / "ca.crt",
        "service-account-private-key-file": pki / "service-accounts.key",
        "use-service-account-credentials": "true",
        "leader-elect": "false",
        "cluster-signing-cert-file": pki / "ca.crt",
        "cluster-signing-key-file": pki / "ca.key",
    }
    if hurries:  # the default holds back the start for five seconds
        flags |= {"kube-api-qps": 500, "kube-api-burst": 1000}
    words = ["kube-controller-manager", *_words(flags)]
    # It gives up when it has no rights yet after ten seconds, as on a machine with much to do.
    return Launch("kube-controller-manager", words, after=_api_is_ready(record))


def scheduler(record: Record) -> Launch:
    """Return the scheduler."""
    flags = {
        "kubeconfig": record.folder / "pki" / "scheduler.kubeconfig",
        "secure-port": 0,
        "leader-elect": "false",
    }
    return Launch("kube-scheduler", ["kube-scheduler", *_words(flags)])


def kwok(record: Record) -> Launch:
    """Return the simulator, which plays kubelet for every Node object."""
    flags = {
        "kubeconfig": record.kubeconfig,
        "config": record.folder / "stages.yaml",
        "manage-all-nodes": "true",
        "node-lease-duration-seconds": 40,
    }
    return Launch("kwok", ["kwok", *_words(flags)])


def coredns(record: Record) -> Launch:
    """Return the name server of the cluster."""
    words = ["coredns", "-conf", str(record.folder / "Corefile")]
    return Launch("coredns", words, after=_api_is_ready(record))


def corefile(record: Record) -> str:
    """Return the name server's configuration: the cluster's own names and nothing else."""
    kubeconfig = record.folder / "pki" / "addons.kubeconfig"
    return f"""cluster.local in-addr.arpa ip6.arpa {{
    bind {" ".join(record.addresses.node(1))}
    errors
    kubernetes {{
        kubeconfig {kubeconfig} {CONTEXT}
    }}
}}
"""


def metrics_server(record: Record) -> Launch:
    """Return the server of `kubectl top`, which autoscalers ask as well."""
    pki = record.folder / "pki"
    flags = {
        "kubeconfig": pki / "addons.kubeconfig",
        "authentication-kubeconfig": pki / "addons.kubeconfig",
        "authorization-kubeconfig": pki / "addons.kubeconfig",
        "kubelet-certificate-authority": pki / "ca.crt",
        "kubelet-preferred-address-types": "InternalIP",
        "secure-port": METRICS_PORT,
        "tls-cert-file": pki / "metrics-server.crt",
        "tls-private-key-file": pki / "metrics-server.key",
        "metric-resolution": "10s",  # the shortest there is
        "kubelet-request-timeout": "5s",
    }
    return Launch("metrics-server", ["metrics-server", *_words(flags)], after=_api_is_ready(record))


def containerd(folder: str) -> Launch:
    """Return the container runtime of the node whose files are in *folder*."""
    return Launch("containerd", ["containerd", "--config", f"{folder}/containerd.toml"])


def pause_image(archive: str) -> Launch:
    """Return the import of the image that every Pod's sandbox runs; the kubelet waits for it."""
    words = (
        f"ctr -a {CONTAINERD_SOCKET} -n k8s.io images import {archive} && touch {PAUSE_IS_THERE}"
    )
    return Launch("pause-image", ["sh", "-c", words], after=CONTAINERD_SOCKET)


def kubelet(record: Record, node: str, folder: str) -> Launch:
    """Return the node's own agent."""
    number = int(node.removeprefix("node"))
    flags = {
        "config": f"{folder}/kubelet.json",
        "kubeconfig": record.folder / "pki" / f"{node}.kubeconfig",
        "hostname-override": node,
        "root-dir": f"{folder}/kubelet",
        "node-ip": ",".join(record.addresses.node(number)),
    }
    return Launch("kubelet", ["kubelet", *_words(flags)], after=PAUSE_IS_THERE)


def kube_proxy(folder: str) -> Launch:
    """Return the program that makes Service addresses lead to Pods."""
    return Launch("kube-proxy", ["kube-proxy", f"--config={folder}/kube-proxy.json"])


def _api_is_ready(record: Record) -> str:
    return str(record.api_is_ready)


def _has_nodes(record: Record) -> bool:
    return record.wish.kind == "node"


def _endpoint(record: Record) -> tuple[str, int]:
    if _has_nodes(record):
        return record.addresses.api, 6443
    return "127.0.0.1", record.addresses.port(0)


def _services(record: Record) -> str:
    return ",".join(str(block.services) for block in record.addresses.blocks)


def _words(flags: Mapping[str, object]) -> list[str]:
    return [f"--{flag}={value}" for flag, value in flags.items()]
