"""The cluster of one test run, and the namespaces that it lends to the tests."""

import json
import os
import re
import secrets
import subprocess
import sys
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from cluster.connection import Body, Connection, connect, current_context
from cluster.errors import NotFound
from tests.cluster import borrowed, images
from tests.cluster.errors import RigError
from tests.cluster.facade import Cluster
from tests.cluster.pki import CONTEXT
from tests.cluster.places import HERE
from tests.cluster.record import Kind

GONE_SECONDS = 120.0
LABEL = {"kmcp.dev/test": "true"}


@dataclass
class Session:
    """A running cluster, and how a test reaches it."""

    name: str
    """What the rig calls it; a borrowed one goes by its context."""
    kubectl: Path
    kubeconfig: Path | None
    """None means what kubectl finds by itself."""
    context: str
    api: Connection
    load: Callable[[str], None]
    opened: list[str] = field(default_factory=list[str])

    @contextmanager
    def namespace(self, hint: str) -> Generator[Cluster]:
        """Lend a new namespace, named after *hint*, and have it deleted afterwards."""
        name = f"{_slug(hint)}-{secrets.token_hex(3)}"
        try:
            yield self.named(name)
        finally:
            self.api.request("DELETE", f"/api/v1/namespaces/{name}")

    def named(self, name: str) -> Cluster:
        """Make the namespace of this very name, which goes when the cluster goes."""
        metadata = {"name": name, "labels": LABEL}
        namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": metadata}
        self.api.request("POST", "/api/v1/namespaces", body=Body(json.dumps(namespace).encode()))
        self.opened.append(name)
        return Cluster(self.kubectl, self.kubeconfig, self.context, name, self.api, self.load)

    def wait_until_clean(self) -> None:
        """Return once every namespace that was lent is gone."""
        deadline = time.monotonic() + GONE_SECONDS
        while left := [name for name in self.opened if self._exists(name)]:
            if time.monotonic() > deadline:
                raise RigError(f"these namespaces do not go away: {', '.join(left)}")
            time.sleep(0.5)

    def _exists(self, namespace: str) -> bool:
        try:
            self.api.request("GET", f"/api/v1/namespaces/{namespace}")
        except NotFound:
            return False
        return True


@contextmanager
def own(kind: Kind, *words: str, aloud: bool = False) -> Generator[Session]:
    """Bring up a cluster for this process; should it be killed, the next `up` removes it.

    *aloud* lets a person see what takes so long.
    """
    name = f"{'node' if kind == 'node' else 'api'}-{os.getpid()}-{secrets.token_hex(2)}"
    owner = f"--owner={os.getpid()}"
    try:
        printed = rig("up", f"--name={name}", f"--kind={kind}", owner, *words, aloud=aloud)
        kubeconfig = Path(printed.strip())
        kubectl = kubeconfig.parents[1] / "bin" / "kubectl"
        api = connect(kubeconfig)
        yield Session(name, kubectl, kubeconfig, CONTEXT, api, _loader(name))
        api.close()
    finally:
        rig("down", f"--name={name}")


@contextmanager
def current() -> Generator[Session]:
    """Borrow the cluster of the current kube-context, if its owner agrees and risks nothing."""
    context = current_context()
    borrowed.confirm(context)
    api = connect(context=context)
    borrowed.check(api)
    session = Session(context, borrowed.kubectl(), None, context, api, borrowed.loader())
    yield session
    session.wait_until_clean()
    api.close()


def rig(*words: str, aloud: bool = False) -> str:
    """Return what the command line of the rig prints."""
    command = [sys.executable, "-m", "tests.cluster", *words]
    done = subprocess.run(
        command,
        cwd=HERE.parents[1],
        stdout=subprocess.PIPE,
        stderr=None if aloud else subprocess.PIPE,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise RigError((done.stderr or "see above").strip())
    return done.stdout


def _loader(name: str) -> Callable[[str], None]:
    """Return what puts an image into the cluster, each content once."""
    there: set[Path] = set()

    def load(image: str) -> None:
        archive = images.archive_of(image)  # its name tells the content
        if archive not in there:
            rig("load", f"--name={name}", str(archive))
            there.add(archive)

    return load


def _slug(hint: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", hint.lower()).strip("-")[:40].strip("-")
