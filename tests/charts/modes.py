"""The three ways in which the webhook gets its certificate, and how each is renewed by hand."""

import base64
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Protocol

from certs.authority import Pair, Subject, authority, leaf
from certs.rotation import service_hosts
from tests.charts import cert_manager
from tests.charts.installed import HOME
from tests.charts.site import Site

NAME = "kmcp-webhook"
AUTHORITY = f"{NAME}-authority"
LIFETIME = timedelta(days=1)
MODE = "webhook.certificates.mode"

Upgrade = Callable[[], object]
"""Upgrades the release to the flags of now."""


class Mode(Protocol):
    """How the webhook gets its certificate."""

    @property
    def flags(self) -> list[str]:
        """What Helm is told, as things are now."""
        ...

    def prepared(self, site: Site) -> AbstractContextManager[None]:
        """Do what has to be there before an installation."""
        ...

    def renew(self, site: Site, upgrade: Upgrade) -> None:
        """Have another certificate served; return once it is, by every Pod."""
        ...


class SelfSigned:
    """The manager makes it."""

    flags: list[str] = []  # noqa: RUF012 - it is the default

    @contextmanager
    def prepared(self, site: Site) -> Generator[None]:
        """Do nothing."""
        del site
        yield

    def renew(self, site: Site, upgrade: Upgrade) -> None:
        """Lose the Secret, authority and all."""
        del upgrade
        before = site.served()
        site.home.kubectl("delete", "secret", NAME)
        site.wait_renewed(before)


class CertManager:
    """cert-manager makes it by an authority of its own, and its injector publishes the bundle."""

    flags = [f"--set={MODE}=cert-manager"]  # noqa: RUF012

    @contextmanager
    def prepared(self, site: Site) -> Generator[None]:
        """Run cert-manager."""
        with cert_manager.running(site.rig, site.home):
            yield

    def renew(self, site: Site, upgrade: Upgrade) -> None:
        """Renew authority and certificate as `cmctl renew` does, then lose the Secret."""
        del upgrade
        site.home.wait_condition("certificate", NAME, "Ready")
        before_all = site.home.get("secret", AUTHORITY)["data"]
        site.home.kubectl("patch", "certificate", AUTHORITY, *ISSUING)
        site.home.wait("secret", AUTHORITY, lambda now: now["data"] != before_all, "renewed")
        for words in (("patch", "certificate", NAME, *ISSUING), ("delete", "secret", NAME)):
            before = site.served()
            site.home.kubectl(*words)
            site.wait_renewed(before)


ISSUING = (
    "--subresource=status",
    "--type=merge",
    '--patch={"status": {"conditions": [{"type": "Issuing", "status": "True",'
    ' "reason": "ManuallyTriggered", "message": "asked for",'
    ' "lastTransitionTime": "2026-01-01T00:00:00Z"}]}}',
)


@dataclass
class Provided:
    """Somebody brings it: a Secret, and the bundle as a value."""

    folder: Path

    @property
    def flags(self) -> list[str]:
        """The bundle, as it is now."""
        return [
            f"--set={MODE}=provided",
            f"--set-file=webhook.certificates.caBundle={self._bundle}",
        ]

    @property
    def _bundle(self) -> Path:
        return self.folder / "bundle.pem"

    @contextmanager
    def prepared(self, site: Site) -> Generator[None]:
        """Bring the first one."""
        root = authority("somebody", LIFETIME)
        self._bundle.write_bytes(root.certificate)
        self._bring(site, root)
        yield
        site.home.kubectl("delete", "secret", NAME)

    def renew(self, site: Site, upgrade: Upgrade) -> None:
        """Change the authority too: both are trusted until the new one's certificate is served."""
        before = site.served()
        root = authority("somebody else", LIFETIME)
        old = self._bundle.read_bytes()
        self._bundle.write_bytes(old + root.certificate)
        upgrade()
        self._bring(site, root)
        site.wait_renewed(before)
        self._bundle.write_bytes(root.certificate)
        upgrade()

    def _bring(self, site: Site, root: Pair) -> None:
        hosts = service_hosts(NAME, HOME, "cluster.local")
        pair = leaf(root, Subject(NAME, hosts=hosts), LIFETIME)
        parts = {"tls.crt": pair.certificate, "tls.key": pair.key, "ca.crt": root.certificate}
        secret = {
            "apiVersion": "v1",
            "kind": "Secret",
            "type": "kubernetes.io/tls",
            "metadata": {"name": NAME},
            "data": {name: base64.b64encode(part).decode() for name, part in parts.items()},
        }
        site.home.apply(secret)
