"""kmcp in a cluster, as its users install it: two charts by Helm."""

import os
import subprocess
from collections.abc import Generator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from tests.cluster.binaries import ensure
from tests.cluster.programs import programs
from tests.cluster.session import Session
from tests.images import product
from tests.images.recipes import Recipe, built
from tests.repository.lock import ROOT

CHARTS = ROOT / "charts"
HOME = "kmcp-system"
IMAGES = {
    "image.repository": "kmcp.test/controller",
    "image.tag": "1",
    "adapter.image.repository": "kmcp.test/adapter",
    "adapter.image.tag": "1",
}
WAIT = ("--wait", "--timeout=180s")


class HelmError(Exception):
    """Helm refused; the message is what it printed."""


@cache
def helm(name: str = "helm") -> Path:
    """Return Helm 3, or 4 as helm-4, built when it is missing."""
    return ensure(programs((name,)))[name]


class Helm:
    """Helm, for one cluster."""

    def __init__(self, rig: Session) -> None:
        """Speak with the cluster of *rig*."""
        chosen = {"KUBECONFIG": str(rig.kubeconfig)} if rig.kubeconfig else {}
        self._environment = {**os.environ, **chosen}
        self._words = [f"--kube-context={rig.context}", f"--namespace={HOME}"]

    def __call__(self, *words: str) -> str:
        """Return what Helm prints."""
        done = subprocess.run(
            [helm(), *self._words, *words],
            env=self._environment,
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            raise HelmError(done.stderr.strip())
        return done.stdout

    def upgrade(self, name: str, *words: str) -> str:
        """Install or upgrade one of our charts and wait until it works."""
        chart = str((CHARTS / name).relative_to(ROOT))
        return self("upgrade", "--install", name, chart, "--create-namespace", *WAIT, *words)


def chosen(**values: str) -> list[str]:
    """Return the flags for the images that are built here, and for other values."""
    return [f"--set={name}={value}" for name, value in {**IMAGES, **values}.items()]


@contextmanager
def installed(rig: Session, **values: str) -> Generator[Helm]:
    """Install both charts, and uninstall them afterwards."""
    for image in (product.controller(), product.adapter()):
        rig.load(image)
    client = Helm(rig)
    client.upgrade("kmcp-crds")
    try:
        client.upgrade("kmcp", *chosen(**values))
        yield client
    finally:
        client("uninstall", "kmcp", "--wait")
        client("uninstall", "kmcp-crds", "--wait")


def greeter() -> Path:
    """Return the archive of the image of examples/greeter."""
    folder = ROOT / "examples" / "greeter"
    return Path(
        built(Recipe("greeter", folder / "Dockerfile", [folder / "server.py"], context=folder))
    )
