"""What an installation says about adapters, and how the cluster's nodes decide their form."""

import os
from pathlib import Path

import pytest

from adapter.injection.config import usual_resources
from cluster.client import Client
from telemetry.metrics import Metrics
from tests.door.scripted import Answer, scripted
from tests.webhook.program import wait
from tests.webhook.test_settings import SECRET, complaint
from tests.webhook.workloads import ADAPTER_IMAGE
from webhook.injecting import injecting, is_native, own_namespace
from webhook.settings import settings

IMAGE = f"--adapter-image={ADAPTER_IMAGE}"
SERVER = Answer(body={"gitVersion": "v1.36.3"})


def kubelet(version: str) -> Answer:
    """Return a list of one node."""
    info = {"kubeletVersion": version, "operatingSystem": "linux"}
    node = {"metadata": {"name": "one"}, "status": {"nodeInfo": info}}
    return Answer(body={"metadata": {}, "items": [node]})


def test_without_flags_everything_is_as_usual() -> None:
    config = settings([SECRET, IMAGE], {}).config("1.2.3", "kmcp-system")
    assert (config.image, config.version, config.user) == (ADAPTER_IMAGE, "1.2.3", 65532)
    assert (config.port, config.admin_port, config.path) == (3000, 3901, "/mcp")
    assert config.resources == usual_resources()
    assert (config.pull_policy, config.pull_secrets) == ("IfNotPresent", ())
    assert config.excluded_namespaces == ()


def test_everything_can_be_chosen() -> None:
    words = [
        SECRET,
        IMAGE,
        "--adapter-pull-policy=Always",
        "--adapter-pull-secrets=one, two",
        '--adapter-resources={"requests": {"cpu": "100m"}, "limits": {"cpu": null}}',
        "--native-sidecars=on",
        "--excluded-namespaces=vault,mesh",
        "--adapter-port=4000",
        "--adapter-admin-port=4001",
        "--adapter-path=/tools",
        "--adapter-user=assigned",
        "--cluster-domain=corp.example",
    ]
    config = settings(words, {}).config("1.2.3", "kmcp-system")
    assert (config.pull_policy, config.pull_secrets) == ("Always", ("one", "two"))
    assert config.resources == {
        "requests": {"cpu": "100m", "memory": "64Mi"},
        "limits": {"memory": "256Mi"},
    }
    assert config.native
    assert config.excluded_namespaces == ("vault", "mesh")
    assert (config.port, config.admin_port, config.path) == (4000, 4001, "/tools")
    assert (config.user, config.cluster_domain) == (None, "corp.example")


@pytest.mark.parametrize(
    ("word", "mend"),
    [
        ("--adapter-image=", "--adapter-image must be an image"),
        ("--adapter-image=Not An Image", "--adapter-image must be an image"),
        ("--adapter-pull-policy=Sometimes", "--adapter-pull-policy must be Always, IfNotPresent"),
        ("--adapter-pull-secrets=A B", "--adapter-pull-secrets must be names of Secrets"),
        ("--adapter-resources={", "--adapter-resources cannot be used ("),
        ('--adapter-resources={"limits": {"gpu": 1}}', "--adapter-resources cannot be used ("),
        ("--native-sidecars=maybe", "--native-sidecars must be auto, on or off"),
        ("--namespace=Mine", "--namespace must be the name of a namespace"),
        ("--excluded-namespaces=a,B", "--excluded-namespaces must be the name of a namespace"),
        ("--adapter-port=80", "--adapter-port must be a whole number from 1024 to 65535"),
        ("--adapter-path=mcp", "--adapter-path must be a path such as /mcp"),
        ("--adapter-path=/sse", "--adapter-path must be a path such as /mcp, and none of /sse"),
        ("--adapter-user=0", "--adapter-user must be a whole number from 1 to"),
        ("--cluster-domain=-", "--cluster-domain must be a domain"),
        ("--adapter-port=3901", "--adapter-port and --adapter-admin-port must differ"),
    ],
)
def test_what_cannot_be_is_told_in_one_line(
    capsys: pytest.CaptureFixture[str], word: str, mend: str
) -> None:
    assert mend in complaint(capsys, SECRET, IMAGE, word)


def test_our_own_namespace_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("KUBERNETES_SERVICE_HOST", "KUBERNETES_SERVICE_PORT"):
        monkeypatch.delenv(name, raising=False)
    given = settings([SECRET, "--namespace=flag"], {})
    assert own_namespace(given, {"POD_NAMESPACE": "pod"}) == "flag"
    silent = settings([SECRET], {})
    assert own_namespace(silent, {"POD_NAMESPACE": "pod"}) == "pod"
    assert own_namespace(silent, {}) == "kmcp-system"


def test_the_form_follows_the_oldest_kubelet(tmp_path: Path) -> None:
    for version, native in (("v1.29.0", True), ("v1.28.3", False)):
        folder = tmp_path / version
        folder.mkdir()
        with scripted(folder, [SERVER, kubelet(version)]) as script:
            assert is_native("auto", Client(script.api))() is native


def test_what_is_unknown_is_plain_because_that_runs_everywhere(tmp_path: Path) -> None:
    with scripted(tmp_path, [Answer(500)]) as script:
        assert is_native("auto", Client(script.api))() is False
    assert is_native("auto", None)() is False


@pytest.mark.parametrize(("choice", "native"), [("on", True), ("off", False)])
def test_an_administrators_word_asks_nobody(tmp_path: Path, choice: str, native: bool) -> None:
    with scripted(tmp_path, []) as script:
        assert is_native(choice, Client(script.api))() is native
        assert script.asked == []


def test_the_nodes_are_asked_before_the_first_pod_comes(tmp_path: Path) -> None:
    with scripted(tmp_path, [SERVER, kubelet("v1.30.0")]) as script:
        made = injecting(settings([SECRET, IMAGE], {}), Client(script.api), os.environ, Metrics())
        wait(lambda: len(script.asked) == 2, lambda: str(script.asked))
        assert made.is_native()
        assert len(script.asked) == 2
