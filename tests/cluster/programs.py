"""The programs of a Kubernetes, and where each is built from."""

import re
from dataclasses import dataclass
from pathlib import Path

from tests.cluster.errors import RigError
from tests.cluster.places import HERE

MODULES = HERE / "go"
NEWEST = "1.36"


@dataclass(frozen=True)
class Program:
    """One executable: *package* is what `go build` is asked for inside the folder *module*."""

    name: str
    module: str
    package: str


KUBERNETES = (
    "kube-apiserver",
    "kube-controller-manager",
    "kube-scheduler",
    "kubelet",
    "kube-proxy",
    "kubectl",
)

OTHERS = (
    Program("etcd", "etcd", "go.etcd.io/etcd/server/v3"),
    Program("containerd", "containerd", "github.com/containerd/containerd/v2/cmd/containerd"),
    Program(
        "containerd-shim-runc-v2",
        "containerd",
        "github.com/containerd/containerd/v2/cmd/containerd-shim-runc-v2",
    ),
    Program("ctr", "containerd", "github.com/containerd/containerd/v2/cmd/ctr"),
    Program("coredns", "kubernetes-1.36", "./coredns"),
    Program("metrics-server", "kubernetes-1.36", "sigs.k8s.io/metrics-server/cmd/metrics-server"),
    Program("kwok", "kubernetes-1.36", "sigs.k8s.io/kwok/cmd/kwok"),
    Program("kwok-stages", "kubernetes-1.36", "./kwok-stages"),
    Program("helm", "kubernetes-1.36", "helm.sh/helm/v3/cmd/helm"),
    Program("helm-4", "helm-4", "helm.sh/helm/v4/cmd/helm"),
    Program("cert-manager", "cert-manager", "./controllers"),
    Program("probe", "kubernetes-1.36", "./probe"),
    Program("pause", "kubernetes-1.36", "./pause"),
)

CONTROL_PLANE = ("etcd", "kube-apiserver", "kube-controller-manager", "kubectl", "helm")
SIMULATION = ("kube-scheduler", "kwok", "kwok-stages")
NODE = (
    *CONTROL_PLANE,
    *("kube-scheduler", "kubelet", "kube-proxy", "coredns", "metrics-server"),
    *("containerd", "containerd-shim-runc-v2", "ctr", "pause"),
)


def minors() -> list[str]:
    """Return the Kubernetes minors that can be built, oldest first."""
    folders = MODULES.glob("kubernetes-*")
    return sorted((f.name.removeprefix("kubernetes-") for f in folders), key=_numbers)


def programs(names: tuple[str, ...], minor: str = NEWEST) -> list[Program]:
    """Return the programs called *names*, Kubernetes' own in the version *minor*."""
    if minor not in minors():
        raise RigError(f"--kubernetes {minor} is not known: choose one of {', '.join(minors())}")
    own = [
        Program(name, f"kubernetes-{minor}", f"k8s.io/kubernetes/cmd/{name}") for name in KUBERNETES
    ]
    known = {program.name: program for program in [*own, *OTHERS]}
    return [known[name] for name in names]


def every_program() -> list[Program]:
    """Return the programs of every minor that can be built."""
    return [program for minor in minors() for program in programs(KUBERNETES, minor)] + [*OTHERS]


def kubernetes_version(module: Path) -> str | None:
    """Return the exact Kubernetes that *module* requires (v1.36.3), if it builds Kubernetes."""
    text = (module / "go.mod").read_text()
    found = re.search(r"^(?:require)?\s*k8s\.io/kubernetes (\S+)", text, re.MULTILINE)
    return found.group(1) if found else None


def _numbers(minor: str) -> list[int]:
    return [int(part) for part in minor.split(".")]
