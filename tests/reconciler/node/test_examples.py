"""The examples of the guide, applied as they are printed there, run and are called by real clients.

Only the images are ours, under the names that the examples say.
"""

import json
from pathlib import Path

import pytest
import yaml

from kinds.reading import Fields
from tests.cluster import borrowed
from tests.cluster.facade import Object
from tests.docs.shown import about
from tests.docs.terminal import Terminal
from tests.reconciler.node.stage import READY, Stage, ready
from tests.repository.lock import ROOT

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(borrowed.is_wanted(), reason="needs images under any name"),
]
GUIDE = ROOT / "examples" / "guide"
MANIFESTS = sorted(GUIDE.glob("*.yaml"))
ACCOUNT = GUIDE / "service-account.patch"
HTTP = {"http-mcp-server": "/mcp", "http-native-mcp": "/v1/mcp"}
VERSION = {"tls.crt": "certificate"}


def spec(name: str) -> Fields:
    """Return the spec that an example has."""
    documents = yaml.safe_load_all((GUIDE / f"{name}.yaml").read_text())
    found: Fields = next(one["spec"] for one in documents if one["kind"] == "MCPServer")
    return found


@pytest.fixture(scope="module")
def running(examples: Stage, tmp_path_factory: pytest.TempPathFactory) -> Stage:
    """Lend the namespace with all examples ready, and with what two of them only name."""
    folder = tmp_path_factory.mktemp("data")
    folder.chmod(0o777)
    (folder / "report.txt").write_text("in the volume")
    for claim in ("mcp-data-pvc", "mcp-data"):
        examples.volume(claim, folder)
    words = [f"--from-literal={key}={value}" for key, value in VERSION.items()]
    examples.cluster.kubectl("create", "secret", "generic", "mcp-tls", *words)
    for path in MANIFESTS:
        examples.cluster.apply(path)
    for path in MANIFESTS:
        assert ready(examples.ready(path.stem)) == READY
    return examples


@pytest.mark.parametrize("name", [path.stem for path in MANIFESTS])
def test_an_example_has_its_objects_under_its_name(running: Stage, name: str) -> None:
    server = running.server(name)
    assert {one["type"]: one["status"] for one in server["status"]["conditions"]} == dict.fromkeys(
        ("Accepted", "ResolvedRefs", "Programmed", "Ready"), "True"
    )
    for kind in ("deployment", "service", "serviceaccount"):
        made = running.cluster.get(kind, name)["metadata"]
        (owner,) = made["ownerReferences"]
        assert (owner["uid"], owner["controller"]) == (server["metadata"]["uid"], True)
        labels = {f"app.kubernetes.io/{key}": name for key in ("name", "instance")}
        assert made["labels"].items() >= {**labels, "app.kubernetes.io/managed-by": "kmcp"}.items()
    service = running.cluster.get("service", name)["spec"]
    (port,) = service["ports"]
    wanted = spec(name)["deployment"]["port"]
    assert (service["type"], port["name"], port["port"]) == ("ClusterIP", "http", wanted)
    address = f"http://{name}.{running.cluster.namespace}.svc.cluster.local:{wanted}"
    assert server["status"]["url"] == f"{address}{HTTP.get(name, '/mcp')}"


@pytest.mark.parametrize("name", [path.stem for path in MANIFESTS])
def test_an_example_shows_as_the_guide_prints_it(running: Stage, name: str) -> None:
    """A native sidecar counts: 2/2, where the guide has 1/1."""
    selected = f"--selector=app.kubernetes.io/instance={name}"
    lines = running.cluster.kubectl("get", "all", selected, "--no-headers").splitlines()
    shown = {line.split()[0].partition("/")[0]: line.split()[1:] for line in lines if line}
    assert set(shown) == {"pod", "service", "deployment.apps", "replicaset.apps"}
    assert shown["pod"][:3] == ["1/1" if name in HTTP else "2/2", "Running", "0"]
    port = spec(name)["deployment"]["port"]
    assert (shown["service"][0], shown["service"][3]) == ("ClusterIP", f"{port}/TCP")
    assert shown["deployment.apps"][:3] == ["1/1", "1", "1"]


def test_it_is_described_with_conditions_and_events(running: Stage) -> None:
    shown = running.cluster.kubectl("describe", "mcpserver", "mi-mcp-server")
    conditions, _, events = shown.partition("Events:")
    for words in ("Type:                  Ready", "DeploymentReady", READY[2]):
        assert words in conditions
    assert "DeploymentReady" in events
    assert "kmcp" in events
    selected = "--field-selector=involvedObject.name=mi-mcp-server"
    assert "DeploymentReady" in running.cluster.kubectl("get", "events", selected)


def test_a_server_of_files_lists_its_volume(running: Stage) -> None:
    assert json.loads(running.call("filesystem-mcp", "list", path="/data")) == ["report.txt"]
    assert json.loads(running.call("filesystem-mcp", "program")) == [
        "/usr/local/bin/mcp-server-filesystem",
        "/data",
    ]
    assert json.loads(running.call("filesystem-server", "list", path="/data")) == ["note.txt"]


def test_a_server_with_rights_in_a_cloud_has_its_account(running: Stage) -> None:
    assert json.loads(running.call("aws-s3-mcp", "program")) == [
        "/usr/local/bin/mcp-s3",
        "--bucket",
        "mi-bucket",
    ]
    wanted = spec("aws-s3-mcp")["deployment"]["serviceAccount"]
    made = running.cluster.get("serviceaccount", "aws-s3-mcp")["metadata"]
    assert made["annotations"] == wanted["annotations"]
    assert made["labels"].items() >= wanted["labels"].items()
    (pod,) = running.pods("aws-s3-mcp")
    assert pod["spec"]["serviceAccountName"] == "aws-s3-mcp"


def test_the_account_of_three_clouds_is_written_as_printed(running: Stage) -> None:
    (before,) = running.pods("mi-mcp-server")
    patch = ["--type=merge", f"--patch-file={ACCOUNT}"]
    running.cluster.kubectl("patch", "mcpserver", "mi-mcp-server", *patch)
    wanted = yaml.safe_load(ACCOUNT.read_text())["spec"]["deployment"]["serviceAccount"]

    def has_all(account: Object) -> bool:
        metadata = account["metadata"]
        return bool(
            metadata.get("annotations") == wanted["annotations"]
            and metadata["labels"].items() >= wanted["labels"].items()
        )

    running.cluster.wait("serviceaccount", "mi-mcp-server", has_all, "annotated")
    assert all(isinstance(one, str) for one in wanted["annotations"].values())
    (after,) = running.pods("mi-mcp-server")
    assert after["metadata"]["uid"] == before["metadata"]["uid"]


def test_a_secret_is_in_the_environment_and_in_a_folder(running: Stage) -> None:
    given = {"API_KEY": "mi-api-key-secreta", "API_SECRET": "mi-api-secret", "LOG_LEVEL": "debug"}
    for variable, value in given.items():
        assert running.call("api-mcp-server", "environment", name=variable) == value
    folder = "/secrets/api-credentials"
    assert running.call("api-mcp-server", "read", path=f"{folder}/API_KEY") == given["API_KEY"]
    assert (
        running.call("api-mcp-server", "write", path=f"{folder}/API_KEY") == "Read-only file system"
    )
    (pod,) = running.pods("api-mcp-server")
    described = running.cluster.kubectl("describe", "pod", pod["metadata"]["name"])
    assert folder in described.partition("Mounts:")[2]


def test_a_config_map_is_where_the_arguments_say(running: Stage) -> None:
    program = json.loads(running.call("configured-mcp", "program"))
    assert program == ["/app/mcp-server", "--config", "/config/config.yaml"]
    documents = list(yaml.safe_load_all((GUIDE / "configured-mcp.yaml").read_text()))
    content = documents[0]["data"]["config.yaml"]
    assert running.call("configured-mcp", "read", path=program[2]) == content
    assert (
        running.call("configured-mcp", "read", path="/configmaps/mcp-config/config.yaml") == content
    )


def test_volumes_of_all_kinds_are_mounted_as_given(running: Stage) -> None:
    assert json.loads(running.call("advanced-mcp", "list", path="/data")) == ["report.txt"]
    assert running.call("advanced-mcp", "write", path="/data/new.txt") == "written"
    assert running.call("advanced-mcp", "write", path="/tmp/cache/new") == "written"
    assert running.call("advanced-mcp", "read", path="/etc/tls/tls.crt") == VERSION["tls.crt"]
    assert running.call("advanced-mcp", "write", path="/etc/tls/other") == "Read-only file system"


@pytest.mark.parametrize(("name", "path"), HTTP.items())
def test_an_http_server_is_called_at_its_own_path(running: Stage, name: str, path: str) -> None:
    """A Service forwards bytes: the path is the server's, in the status, and on the Service."""
    assert running.call(name, "where", path) == f"8080{path}"
    (pod,) = running.pods(name)
    assert [one["name"] for one in pod["spec"]["containers"]] == ["mcp-server"]
    assert "initContainers" not in pod["spec"]
    noted = running.cluster.get("service", name)["metadata"].get("annotations", {})
    assert noted == ({} if path == "/mcp" else {"kagent.dev/mcp-service-path": path})
    assert running.columns(name)[1:3] == ["True", "http"]


def test_a_path_that_is_not_the_servers_own_is_refused_by_the_server(running: Stage) -> None:
    assert "Not Found" in running.call("http-native-mcp", "where", "/mcp")


def test_the_url_of_a_remote_server_works_and_so_does_health(running: Stage) -> None:
    assert running.call("mi-mcp-server", "echo", "/sse", text="by events") == "by events"
    (pod,) = running.pods("filesystem-server")
    name = f"mi-mcp-server.{running.cluster.namespace}.svc.cluster.local"
    fetch = "import sys, urllib.request; print(urllib.request.urlopen(sys.argv[1]).status)"
    words = ["python", "-c", fetch, f"http://{name}:3000/health"]
    assert running.cluster.ask(pod["metadata"]["name"], *words).strip() == "200"


def test_a_restart_by_hand_is_not_undone(running: Stage) -> None:
    (before,) = running.pods("aws-s3-mcp")
    running.cluster.kubectl("rollout", "restart", "deployment/aws-s3-mcp")
    running.cluster.wait_rollout("aws-s3-mcp")
    (after,) = running.pods("aws-s3-mcp")
    assert after["metadata"]["uid"] != before["metadata"]["uid"]
    assert ready(running.ready("aws-s3-mcp")) == READY


def test_the_commands_against_trouble_say_something(running: Stage, tmp_path: Path) -> None:
    kubectl, *flags = [word for word in running.cluster.words if "--namespace" not in word]
    terminal = Terminal(tmp_path, None, kubectl=Path(kubectl))
    terminal.means = {
        "kubectl": " ".join(["kubectl", *flags]),
        "-n mcp-servers": f"--namespace={running.cluster.namespace}",
    }
    tried = [
        line for line in about("troubleshooting.md", "-n mcp-servers") if "previous" not in line
    ]
    assert len(tried) > 10
    for line in tried:
        assert terminal(line) or " logs " in line  # the server has nothing to say


@pytest.mark.parametrize("container", ["mcp-server", "kmcp-adapter"])
def test_both_containers_have_logs(running: Stage, container: str) -> None:
    """The guide calls the second one manager, which is the container of kmcp's own Pod."""
    shown = running.cluster.logs("deployment/mi-mcp-server", f"--container={container}")
    assert (container == "mcp-server") or "listening" in shown
