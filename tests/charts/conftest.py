"""Where the charts are installed: clusters of our own, from a web folder and from a registry."""

import json
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from kinds.names import GROUP, PLURAL
from scripts import charts
from tests.charts.installed import helm
from tests.charts.registry import Handler, Registry, served
from tests.charts.rendered import HELMS
from tests.charts.site import make_home
from tests.cluster import session
from tests.cluster.session import Session
from tests.docs.terminal import Terminal


class Quiet(SimpleHTTPRequestHandler):
    """Serves files, and says nothing of it."""

    def log_message(self, format: str, *args: Any) -> None:  # noqa: ANN401
        """Say nothing: a test that fails shows what Helm says."""


@pytest.fixture(scope="module")
def rig() -> Iterator[Session]:
    """Bring up a node, and restrict the Pods of kmcp's own namespace as far as can be."""
    with session.own("node") as running:
        make_home(running)
        yield running


@pytest.fixture(scope="session")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the packages of both charts, and their index."""
    folder = tmp_path_factory.mktemp("published")
    charts.main([f"--into={folder}", f"--helm={helm()}"])
    return folder


@pytest.fixture(scope="session")
def site(published: Path) -> Iterator[str]:
    """Serve the packages as a static web folder, and return its address."""
    handler = partial(Quiet, directory=str(published))
    with served(ThreadingHTTPServer(("127.0.0.1", 0), handler)) as address:
        yield f"http://{address}"


@pytest.fixture(scope="session")
def registry() -> Iterator[str]:
    """Run an empty registry, and return HOST:PORT."""
    handler = partial(Handler, Registry())
    with served(ThreadingHTTPServer(("127.0.0.1", 0), handler)) as address:
        yield address


@pytest.fixture(scope="session")
def plane() -> Iterator[Session]:
    """Bring up a control plane that nothing is installed in."""
    with session.own("control-plane") as running:
        yield running


@pytest.fixture(params=HELMS)
def terminal(
    request: pytest.FixtureRequest, tmp_path: Path, plane: Session, site: str, registry: str
) -> Iterator[Terminal]:
    """Lend a terminal for the control plane, which is as empty before as it is after."""
    name = str(request.param)
    lent = Terminal(tmp_path, plane.kubeconfig, helm=helm(name), kubectl=plane.kubectl)
    lent.means = {
        "https://kagent-dev.github.io/kmcp": site,
        "oci://ghcr.io": f"--plain-http oci://{registry}",
        "oci://registry.example.com": f"--plain-http oci://{registry}",
        " --wait": "",  # no Pod starts here
    }
    yield lent
    for one in json.loads(lent("helm list --all-namespaces --output=json")):
        lent(f"helm uninstall {one['name']} --namespace {one['namespace']}")
    lent(f"kubectl delete crd {PLURAL}.{GROUP} --ignore-not-found")
