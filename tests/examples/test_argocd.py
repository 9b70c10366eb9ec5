"""The Applications for ArgoCD, by what ArgoCD does with them: render, apply, prune, compare."""

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from cluster.connection import Body
from kinds.reading import Fields
from scripts import charts
from tests.charts.installed import helm
from tests.charts.rendered import HELMS, inside
from tests.cluster import session
from tests.cluster.facade import Cluster
from tests.repository.lock import ROOT

pytestmark = pytest.mark.slow

FOLDER = ROOT / "examples" / "argocd"
APPLICATIONS: dict[str, Fields] = {
    f"{path.stem}-{one['metadata']['name']}": one
    for path in sorted(FOLDER.glob("*.yaml"))
    for one in yaml.safe_load_all(path.read_text())
}
GIT = "https://github.com/tu-org/tu-repo.git"
AS_ARGO = ("--server-side", "--field-manager=argocd-controller")
WEBHOOKS = "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/kmcp"
PATCH = "application/strategic-merge-patch+json"


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a git repository that is filled as the document says."""
    folder = tmp_path_factory.mktemp("repository")
    chart = folder / "helm" / "kmcp"
    shutil.copytree(ROOT / "charts" / "kmcp", chart)
    shutil.copytree(FOLDER / "values", chart / "values")
    author = ["-c", "user.name=a", "-c", "user.email=a@example.com"]
    for words in (["init", "--initial-branch=main"], ["add", "."], [*author, "commit", "-m", "x"]):
        subprocess.run(["git", *words], cwd=folder, check=True, capture_output=True)
    return folder


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the packages of the charts."""
    folder = tmp_path_factory.mktemp("packages")
    charts.main([f"--into={folder}", f"--helm={helm()}"])
    return folder


def sources(application: Fields) -> list[Fields]:
    """Return where an Application takes its manifests from."""
    spec = application["spec"]
    found: list[Fields] = spec.get("sources") or [spec["source"]]
    return found


def fetched(source: Fields, packages: Path, repository: Path, scratch: Path) -> Path:
    """Return the folder of a source's chart, as ArgoCD's repository server has it."""
    if source["repoURL"] == GIT:
        branch = f"--branch={source['targetRevision']}"
        words = ["git", "clone", "--quiet", branch, f"file://{repository}", str(scratch / "clone")]
        subprocess.run(words, check=True)
        return scratch / "clone" / str(source["path"])
    name = f"{source['chart']}-{source['targetRevision']}.tgz"
    subprocess.run(["tar", "xzf", str(packages / name), f"--directory={scratch}"], check=True)
    return scratch / str(source["chart"])


@pytest.fixture
def charted(packages: Path, repository: Path, tmp_path: Path) -> dict[str, list[Path]]:
    """Return the folders of the charts of every Application."""
    return {
        name: [
            fetched(source, packages, repository, made(tmp_path / name / str(number)))
            for number, source in enumerate(sources(application))
        ]
        for name, application in APPLICATIONS.items()
    }


def made(folder: Path) -> Path:
    """Make a folder."""
    folder.mkdir(parents=True)
    return folder


def rendered(name: str, folders: list[Path], program: str = "helm") -> str:
    """Return what ArgoCD's repository server makes of an Application."""
    application, texts = APPLICATIONS[name], list[str]()
    where = f"--namespace={application['spec']['destination']['namespace']}"
    for source, folder in zip(sources(application), folders, strict=True):
        asked = source.get("helm", {})
        files = [f"--values={file}" for file in asked.get("valueFiles", [])]
        words = [helm(program), "template", application["metadata"]["name"], ".", where]
        words += [*files, "--include-crds", "--values=-", "--kube-version=1.36"]
        given = asked.get("values", "{}")
        done = subprocess.run(
            words, cwd=folder, input=given, capture_output=True, text=True, check=True
        )
        texts.append(without_tests(done.stdout))
    return "---\n".join(texts)


def without_tests(text: str) -> str:
    """Return manifests without the hook `test`, of which ArgoCD knows nothing.

    They are in order, because two Helms do not agree on where a Lease belongs.
    """
    kept = [
        one
        for document in yaml.load_all(text, yaml.CSafeLoader)
        for one in (inside(document) if document else [])
        if "helm.sh/hook" not in one["metadata"].get("annotations", {})
    ]
    kept.sort(key=lambda one: (one["kind"], one["metadata"]["name"]))
    return yaml.safe_dump_all(kept)


@pytest.mark.parametrize("program", HELMS)
@pytest.mark.parametrize("name", APPLICATIONS)
def test_it_is_rendered_the_same_each_time_by_any_helm(
    name: str, program: str, charted: dict[str, list[Path]]
) -> None:
    times = [rendered(name, charted[name], one) for one in ("helm", program, "helm")]
    assert times[0]
    assert times == [times[0]] * 3


@pytest.mark.parametrize("name", APPLICATIONS)
def test_it_takes_the_charts_in_the_version_of_this_code(name: str) -> None:
    spec = APPLICATIONS[name]["spec"]
    assert spec["destination"]["namespace"] == "kmcp-system"
    assert spec["syncPolicy"]["automated"] == {"prune": True, "selfHeal": True}
    assert "CreateNamespace=true" in spec["syncPolicy"]["syncOptions"]
    for source in sources(APPLICATIONS[name]):
        if source["repoURL"] != GIT:
            chart = ROOT / "charts" / str(source["chart"]) / "Chart.yaml"
            assert source["targetRevision"] == yaml.safe_load(chart.read_text())["version"]


def test_the_definition_comes_in_a_wave_before_the_programs() -> None:
    waves = {
        name: int(one["metadata"]["annotations"]["argocd.argoproj.io/sync-wave"])
        for name, one in APPLICATIONS.items()
        if name.startswith("separate-")
    }
    assert waves == {"separate-kmcp-crds": -1, "separate-kmcp-controller": 0}


@pytest.mark.parametrize(
    ("name", "managers", "webhooks"),
    [("application-kmcp", 1, 2), ("separate-kmcp-controller", 2, 3), ("from-git-kmcp", 2, 3)],
)
def test_the_values_are_found_and_used(
    name: str, managers: int, webhooks: int, charted: dict[str, list[Path]]
) -> None:
    objects = yaml.safe_load_all(rendered(name, charted[name]))
    replicas = {
        one["metadata"]["name"].rpartition("-")[2]: one["spec"]["replicas"]
        for one in objects
        if one["kind"] == "Deployment"
    }
    assert replicas == {"manager": managers, "webhook": webhooks}


@pytest.fixture(scope="module")
def synced() -> Iterator[Cluster]:
    """Lend the namespace kmcp-system of a control plane in which nothing else is."""
    with session.own("control-plane") as running:
        yield running.named("kmcp-system")


@pytest.mark.control_plane
def test_after_a_sync_nothing_differs_whatever_kmcp_filled_in(
    synced: Cluster, charted: dict[str, list[Path]]
) -> None:
    name = "application-kmcp"
    text = ""
    for _ in range(3):
        text = rendered(name, charted[name])
        synced.kubectl("apply", *AS_ARGO, "--filename=-", stdin=text)
        fill_in(synced)
        assert synced.kubectl("diff", *AS_ARGO, "--filename=-", stdin=text) == ""
    assert synced.get("secret", "kmcp-webhook")["data"] == {"tls.crt": "eA=="}
    synced.kubectl("delete", "--filename=-", stdin=text)


def fill_in(cluster: Cluster) -> None:
    """Write what the manager writes: a certificate, its bundle, and who leads."""
    filled = {"data": {"tls.crt": "eA=="}}
    cluster.kubectl("patch", "secret", "kmcp-webhook", f"--patch={json.dumps(filled)}")
    leading = json.dumps({"spec": {"holderIdentity": "a", "leaseDurationSeconds": 15}})
    words = ["patch", "lease", "kmcp-controller-manager", "--type=merge", f"--patch={leading}"]
    cluster.kubectl(*words)
    found = json.loads(cluster.api.request("GET", WEBHOOKS))["webhooks"]
    bundles = [{"name": one["name"], "clientConfig": {"caBundle": "eA=="}} for one in found]
    body = Body(json.dumps({"webhooks": bundles}).encode(), PATCH)
    cluster.api.request("PATCH", WEBHOOKS, body=body)


@pytest.mark.control_plane
def test_the_definition_is_replaced_and_its_servers_stay(
    synced: Cluster, charted: dict[str, list[Path]]
) -> None:
    name = "separate-kmcp-crds"
    text = rendered(name, charted[name])
    synced.kubectl("apply", *AS_ARGO, "--filename=-", stdin=text)
    synced.wait_condition("customresourcedefinition", "mcpservers.kagent.dev", "Established")
    synced.kubectl("create", f"--filename={ROOT / 'examples' / 'npx.yaml'}")
    before = synced.get("mcpserver", "everything")["metadata"]["uid"]
    for _ in range(3):
        synced.kubectl("replace", "--filename=-", stdin=text)
        assert synced.get("mcpserver", "everything")["metadata"]["uid"] == before
