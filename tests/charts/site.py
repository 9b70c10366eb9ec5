"""An installation as a drill sees it: what is served, who restarted, and the charts of before."""

import ssl
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.charts.installed import CHARTS, HOME, WAIT, Helm, chosen
from tests.cluster.facade import Cluster
from tests.cluster.session import Session
from tests.repository.lock import ROOT

WEBHOOK_PODS = "app.kubernetes.io/component=webhook"
PORT = 9443
SERVED_SECONDS = 120.0
POLL_SECONDS = 0.5


@dataclass
class Site:
    """kmcp in a cluster."""

    rig: Session
    helm: Helm
    home: Cluster
    """Its namespace."""

    def install(self, chart: str, *flags: str) -> str:
        """Install or upgrade kmcp from a folder or a package."""
        return self.helm("upgrade", "--install", "kmcp", chart, *WAIT, *chosen(), *flags)

    @contextmanager
    def removed_at_last(self) -> Generator[None]:
        """Leave nothing of kmcp to the next test, whatever happens."""
        try:
            yield
        finally:
            self.helm("uninstall", "kmcp", "--wait", "--ignore-not-found")

    def webhook_pods(self) -> list[str]:
        """Return the identities of the webhook's Pods, which a renewal does not change."""
        return lives(self.home, WEBHOOK_PODS)

    def served(self) -> set[str]:
        """Return the certificates that the webhook's Pods show at this moment."""
        pods = self.home.find("pods", WEBHOOK_PODS)
        return {
            ssl.get_server_certificate((pod["status"]["podIP"], PORT), timeout=10) for pod in pods
        }

    def wait_renewed(self, before: set[str]) -> None:
        """Return once every Pod shows a certificate, the same one, that is not of *before*."""
        deadline = time.monotonic() + SERVED_SECONDS
        while len(now := self.served()) != 1 or now & before:
            assert time.monotonic() < deadline, "the webhook's certificate was not renewed"
            time.sleep(POLL_SECONDS)


def site(rig: Session) -> Site:
    """Return what is to become an installation."""
    home = Cluster(rig.kubectl, rig.kubeconfig, rig.context, HOME, rig.api, rig.load)
    return Site(rig, Helm(rig), home)


def make_home(rig: Session) -> None:
    """Make the namespace of kmcp, whose Pods are restricted as far as can be."""
    home = rig.named(HOME)
    home.kubectl("label", "namespace", HOME, "pod-security.kubernetes.io/enforce=restricted")


def lives(cluster: Cluster, selector: str) -> list[str]:
    """Return who each Pod that stays is, and how often its containers restarted."""
    found: list[str] = []
    for pod in cluster.find("pods", selector):
        if "deletionTimestamp" in pod["metadata"]:
            continue
        status = pod["status"]
        containers = [*status.get("initContainerStatuses", []), *status["containerStatuses"]]
        restarts = sum(one["restartCount"] for one in containers)
        found.append(f"{pod['metadata']['uid']} restarted {restarts} times")
    return sorted(found)


def packaged(helm: Helm, name: str, version: str, folder: Path) -> str:
    """Return the package of one of our charts under another version."""
    source = str((CHARTS / name).relative_to(ROOT))
    helm("package", source, f"--version={version}", f"--destination={folder}")
    return str(folder / f"{name}-{version}.tgz")
