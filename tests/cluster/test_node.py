"""The real node does what later tests rely on: Pods, names, exec, logs, metrics, built images."""

from pathlib import Path
from urllib.request import urlopen

import pytest

from tests.cluster import images
from tests.cluster.facade import Cluster, KubectlError, is_true

HERE = Path(__file__).parent
METRICS_SECONDS = 180.0  # metrics exist from the second scrape on, and one is made every 10 s


@pytest.fixture
def web(cluster: Cluster) -> Cluster:
    """Return a namespace where the Deployment `web`, with a native sidecar, is rolled out."""
    cluster.load("kmcp.test/probe:1")
    cluster.apply(HERE / "web.yaml")
    cluster.wait_rollout("web")
    return cluster


@pytest.fixture
def asker(cluster: Cluster) -> Cluster:
    """Return a namespace where a Pod with a shell runs."""
    cluster.load("alpine:3.22")
    cluster.apply(HERE / "asker.yaml")
    cluster.wait_condition("pod", "asker", "Ready")
    return cluster


def test_a_deployment_with_a_native_sidecar_rolls_out(web: Cluster) -> None:
    for pod in web.find("pods", "app=web"):
        (sidecar,) = pod["status"]["initContainerStatuses"]
        assert sidecar["started"]
        assert is_true(pod, "Ready")


def test_a_service_is_reached_by_its_name_from_another_pod(web: Cluster, asker: Cluster) -> None:
    pods = {pod["metadata"]["name"] for pod in web.find("pods", "app=web")}
    for name in ("web", f"web.{web.namespace}", f"web.{web.namespace}.svc.cluster.local"):
        assert asker.ask("asker", "timeout", "10", "wget", "-qO-", f"http://{name}").strip() in pods


def test_a_service_is_reached_from_the_test_itself(web: Cluster) -> None:
    with web.port("svc/web", 80) as address, urlopen(f"http://{address}", timeout=60) as answer:
        assert answer.read().decode().startswith("web-")


def test_exec_and_logs_work(asker: Cluster) -> None:
    assert asker.exec("asker", "echo", "hello", container="asker") == "hello\n"
    assert asker.logs("pod/asker") == "ready to ask\n"


def test_top_knows_what_a_pod_uses(asker: Cluster) -> None:
    def has_metrics(_: object) -> bool:
        try:
            return "asker" in asker.kubectl("top", "pod", "asker", "--no-headers")
        except KubectlError:
            return False

    asker.wait("pod", "asker", has_metrics, "known to metrics-server", METRICS_SECONDS)


def test_an_image_built_in_two_stages_runs_as_nobody_under_the_restricted_level(
    cluster: Cluster,
) -> None:
    level = "pod-security.kubernetes.io/enforce=restricted"
    cluster.kubectl("label", "namespace", cluster.namespace, level)
    image = images.build(HERE / "two-stages.Dockerfile", "kmcp.test/two-stages:1", HERE)
    cluster.load(str(image))
    cluster.apply(HERE / "restricted.yaml")
    cluster.wait_condition("pod", "restricted", "Ready")
    assert cluster.exec("restricted", "id", "-u").strip() == "10001"


def test_the_restricted_level_is_enforced(cluster: Cluster) -> None:
    level = "pod-security.kubernetes.io/enforce=restricted"
    cluster.kubectl("label", "namespace", cluster.namespace, level)
    with pytest.raises(KubectlError, match='violates PodSecurity "restricted'):
        cluster.apply(HERE / "asker.yaml")


def test_alpine_has_musl_and_no_glibc(asker: Cluster) -> None:
    libraries = asker.exec("asker", "ls", "/lib").split()
    assert [name for name in libraries if name.startswith("ld-musl-")] == libraries


@pytest.mark.parametrize(
    ("image", "command", "said"),
    [
        pytest.param("python:3.13-slim", "python --version", ["Python 3.13"], id="python"),
        pytest.param("node:24-slim", "node --version; npx --version", ["v24", "11"], id="node"),
    ],
)
def test_a_base_image_is_what_it_is_called(
    cluster: Cluster, image: str, command: str, said: list[str]
) -> None:
    cluster.load(image)
    words = ["--restart=Never", f"--image={image}", "--command", "--"]
    cluster.kubectl("run", "once", *words, "sh", "-c", command)
    cluster.wait("pod", "once", lambda pod: pod["status"]["phase"] == "Succeeded", "finished")
    lines = cluster.logs("pod/once").splitlines()
    assert len(lines) == len(said)
    assert all(line.startswith(start) for line, start in zip(lines, said, strict=True))


def test_a_wait_that_fails_tells_what_the_cluster_knows(cluster: Cluster) -> None:
    words = ["--image=kmcp.test/nowhere:1", "--image-pull-policy=Never"]
    cluster.kubectl("run", "stuck", *words)
    cluster.wait("pod", "stuck", lambda pod: "ErrImageNeverPull" in str(pod), "refused")
    with pytest.raises(AssertionError) as raised:
        cluster.wait("pod", "stuck", lambda pod: is_true(pod, "Ready"), "Ready", seconds=0)
    story = str(raised.value)
    assert story.startswith("pod/stuck not Ready after 0 s")
    assert "ErrImageNeverPull" in story
    assert "Scheduled" in story
