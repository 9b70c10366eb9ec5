"""What Kubernetes tells a program that runs in a Pod: where its API is, and who the program is."""

import os
from dataclasses import dataclass
from pathlib import Path

from cluster.errors import Misconfigured

ACCOUNT = Path("/var/run/secrets/kubernetes.io/serviceaccount")
"""The folder that the kubelet keeps filled: the token, the authority and the namespace."""


@dataclass(frozen=True)
class Pod:
    """The Pod that we run in, as seen from inside."""

    server: str
    account: Path

    @property
    def authority(self) -> Path:
        """The certificates that the API server's own is checked with."""
        return self.account / "ca.crt"

    def token(self) -> str:
        """Return who we are; the kubelet replaces it about every hour, so read it every time."""
        return _line(self.account / "token")

    def namespace(self) -> str:
        """Return the namespace that the Pod is in."""
        return _line(self.account / "namespace")


def here(account: Path = ACCOUNT) -> Pod | None:
    """Return the Pod that we run in, or None when we do not run in one."""
    host = os.environ.get("KUBERNETES_SERVICE_HOST")
    port = os.environ.get("KUBERNETES_SERVICE_PORT")
    return Pod(address(host, port), account) if host and port else None


def address(host: str, port: str) -> str:
    """Return the address of an API server; IPv6 needs brackets around it."""
    return f"https://[{host}]:{port}" if ":" in host else f"https://{host}:{port}"


def _line(file: Path) -> str:
    try:
        content = file.read_text().strip()
    except OSError as error:
        raise Misconfigured(f"cannot read {file}: {error.strerror}") from error
    if not content:
        raise Misconfigured(f"{file} is empty")
    return content
