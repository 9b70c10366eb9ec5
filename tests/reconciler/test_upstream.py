"""What the tests of upstream kmcp's controller ask for, and where we mean to differ.

Its numbers, from 1 to 13 and 20 to 28, are those of its own files: the controller's, then the
end-to-end ones, which run with real Pods in node/test_upstream.py and as far as possible here.
"""

from typing import Any

import pytest

from kinds.reading import Fields
from reconciler.conditions import conditions
from reconciler.observed import Observed, Outcome
from tests.reconciler.deployments import deployment
from tests.reconciler.worlds import container, http, pod, server, wish

SPEAKING = pytest.mark.parametrize("speaking", [server, http], ids=["stdio", "http"])
SIDECAR = {
    "name": "exporter",
    "image": "registry.example.com/exporter:1",
    "command": ["exporter"],
    "args": ["--port=9100"],
}


def ready(given: Fields, **counts: int) -> tuple[str, str, str]:
    observed = Observed(deployment=deployment(given, **counts))
    found = conditions(given, observed, Outcome())[3]
    return found.status, found.reason, found.message


def names_of(listed: list[Fields]) -> list[str]:
    return [one["name"] for one in listed]


def test_1_a_stdio_server_of_npx_is_made() -> None:
    made = wish(server(image="node:24-alpine3.21", cmd="npx", args=["-y", "some-server"]))
    assert [one["kind"] for one in made.manifests()] == ["ServiceAccount", "Service", "Deployment"]
    assert {one["metadata"]["name"] for one in made.manifests()} == {"tool"}
    assert container(made)["image"] == "node:24-alpine3.21"
    assert container(made)["command"][-3:] == ["npx", "-y", "some-server"]
    assert [one["port"] for one in made.service["spec"]["ports"]] == [3000]


def test_2_no_pod_of_three_is_there() -> None:
    status, reason, message = ready(server(replicas=3), replicas=3, available=0)
    assert (status, reason) == ("False", "NotAvailable")
    assert "0/3 replicas available" in message


def test_3_both_pods_are_there() -> None:
    """Upstream says Available and "Deployment is ready and all pods are running"."""
    assert ready(server(replicas=2), replicas=2, available=2) == (
        "True",
        "DeploymentReady",
        "MCPServer deployment is ready",
    )


def test_4_a_secret_a_config_map_and_a_volume_are_mounted() -> None:
    """Upstream has a volume for its adapter's settings and one for its program; we have one where
    adapter and launcher meet. Secrets are mounted as well, and a single ConfigMap at /config."""
    made = wish(
        server(
            secretRefs=[{"name": "credentials"}],
            configMapRefs=[{"name": "settings"}],
            volumes=[{"name": "custom", "emptyDir": {}}],
            volumeMounts=[{"name": "custom", "mountPath": "/custom"}],
        )
    )
    volumes = ["custom", "secret-credentials", "cm-settings", "kmcp"]
    assert names_of(pod(made)["spec"]["volumes"]) == volumes
    assert [(one["name"], one["mountPath"]) for one in container(made)["volumeMounts"]] == [
        ("custom", "/custom"),
        ("secret-credentials", "/secrets/credentials"),
        ("cm-settings", "/configmaps/settings"),
        ("cm-settings", "/config"),
        ("kmcp", "/run/kmcp"),
    ]
    assert container(made)["envFrom"] == [{"secretRef": {"name": "credentials"}}]


@SPEAKING
def test_5_and_6_a_pull_policy_is_kept(speaking: Any) -> None:  # noqa: ANN401 - a function
    assert container(wish(speaking(imagePullPolicy="Always")))["imagePullPolicy"] == "Always"


@SPEAKING
def test_7_and_8_the_pull_policy_is_if_not_present(speaking: Any) -> None:  # noqa: ANN401
    """It is said aloud for every image, since Kubernetes would always pull what is `latest`."""
    assert container(wish(speaking()))["imagePullPolicy"] == "IfNotPresent"


def test_9_sidecars_run_beside_a_stdio_server() -> None:
    other = {**SIDECAR, "name": "proxy"}
    made = wish(server(sidecars=[SIDECAR, other]))
    assert names_of(pod(made)["spec"]["containers"]) == ["mcp-server", "exporter", "proxy"]
    assert container(made)["image"] == "registry.example.com/tool:1"
    assert container(made, "exporter") == SIDECAR
    assert container(made, "proxy") == other


def test_10_a_sidecar_of_an_http_server_may_mount_the_volume_config() -> None:
    """It is empty with us: there is no adapter whose settings it could hold."""
    mount = {"name": "config", "mountPath": "/config"}
    made = wish(http(sidecars=[{**SIDECAR, "volumeMounts": [mount]}]))
    assert names_of(pod(made)["spec"]["containers"]) == ["mcp-server", "exporter"]
    assert container(made, "exporter")["volumeMounts"] == [mount]
    assert pod(made)["spec"]["volumes"] == [{"name": "config", "emptyDir": {}}]


@SPEAKING
def test_11_without_sidecars_there_is_one_container(speaking: Any) -> None:  # noqa: ANN401
    """The adapter is a native sidecar, which stands among the init containers."""
    assert names_of(pod(wish(speaking()))["spec"]["containers"]) == ["mcp-server"]


def test_12_an_account_of_the_users_is_taken_and_none_is_made() -> None:
    made = wish(server(serviceAccountName="mine"))
    assert made.service_account is None
    assert pod(made)["spec"]["serviceAccountName"] == "mine"


def test_13_an_account_is_made_with_its_annotations() -> None:
    role = {"eks.amazonaws.com/role-arn": "arn:aws:iam::123456789012:role/tool"}
    made = wish(server(serviceAccount={"annotations": role}))
    assert made.service_account is not None
    assert made.service_account["metadata"]["name"] == "tool"
    assert made.service_account["metadata"]["annotations"] == role
    assert pod(made)["spec"]["serviceAccountName"] == "tool"


def test_20_and_25_a_secret_comes_in_as_variables() -> None:
    made = wish(server(secretRefs=[{"name": "knowledge-assistant-secrets-staging"}]))
    reference = {"name": "knowledge-assistant-secrets-staging"}
    assert container(made)["envFrom"] == [{"secretRef": reference}]


def test_23_a_pod_that_is_there_makes_the_server_ready() -> None:
    assert ready(server(), replicas=1, available=1)[0] == "True"


def test_24_the_service_has_one_port_that_says_what_it_speaks() -> None:
    (port,) = wish(server()).service["spec"]["ports"]
    assert (port["port"], port["appProtocol"]) == (3000, "kgateway.dev/mcp")


def test_26_the_service_leads_to_the_adapter() -> None:
    made = wish(server())
    (port,) = made.service["spec"]["ports"]
    adapter = container(made, "kmcp-adapter")
    assert {"name": "mcp", "containerPort": port["targetPort"], "protocol": "TCP"} in (
        adapter["ports"]
    )
    assert made.service["spec"]["selector"].items() <= pod(made)["metadata"]["labels"].items()


def test_27_another_variable_makes_other_pods() -> None:
    before, after = wish(server(env={"A": "1"})), wish(server(env={"A": "2"}))
    assert pod(before) != pod(after)


def test_28_all_objects_go_with_their_server() -> None:
    given = server()
    for manifest in wish(given).manifests():
        (owner,) = manifest["metadata"]["ownerReferences"]
        assert (owner["uid"], owner["controller"]) == (given["metadata"]["uid"], True)
