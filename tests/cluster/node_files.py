"""The configuration files of one node: container runtime, Pod network, kubelet, Service proxy."""

import json
from pathlib import Path
from typing import Any

from tests.cluster.addresses import Block
from tests.cluster.components import CONTAINERD_SOCKET
from tests.cluster.record import Record

PAUSE_IMAGE = "kmcp.test/pause:1"


def write(record: Record, number: int, folder: Path, cgroup: str) -> None:
    """Fill *folder* with all that node *number* reads when it starts."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "cni").mkdir(exist_ok=True)
    (folder / "containerd.toml").write_text(containerd(folder))
    (folder / "resolv.conf").write_text("options ndots:5\n")
    _write(folder / "cni" / "10-bridge.conflist", pod_network(record, number))
    _write(folder / "kubelet.json", kubelet(record, f"node{number}", folder, cgroup))
    _write(folder / "kube-proxy.json", kube_proxy(record, f"node{number}"))


def containerd(folder: Path) -> str:
    """Return the container runtime's configuration."""
    return f"""version = 3
root = "{folder}/containerd"
state = "/run/containerd"
[grpc]
  address = "{CONTAINERD_SOCKET}"
[plugins."io.containerd.cri.v1.images".pinned_images]
  sandbox = "{PAUSE_IMAGE}"
[plugins."io.containerd.cri.v1.runtime"]
  # Without CAP_SYS_RESOURCE nobody may lower the score, and every container would fail to start.
  restrict_oom_score_adj = true
[plugins."io.containerd.cri.v1.runtime".cni]
  bin_dirs = ["/usr/lib/cni", "/opt/cni/bin"]
  conf_dir = "{folder}/cni"
"""


def pod_network(record: Record, number: int) -> dict[str, Any]:
    """Return the Pod network: a bridge in the node, routed, so no address is ever rewritten."""
    blocks = record.addresses.blocks
    bridge = {
        "type": "bridge",
        "bridge": "cni0",
        "isGateway": True,
        "hairpinMode": True,
        "ipam": {
            "type": "host-local",
            "dataDir": "/run/pod-addresses",
            "ranges": [[{"subnet": str(block.pods_of(number))}] for block in blocks],
            "routes": [{"dst": _everywhere(block)} for block in blocks],
        },
    }
    ports = {"type": "portmap", "capabilities": {"portMappings": True}}
    return {"cniVersion": "1.0.0", "name": "pods", "plugins": [bridge, ports]}


def kubelet(record: Record, node: str, folder: Path, cgroup: str) -> dict[str, Any]:
    """Return the kubelet's configuration."""
    pki = record.folder / "pki"
    return {
        "apiVersion": "kubelet.config.k8s.io/v1beta1",
        "kind": "KubeletConfiguration",
        "authentication": {
            "anonymous": {"enabled": False},
            "webhook": {"enabled": True},
            "x509": {"clientCAFile": str(pki / "ca.crt")},
        },
        "authorization": {"mode": "Webhook"},
        "cgroupDriver": "cgroupfs",
        "cgroupRoot": cgroup,
        "clusterDNS": record.addresses.dns[:1],
        "clusterDomain": "cluster.local",
        "containerRuntimeEndpoint": f"unix://{CONTAINERD_SOCKET}",
        # A developer's disk is often nearly full; no Pod of a test shall be evicted for it.
        "evictionHard": {
            "nodefs.available": "1%",
            "nodefs.inodesFree": "1%",
            "imagefs.available": "1%",
            "memory.available": "100Mi",
        },
        "imageGCHighThresholdPercent": 100,
        "failCgroupV1": False,
        "failSwapOn": False,
        "makeIPTablesUtilChains": False,
        "maxPods": 200,
        "resolvConf": str(folder / "resolv.conf"),
        "tlsCertFile": str(pki / f"{node}.crt"),
        "tlsPrivateKeyFile": str(pki / f"{node}.key"),
        "volumePluginDir": str(folder / "volume-plugins"),
    }


def kube_proxy(record: Record, node: str) -> dict[str, Any]:
    """Return the Service proxy's configuration."""
    blocks = record.addresses.blocks
    return {
        "apiVersion": "kubeproxy.config.k8s.io/v1alpha1",
        "kind": "KubeProxyConfiguration",
        "mode": "nftables",
        "clusterCIDR": ",".join(str(block.pods) for block in blocks),
        "hostnameOverride": node,
        "clientConnection": {"kubeconfig": str(record.folder / "pki" / "proxy.kubeconfig")},
        "conntrack": {"maxPerCore": 0},
        "nftables": {"minSyncPeriod": "100ms"},  # at scale fewer updates are better, not here
    }


def _everywhere(block: Block) -> str:
    return "::/0" if block.pods.version == 6 else "0.0.0.0/0"


def _write(file: Path, document: dict[str, Any]) -> None:
    file.write_text(json.dumps(document, indent=1))
