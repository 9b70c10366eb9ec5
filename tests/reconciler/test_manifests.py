"""The objects of a server: what of its manifest comes where, and what is added for its safety."""

from dataclasses import replace

import pytest

from adapter.injection.containers import literal
from kinds.reading import Fields
from tests.reconciler.deployments import deployment
from tests.reconciler.worlds import CONFIG, container, http, pod, server, wish

LABELS = {
    "app.kubernetes.io/name": "tool",
    "app.kubernetes.io/instance": "tool",
    "app.kubernetes.io/managed-by": "kmcp",
}


@pytest.mark.parametrize("given", [server(), http()], ids=["stdio", "http"])
def test_every_object_and_every_pod_has_the_three_labels(given: Fields) -> None:
    everywhere = replace(CONFIG, network_policy=True)
    for manifest in wish(given, everywhere).manifests():
        assert manifest["metadata"]["labels"] == LABELS
        assert manifest["metadata"]["namespace"] == "here"
    assert pod(wish(given))["metadata"]["labels"] == LABELS


def test_labels_and_annotations_of_the_users_break_no_selector_and_speak_not_for_us() -> None:
    mine = {"app.kubernetes.io/name": "other", "team": "a", "kmcp.dev/inject": "true"}
    template = pod(wish(http(labels=mine, annotations={**mine, "kmcp.dev/references": "x"})))
    assert template["metadata"]["labels"] == {**LABELS, "team": "a"}
    assert template["metadata"]["annotations"] == {
        "kubectl.kubernetes.io/default-container": "mcp-server",
        "app.kubernetes.io/name": "other",
        "team": "a",
    }


def test_a_selector_that_is_there_stays() -> None:
    given = server()
    live = deployment(given)
    live["spec"]["selector"] = {"matchLabels": {"app": "old"}}
    made = wish(given, deployment=live)
    assert made.deployment["spec"]["selector"] == {"matchLabels": {"app": "old"}}
    assert pod(made)["metadata"]["labels"] == {**LABELS, "app": "old"}


@pytest.mark.parametrize(
    ("written", "spelled"),
    [
        ("plain", "plain"),
        ("$HOME", "$HOME"),
        ("$(SECRET)", "$$(SECRET)"),
        ("a$$b", "a$$$$b"),
        ("$$(A)$", "$$$$(A)$$"),
    ],
)
def test_words_arrive_as_they_were_written(written: str, spelled: str) -> None:
    assert literal(written) == spelled
    made = container(wish(server(args=[written], env={"A": written})))
    assert made["command"][-1] == spelled
    assert made["env"] == [{"name": "A", "value": spelled}]


def test_an_http_server_is_a_container_as_any_other() -> None:
    given = http(cmd="serve", args=["--key=$(KEY)"], env={"B": "$(KEY)", "A": ""})
    made = container(wish(given))
    assert (made["command"], made["args"]) == (["serve"], ["--key=$(KEY)"])
    assert made["env"] == [{"name": "A", "value": ""}, {"name": "B", "value": "$(KEY)"}]
    assert made["ports"] == [{"name": "mcp", "containerPort": 8080, "protocol": "TCP"}]
    assert made["readinessProbe"]["tcpSocket"] == {"port": 8080}
    assert "initContainers" not in pod(wish(given))["spec"]


def test_an_http_server_without_a_command_runs_what_its_image_says() -> None:
    assert "command" not in container(wish(http()))


def test_the_service_leads_to_the_port_of_an_http_server() -> None:
    (port,) = wish(http(port=80)).service["spec"]["ports"]
    assert (port["port"], port["targetPort"]) == (80, 8080)


def test_the_path_of_an_http_server_stands_where_agents_look() -> None:
    given = http()
    given["spec"]["httpTransport"]["path"] = "/v1/mcp"
    assert wish(given).service["metadata"]["annotations"] == {
        "kagent.dev/mcp-service-path": "/v1/mcp"
    }
    assert "annotations" not in wish(http()).service["metadata"]


def test_an_adapter_listens_above_the_ports_that_need_rights() -> None:
    sidecar = {"name": "a", "image": "b", "ports": [{"containerPort": 3000}]}
    made = wish(server(port=80, sidecars=[sidecar]))
    (port,) = made.service["spec"]["ports"]
    assert (port["port"], port["targetPort"]) == (80, 3001)
    assert "--listen=:3001" in container(made, "kmcp-adapter")["args"]


def test_the_port_says_what_it_speaks_unless_that_is_turned_off() -> None:
    silent = wish(server(), replace(CONFIG, app_protocol=""))
    assert "appProtocol" not in silent.service["spec"]["ports"][0]


@pytest.mark.parametrize(
    ("given", "affinity"),
    [
        pytest.param(server(), None, id="one Pod"),
        pytest.param(server(replicas=2), "ClientIP", id="several, with sessions"),
        pytest.param(http(replicas=2), None, id="several of an http server"),
    ],
)
def test_clients_come_back_to_the_pod_that_has_their_session(
    given: Fields, affinity: str | None
) -> None:
    assert wish(given).service["spec"].get("sessionAffinity") == affinity


def test_replicas_that_others_set_are_left_to_them() -> None:
    given = server(replicas=2)
    live = deployment(given, replicas=7)
    assert wish(given, deployment=live).deployment["spec"]["replicas"] == 2
    given["metadata"]["annotations"] = {"kmcp.dev/replicas": "external"}
    assert wish(given).deployment["spec"]["replicas"] == 2
    assert wish(given, deployment=live).deployment["spec"]["replicas"] == 7
    scaling = {"manager": "autoscaler", "operation": "Update", "subresource": "scale"}
    owned: Fields = {"f:spec": {"f:replicas": {}}}
    live["metadata"]["managedFields"] = [{**scaling, "fieldsV1": owned}]
    assert "replicas" not in wish(given, deployment=live).deployment["spec"]
    assert wish(given, deployment=live).service["spec"]["sessionAffinity"] == "ClientIP"


def test_only_what_is_meant_can_be_reached_where_a_policy_is_wanted() -> None:
    policed = replace(CONFIG, network_policy=True)
    made = wish(server(port=4000), policed).network_policy
    assert made is not None
    assert made["spec"]["ingress"] == [
        {"ports": [{"port": 4000, "protocol": "TCP"}]},
        {
            "from": [
                {
                    "namespaceSelector": {
                        "matchLabels": {"kubernetes.io/metadata.name": "kmcp-system"}
                    }
                }
            ],
            "ports": [{"port": 3901, "protocol": "TCP"}],
        },
    ]
    of_http = wish(http(), policed).network_policy
    assert of_http is not None
    assert of_http["spec"]["ingress"] == [{"ports": [{"port": 8080, "protocol": "TCP"}]}]


def test_the_same_is_made_every_time_and_nothing_is_changed_on_the_way() -> None:
    given = server(sidecars=[{"name": "a", "image": "b"}], env={"B": "1", "A": "2"})
    before = repr(given)
    assert wish(given) == wish(given)
    assert repr(given) == before
