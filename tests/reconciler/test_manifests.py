"""The objects of a server: what of its manifest comes where, and what is added for its safety."""

from dataclasses import replace
from typing import Any

import pytest

from kinds.reading import Fields
from reconciler.manifests.container import literal
from reconciler.observed import Key, Presence, Referred
from reconciler.references import rolling
from tests.adapter.injection.pods import CONFIG as ADAPTER
from tests.reconciler.deployments import deployment
from tests.reconciler.worlds import CONFIG, container, http, pod, server, stored, wish

LABELS = {
    "app.kubernetes.io/name": "tool",
    "app.kubernetes.io/instance": "tool",
    "app.kubernetes.io/managed-by": "kmcp",
}


def mounts(given: Fields, name: str = "mcp-server") -> dict[str, str]:
    listed = container(wish(given), name)["volumeMounts"]
    return {one["mountPath"]: one["name"] for one in listed}


def npx(**deployment: Any) -> Fields:  # noqa: ANN401 - JSON
    spec = {"deployment": {"cmd": "npx", "args": ["-y", "some-server"], **deployment}}
    return stored({"metadata": {"name": "tool"}, "spec": spec})


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


def test_a_single_config_map_is_at_config_too_and_several_are_not() -> None:
    one, two = {"name": "a.b"}, {"name": "c"}
    single = mounts(server(configMapRefs=[one, one]))
    assert sorted(single) == ["/config", "/configmaps/a.b", "/run/kmcp"]
    assert sorted(mounts(server(configMapRefs=[one, two]))) == [
        "/configmaps/a.b",
        "/configmaps/c",
        "/run/kmcp",
    ]
    assert all("." not in name for name in single.values())


@pytest.mark.parametrize("path", ["/config", "/config/", "/config/own"])
def test_where_something_of_the_users_is_mounted_nothing_else_is(path: str) -> None:
    own = {"name": "own", "mountPath": path}
    volumes = [{"name": "own", "emptyDir": {}}]
    given = server(configMapRefs=[{"name": "a"}], volumes=volumes, volumeMounts=[own])
    assert mounts(given).get("/config") in (None, "own")


def test_a_mount_finds_the_volume_of_a_config_map_by_the_name_upstream_gave_it() -> None:
    own = {"name": "cm-a.b", "mountPath": "/mine"}
    sidecar = {"name": "s", "image": "b", "volumeMounts": [own]}
    given = server(configMapRefs=[{"name": "a.b"}], volumeMounts=[own], sidecars=[sidecar])
    made = wish(given)
    (volume,) = [one for one in pod(made)["spec"]["volumes"] if "configMap" in one]
    assert mounts(given)["/mine"] == volume["name"]
    assert container(made, "s")["volumeMounts"] == [{**own, "name": volume["name"]}]


def test_a_volume_of_the_users_that_has_our_name_stays_theirs() -> None:
    own = {"name": "secret-a", "emptyDir": {}}
    given = server(
        secretRefs=[{"name": "a"}],
        volumes=[own],
        volumeMounts=[{"name": "secret-a", "mountPath": "/own"}],
    )
    found = mounts(given)
    assert found["/own"] == "secret-a"
    assert found["/secrets/a"] not in ("", "secret-a")


def test_a_server_has_no_token_unless_it_brings_an_account() -> None:
    assert pod(wish(server()))["spec"]["automountServiceAccountToken"] is False
    own = pod(wish(server(serviceAccountName="mine")))["spec"]
    assert "automountServiceAccountToken" not in own


def test_a_server_may_do_little_unless_it_asks_for_more() -> None:
    assert container(wish(server()))["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "capabilities": {"drop": ["ALL"]},
    }
    assert pod(wish(server()))["spec"]["securityContext"] == {
        "seccompProfile": {"type": "RuntimeDefault"}
    }
    own = {"capabilities": {"add": ["SYS_ADMIN"]}, "runAsUser": 0}
    assert container(wish(server(securityContext=own)))["securityContext"] == own
    loose = {"seccompProfile": {"type": "Unconfined"}, "fsGroup": 1}
    spec = pod(wish(server(podSecurityContext=loose)))["spec"]
    assert spec["securityContext"] == loose


def test_a_privileged_adapter_may_escalate_as_it_must() -> None:
    given = server(initContainer={"securityContext": {"privileged": True}})
    context = container(wish(given), "kmcp-adapter")["securityContext"]
    assert (context["privileged"], context["allowPrivilegeEscalation"]) == (True, True)


def test_npx_and_uvx_have_a_home_to_write_into_and_are_not_root() -> None:
    made = wish(npx())
    assert container(made)["image"] == "node:24-alpine3.21"
    assert container(made)["env"] == [
        {"name": "HOME", "value": "/home/kmcp"},
        {"name": "npm_config_cache", "value": "/home/kmcp/.npm"},
    ]
    assert mounts(npx())["/home/kmcp"] == "kmcp-home"
    context = container(made)["securityContext"]
    assert (context["runAsNonRoot"], context["runAsUser"]) == (True, 65532)
    assert pod(made)["spec"]["securityContext"]["fsGroup"] == 65532


@pytest.mark.parametrize(
    "own",
    [
        pytest.param({"image": "registry.example.com/mine:1"}, id="an image of the user's"),
        pytest.param({"securityContext": {"runAsUser": 0}}, id="a user"),
        pytest.param({"podSecurityContext": {"runAsNonRoot": False}}, id="of the Pod"),
    ],
)
def test_who_runs_is_left_to_those_who_say_it(own: Fields) -> None:
    made = wish(npx(**own))
    assert "runAsGroup" not in container(made)["securityContext"]
    assert "fsGroup" not in pod(made)["spec"]["securityContext"]


def test_where_the_cluster_assigns_users_none_is_named() -> None:
    assigned = replace(CONFIG, adapter=replace(ADAPTER, user=None))
    context = container(wish(npx(), assigned))["securityContext"]
    assert context["runAsNonRoot"] is True
    assert "runAsUser" not in context


def test_a_home_of_the_users_own_is_kept() -> None:
    given = npx(env={"HOME": "/data"})
    assert {"name": "HOME", "value": "/data"} in container(wish(given))["env"]


def test_the_fields_of_the_init_container_are_the_adapters() -> None:
    given = server(
        initContainer={
            "image": "ghcr.io/agentgateway/agentgateway:0.9.0-musl",
            "imagePullPolicy": "Always",
            "resources": {"limits": {"memory": "512Mi"}},
            "securityContext": {"runAsUser": 1000},
        }
    )
    given["spec"]["adapter"] = {"sessions": {"maximum": 5}, "image": None}
    given["spec"]["timeout"] = "1m30.5s"
    made = container(wish(given), "kmcp-adapter")
    assert made["image"] == ADAPTER.image
    assert made["imagePullPolicy"] == "Always"
    assert made["resources"]["limits"] == {"cpu": "1", "memory": "512Mi"}
    assert made["securityContext"]["runAsUser"] == 1000
    assert '--config={"sessions":{"maximum":5}}' in made["args"]
    assert "--start-timeout=91s" in made["args"]


def test_an_adapters_own_image_is_taken() -> None:
    given = server()
    given["spec"]["adapter"] = {"image": "registry.example.com/adapter:9"}
    assert container(wish(given), "kmcp-adapter")["image"] == "registry.example.com/adapter:9"


def test_a_timeout_of_nothing_is_the_usual_one() -> None:
    given = server()
    given["spec"]["timeout"] = "0s"
    listed = container(wish(given), "kmcp-adapter")["args"]
    assert not any(one.startswith("--start-timeout") for one in listed)


def test_other_content_of_what_a_pod_sees_makes_other_pods() -> None:
    given = server(secretRefs=[{"name": "a"}], configMapRefs=[{"name": "b"}])
    keys = [Key("ConfigMap", "b"), Key("Secret", "a")]
    assert rolling(given) == keys

    def noted(secret: Referred, live: Fields | None = None) -> str | None:
        found = {keys[0]: Referred(Presence.FOUND, "b1"), keys[1]: secret}
        made = wish(given, references=found, deployment=live)
        annotations: dict[str, str] = pod(made)["metadata"]["annotations"]
        return annotations.get("kmcp.dev/references")

    first = noted(Referred(Presence.FOUND, "a1"))
    assert first != noted(Referred(Presence.FOUND, "a2"))
    assert first != noted(Referred(Presence.MISSING))
    live = wish(given).deployment
    assert (
        noted(Referred(Presence.UNKNOWN), live)
        == (live["spec"]["template"]["metadata"]["annotations"]["kmcp.dev/references"])
    )
    assert noted(Referred(Presence.UNKNOWN)) is None


def test_everything_that_a_pod_reads_is_looked_at() -> None:
    variable = {"valueFrom": {"secretKeyRef": {"name": "a", "key": "k"}}, "name": "A"}
    sidecar = {
        "name": "s",
        "image": "i",
        "env": [variable],
        "envFrom": [{"configMapRef": {"name": "b"}}],
    }
    sources = [{"secret": {"name": "c"}}, {"configMap": {"name": "d"}}]
    volumes = [
        {"name": "p", "projected": {"sources": sources}},
        {"name": "v", "secret": {"secretName": "e", "optional": True}},
        {"name": "w", "configMap": {"name": "f"}},
        {"name": "x", "persistentVolumeClaim": {"claimName": "g"}},
    ]
    given = server(sidecars=[sidecar], volumes=volumes, imagePullSecrets=[{"name": "h"}])
    found = {(one.kind, one.name) for one in rolling(given)}
    assert found == {
        ("Secret", "a"),
        ("ConfigMap", "b"),
        ("Secret", "c"),
        ("ConfigMap", "d"),
        ("Secret", "e"),
        ("ConfigMap", "f"),
    }


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
