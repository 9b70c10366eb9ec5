"""The examples are what they say: applied, injected, and named as others name them."""

from pathlib import Path
from urllib.parse import urlsplit

import pytest
import yaml

from adapter.injection.workloads import templates
from kinds.reading import Fields
from tests.adapter.injection.golden import with_adapters
from tests.adapter.injection.pods import CONFIG
from tests.cluster.facade import Cluster
from tests.cluster.session import Session
from tests.repository.lock import ROOT

EXAMPLES = ROOT / "examples"
GUIDE = sorted((EXAMPLES / "guide").glob("*.yaml"))
PLAIN = [path for path in EXAMPLES.glob("*.yaml") if path.stem != "mistakes"]
SERVERS = [*sorted(PLAIN), EXAMPLES / "greeter" / "mcpserver.yaml"]
ANNOTATED = [EXAMPLES / "annotated" / "deployment.yaml", EXAMPLES / "greeter" / "deployment.yaml"]


def documents(path: Path) -> list[Fields]:
    """Return the objects in a file."""
    return [one for one in yaml.safe_load_all(path.read_text()) if one]


@pytest.mark.parametrize("path", GUIDE, ids=lambda path: path.stem)
def test_the_api_server_takes_an_example_of_the_guide(path: Path, named_namespace: Cluster) -> None:
    words = ["apply", "--dry-run=server", f"--filename={path}"]
    assert f"mcpserver.kagent.dev/{path.stem} created" in named_namespace.kubectl(*words)


@pytest.mark.parametrize("path", [*SERVERS, *ANNOTATED], ids=lambda path: path.stem)
def test_the_api_server_takes_an_example(path: Path, kinds_session: Session) -> None:
    with kinds_session.namespace("examples") as cluster:
        said = cluster.kubectl("apply", "--dry-run=server", f"--filename={path}")
    assert len(said.splitlines()) == len(documents(path))


@pytest.mark.parametrize("path", ANNOTATED, ids=lambda path: path.parent.name)
def test_an_annotated_deployment_gets_the_adapter(path: Path) -> None:
    deployment = documents(path)[0]
    (template,) = templates(with_adapters(deployment, CONFIG))
    containers = {one["name"]: one for one in template.pod["spec"]["containers"]}
    assert containers["server"]["command"][0] == "/run/kmcp/launcher"
    assert [one for one in containers if one not in ("server", "cache")] == []
    (sidecar,) = template.pod["spec"]["initContainers"]
    assert sidecar["name"] == "kmcp-adapter"


def test_the_service_of_the_annotated_deployment_leads_to_its_adapter() -> None:
    deployment, service = documents(ANNOTATED[0])
    (template,) = templates(with_adapters(deployment, CONFIG))
    (port,) = service["spec"]["ports"]
    ports = template.pod["spec"]["initContainers"][0]["ports"]
    assert {one["name"]: one["containerPort"] for one in ports}[port["targetPort"]] == port["port"]
    assert service["spec"]["selector"].items() <= template.pod["metadata"]["labels"].items()


def test_the_remote_server_of_kagent_is_a_server_of_the_guide() -> None:
    remote, agent = documents(EXAMPLES / "kagent" / "remote.yaml")
    (server,) = documents(EXAMPLES / "guide" / "mi-mcp-server.yaml")
    url = urlsplit(str(remote["spec"]["transport"]["url"]))
    name, namespace = (server["metadata"][key] for key in ("name", "namespace"))
    assert url.hostname == f"{name}.{namespace}.svc.cluster.local"
    assert (url.port, url.path) == (server["spec"]["deployment"]["port"], "/sse")
    assert agent["spec"]["remoteMcpServers"] == [{"name": remote["metadata"]["name"]}]
