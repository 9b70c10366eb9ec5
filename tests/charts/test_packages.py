"""The charts as they are published: the same bytes each time, found and installed by any Helm."""

import tarfile
import tomllib
from pathlib import Path

import pytest
import yaml

from cluster.errors import NotFound
from scripts import charts
from tests.charts.installed import helm
from tests.charts.rendered import HELMS
from tests.cluster.facade import Cluster
from tests.cluster.session import Session
from tests.docs.shown import about, commands
from tests.docs.terminal import CommandError, Terminal
from tests.repository.lock import ROOT

pytestmark = pytest.mark.slow

VERSION = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
CRD = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/mcpservers.kagent.dev"


@pytest.mark.parametrize("name", HELMS)
def test_any_helm_packs_the_same_bytes_at_any_time(
    name: str, published: Path, tmp_path: Path
) -> None:
    charts.main([f"--into={tmp_path}", f"--helm={helm(name)}"])
    for package in published.glob("*.tgz"):
        assert (tmp_path / package.name).read_bytes() == package.read_bytes()


def test_the_index_lists_both_charts_in_the_version_of_this_code(published: Path) -> None:
    index = yaml.safe_load((published / "index.yaml").read_text())
    for name in charts.CHARTS:
        (found,) = index["entries"][name]
        assert (found["version"], found["appVersion"]) == (VERSION, VERSION)
        assert found["urls"] == [f"{name}-{VERSION}.tgz"]


def test_packages_of_earlier_versions_stay_in_the_index(tmp_path: Path) -> None:
    charts.main([f"--into={tmp_path}", f"--helm={helm()}"])
    before = (tmp_path / f"kmcp-{VERSION}.tgz").read_bytes()
    (tmp_path / "kmcp-0.0.1.tgz").write_bytes(charts.settled(before, 1_700_000_000))
    charts.indexed(str(helm()), tmp_path)
    entries = yaml.safe_load((tmp_path / "index.yaml").read_text())["entries"]["kmcp"]
    assert {one["urls"][0] for one in entries} == {"kmcp-0.0.1.tgz", f"kmcp-{VERSION}.tgz"}
    assert "2023-11-14T22:13:20+00:00" in {one["created"] for one in entries}


def test_a_package_holds_what_the_chart_holds(published: Path) -> None:
    folder = ROOT / "charts" / "kmcp"
    with tarfile.open(published / f"kmcp-{VERSION}.tgz") as archive:
        held = {name.removeprefix("kmcp/") for name in archive.getnames()}
    files = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert held == files
    assert "values-prod.yaml" in held  # where ArgoCD looks for it


def established(plane: Session) -> None:
    """Return once the API server knows MCPServers."""
    everywhere = Cluster(
        plane.kubectl, plane.kubeconfig, plane.context, "default", plane.api, plane.load
    )
    everywhere.wait_condition("customresourcedefinition", "mcpservers.kagent.dev", "Established")


@pytest.mark.control_plane
@pytest.mark.parametrize("where", ["", " --namespace kmcp-system --create-namespace"])
def test_the_definition_is_established_wherever_its_release_is(
    where: str, plane: Session, terminal: Terminal
) -> None:
    terminal("helm repo add kmcp https://kagent-dev.github.io/kmcp")
    terminal(f"helm install kmcp-crds kmcp/kmcp-crds{where}")
    established(plane)
    terminal(f"helm uninstall kmcp-crds{where.replace(' --create-namespace', '')}")
    assert plane.api.request("GET", CRD)  # kept, and all MCPServers with it
    terminal(f"helm install kmcp-crds kmcp/kmcp-crds{where}")


@pytest.mark.control_plane
def test_a_definition_that_was_kept_is_handed_to_another_release(
    plane: Session, terminal: Terminal
) -> None:
    terminal("helm repo add kmcp https://kagent-dev.github.io/kmcp")
    terminal("helm install kmcp-crds kmcp/kmcp-crds --namespace default")
    terminal("helm uninstall kmcp-crds --namespace default")
    (handed,) = about("troubleshooting.md", "--take-ownership")
    with pytest.raises(CommandError, match="invalid ownership metadata"):
        terminal(handed.replace(" --take-ownership", ""))
    terminal(handed)
    established(plane)


@pytest.mark.control_plane
def test_from_a_web_folder_it_goes_as_documented(plane: Session, terminal: Terminal) -> None:
    run(terminal, "With Helm", without="helm test")
    established(plane)
    run(terminal, "Is it there?")
    run(terminal, "Upgrading")
    assert "Rollback to 1" in run(terminal, "Rolling back") + terminal(
        "helm history kmcp --namespace kmcp-system"
    )
    run(terminal, "Uninstalling")
    assert plane.api.request("GET", CRD)
    with pytest.raises(NotFound):
        plane.api.request("GET", "/apis/apps/v1/namespaces/kmcp-system/deployments/kmcp-webhook")


@pytest.mark.control_plane
def test_from_a_registry_it_goes_as_documented(
    plane: Session, terminal: Terminal, published: Path
) -> None:
    (push,) = [line for line in commands("install.md", "Publishing the charts") if "push" in line]
    home = {"dist/charts": str(published), "/charts": "/kagent-dev/kmcp/helm"}
    for name in charts.CHARTS:
        terminal(push.replace("kmcp-0", f"{name}-0"), home)
    run(terminal, "From a registry")
    established(plane)
    assert f"kmcp-{VERSION}" in terminal("helm list --namespace kmcp-system")


@pytest.mark.control_plane
@pytest.mark.parametrize("section", ["From a clone", "With values of your own"])
def test_from_a_clone_it_goes_as_documented(section: str, terminal: Terminal) -> None:
    run(terminal, section)
    shown = (
        "kubectl get deployment kmcp-controller-manager -n kmcp-system -o jsonpath={.spec.replicas}"
    )
    assert terminal(shown) == ("3" if "values" in section else "1")


@pytest.mark.control_plane
@pytest.mark.parametrize("file", ["values.yaml", "values-ha.yaml"])
def test_an_installation_may_make_its_namespace(file: str, terminal: Terminal) -> None:
    terminal("helm install kmcp-crds charts/kmcp-crds")
    values = f"-f examples/values/{file}"
    terminal(f"helm install kmcp charts/kmcp -n kmcp-system --create-namespace {values}")


def run(terminal: Terminal, section: str, without: str = "nothing") -> str:
    """Run the commands of a section of docs/install.md, and return what they print."""
    return "".join(
        terminal(line) for line in commands("install.md", section) if without not in line
    )
