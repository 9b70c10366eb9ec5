"""The Debian packages that nodes and images need: found by what they bring, installed as root."""

import os
import shutil
import subprocess
from pathlib import Path

from tests.cluster.errors import RigError
from tests.cluster.progress import step

SYSTEM_PATH = "/usr/local/sbin:/usr/sbin:/sbin:/usr/local/bin:/usr/bin:/bin"
PLUGINS = ("/usr/lib/cni", "/opt/cni/bin")

NODE = {
    "runc": "runc",
    "nft": "nftables",
    "iptables": "iptables",
    "ip": "iproute2",
    "nsenter": "util-linux",
    "modprobe": "kmod",
    "host-local": "containernetworking-plugins",  # its `bridge` is also a program of iproute2
}
IMAGES = {
    "buildah": "buildah",
    "debootstrap": "debootstrap",
    "/usr/share/keyrings/debian-archive-keyring.gpg": "debian-archive-keyring",
}


def missing(wanted: dict[str, str]) -> list[str]:
    """Return the packages of *wanted*, a map from what they bring, whose gift is nowhere."""
    path = os.pathsep.join([SYSTEM_PATH, *PLUGINS, os.environ.get("PATH", "")])
    return sorted({package for name, package in wanted.items() if not _is_there(name, path)})


def ensure(wanted: dict[str, str]) -> None:
    """Install what is missing; where that is not ours to do, name the command that does it."""
    packages = missing(wanted)
    if not packages:
        return
    command = ["apt-get", "install", "--yes", "--no-install-recommends", *packages]
    if shutil.which("apt-get") is None or os.geteuid() != 0:
        raise RigError(f"missing {', '.join(packages)}: sudo {' '.join(command)}")
    with step(f"installing {', '.join(packages)}"):
        _apt("apt-get", "update", "--quiet")
        _apt(*command)


def ensure_root() -> None:
    """Raise RigError unless we may make namespaces, mounts and control groups."""
    if os.geteuid() != 0 or not Path("/proc/self/ns/net").exists():
        raise RigError(
            "a cluster with nodes needs root on Linux: `make cluster` asks sudo for it, "
            "or choose --kind control-plane, which any user can start"
        )


def _is_there(name: str, path: str) -> bool:
    return (
        Path(name).exists() if name.startswith("/") else shutil.which(name, path=path) is not None
    )


def _apt(*command: str) -> None:
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    patient = [command[0], "-o", "DPkg::Lock::Timeout=300", *command[1:]]
    done = subprocess.run(patient, env=environment, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        tail = "\n".join((done.stdout + done.stderr).splitlines()[-10:])
        raise RigError(f"{' '.join(command)} failed:\n{tail}")
