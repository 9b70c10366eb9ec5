"""What is added to a Pod, and what of the user's own is left as it was."""

from dataclasses import replace
from itertools import count

import pytest

from adapter.injection import containers
from adapter.injection.chosen import Chosen
from adapter.injection.config import Config
from kinds import names
from kinds.reading import Fields
from tests.adapter.injection.pods import (
    CONFIG,
    PLAIN,
    adapter,
    choosing,
    injected,
    named,
    pod,
    server,
)

RESTRICTED = {
    "runAsNonRoot": True,
    "runAsUser": 65532,
    "runAsGroup": 65532,
    "privileged": False,
    "allowPrivilegeEscalation": False,
    "readOnlyRootFilesystem": True,
    "capabilities": {"drop": ["ALL"]},
    "seccompProfile": {"type": "RuntimeDefault"},
}


def ours(made: Fields) -> list[Fields]:
    """Return every container that was injected."""
    spec = made["spec"]
    return [
        one
        for one in [*spec["initContainers"], *spec["containers"]]
        if one["name"] in (names.ADAPTER_CONTAINER, names.INSTALLER_CONTAINER)
    ]


def test_a_native_sidecar_installs_the_launcher_and_holds_up_nothing() -> None:
    made = adapter(injected(pod()))
    assert made["restartPolicy"] == "Always"
    hook = made["lifecycle"]["postStart"]["exec"]["command"]
    assert hook == ["/launcher", "install", "/run/kmcp/launcher"]
    assert "startupProbe" not in made


def test_the_plain_form_installs_the_launcher_first_and_runs_the_adapter_beside() -> None:
    spec = injected(pod(), PLAIN)["spec"]
    assert [one["name"] for one in spec["initContainers"]] == ["kmcp-launcher"]
    assert [one["name"] for one in spec["containers"]] == ["server", "kmcp-adapter"]
    assert "restartPolicy" not in spec["containers"][1]
    assert "lifecycle" not in spec["containers"][1]


@pytest.mark.parametrize(
    ("native", "choice", "group"),
    [
        (True, "auto", "initContainers"),
        (True, "false", "containers"),
        (False, "auto", "containers"),
        (False, "true", "initContainers"),
    ],
)
def test_the_pod_chooses_the_form_and_else_the_nodes(native: bool, choice: str, group: str) -> None:
    made = injected(choosing(pod(), native_sidecar=choice), replace(CONFIG, native=native))
    assert names.ADAPTER_CONTAINER in [one["name"] for one in made["spec"][group]]


def test_the_adapter_comes_after_all_other_init_containers() -> None:
    proxy = {"name": "proxy", "restartPolicy": "Always"}
    made = injected(pod(initContainers=[proxy, {"name": "migrate"}]))
    assert [one["name"] for one in made["spec"]["initContainers"]] == [
        "proxy",
        "migrate",
        "kmcp-adapter",
    ]


@pytest.mark.parametrize("config", [CONFIG, PLAIN])
@pytest.mark.parametrize(
    "context", [{}, {"runAsUser": 0, "runAsNonRoot": False}, {"runAsUser": 1000, "fsGroup": 2000}]
)
def test_every_container_of_ours_is_restricted_whatever_the_pod_says(
    config: Config, context: Fields
) -> None:
    made = injected(pod(securityContext=context), config)
    assert [one["securityContext"] for one in ours(made)] == [RESTRICTED] * len(ours(made))
    assert made["spec"]["securityContext"] == context


def test_a_cluster_that_assigns_users_gets_to_assign_ours() -> None:
    context = adapter(injected(pod(), replace(CONFIG, user=None)))["securityContext"]
    assert context == {k: v for k, v in RESTRICTED.items() if not k.startswith("runAs")} | {
        "runAsNonRoot": True
    }


def test_the_shared_folder_is_memory_and_cannot_be_changed_by_the_server() -> None:
    made = injected(pod())
    assert made["spec"]["volumes"] == [
        {"name": "kmcp", "emptyDir": {"medium": "Memory", "sizeLimit": "16Mi"}}
    ]
    (mount,) = named(made, "server")["volumeMounts"]
    assert mount == {"name": "kmcp", "mountPath": "/run/kmcp", "readOnly": True}
    assert adapter(made)["volumeMounts"][0] == {"name": "kmcp", "mountPath": "/run/kmcp"}


@pytest.mark.parametrize("config", [CONFIG, PLAIN])
def test_the_adapter_gets_no_token_and_needs_none(config: Config) -> None:
    made = injected(pod(automountServiceAccountToken=False), config)
    assert made["spec"]["automountServiceAccountToken"] is False
    for one in ours(made):
        mounts = {mount["mountPath"]: mount["name"] for mount in one["volumeMounts"]}
        assert mounts["/var/run/secrets/kubernetes.io/serviceaccount"] == "kmcp"
        assert "env" not in one


@pytest.mark.parametrize("config", [CONFIG, PLAIN])
def test_every_container_of_ours_has_requests_and_limits(config: Config) -> None:
    for one in ours(injected(pod(), config)):
        assert {kind: set(one["resources"][kind]) for kind in ("requests", "limits")} == {
            "requests": {"cpu", "memory"},
            "limits": {"cpu", "memory"},
        }


@pytest.mark.parametrize(
    ("wish", "requests", "limits"),
    [
        ({}, {"cpu": "50m", "memory": "64Mi"}, {"cpu": "1", "memory": "256Mi"}),
        (
            {"limits": {"cpu": None, "memory": "1Gi"}, "requests": {"cpu": "0"}},
            {"cpu": "0", "memory": "64Mi"},
            {"memory": "1Gi"},
        ),
        (
            {"requests": {"memory": "1Gi"}},
            {"cpu": "50m", "memory": "1Gi"},
            {"cpu": "1", "memory": "1Gi"},
        ),
        (
            {"limits": {"memory": "32Mi"}},
            {"cpu": "50m", "memory": "32Mi"},
            {"cpu": "1", "memory": "32Mi"},
        ),
    ],
    ids=["nothing chosen", "zero and null", "a larger request", "a smaller limit"],
)
def test_resources_are_as_chosen_and_never_contradict_each_other(
    wish: Fields, requests: Fields, limits: Fields
) -> None:
    made = adapter(injected(choosing(pod(), adapter_resources=wish)))
    assert made["resources"] == {"requests": requests, "limits": limits}


def test_a_pod_with_resources_of_its_own_shares_them() -> None:
    made = pod(resources={"limits": {"memory": "1Gi"}})
    assert "resources" not in adapter(injected(made))
    wish = {"limits": {"memory": "100Mi"}}
    assert adapter(injected(choosing(made, adapter_resources=wish)))["resources"] == wish


def test_image_pull_policy_and_secrets_are_the_installations() -> None:
    config = replace(CONFIG, pull_policy="Always", pull_secrets=("ours", "mine"))
    made = injected(pod(imagePullSecrets=[{"name": "mine"}]), config)
    assert adapter(made)["image"] == CONFIG.image
    assert adapter(made)["imagePullPolicy"] == "Always"
    assert made["spec"]["imagePullSecrets"] == [{"name": "mine"}, {"name": "ours"}]


def test_the_annotation_for_the_image_comes_before_the_configuration() -> None:
    both = choosing(pod(), adapter_image="one/adapter:1", config={"image": "two/adapter:2"})
    one = choosing(pod(), config={"image": "two/adapter:2"})
    assert adapter(injected(both))["image"] == "one/adapter:1"
    assert adapter(injected(one))["image"] == "two/adapter:2"


def test_ports_are_named_for_services_unless_somebody_has_the_name() -> None:
    free = adapter(injected(pod()))["ports"]
    assert [(one.get("name"), one["containerPort"]) for one in free] == [
        ("mcp", 3000),
        ("kmcp-admin", 3901),
    ]
    taken = adapter(injected(pod(server(ports=[{"name": "mcp", "containerPort": 81}]))))["ports"]
    assert [one.get("name") for one in taken] == [None, "kmcp-admin"]


def test_probes_ask_the_admin_port() -> None:
    made = adapter(injected(choosing(pod(), admin_port="9000")))
    assert made["readinessProbe"]["httpGet"] == {"path": "/readyz", "port": 9000}
    assert made["livenessProbe"]["httpGet"] == {"path": "/healthz", "port": 9000}


def test_an_mcpservers_choices_need_no_annotation() -> None:
    """The reconciler names them by itself."""
    chosen = Chosen(
        container="mcp-server",
        command=("npx", "-y", "x"),
        port=80,
        pull_policy="Never",
        security_context={"runAsUser": 7, "readOnlyRootFilesystem": False},
        start_timeout="5s",
    )
    made = containers.adapter({}, chosen, CONFIG)
    assert made["imagePullPolicy"] == "Never"
    assert made["securityContext"] == {
        **RESTRICTED,
        "runAsUser": 7,
        "readOnlyRootFilesystem": False,
    }
    assert "--start-timeout=5s" in made["args"]


def test_nothing_that_is_built_is_shared_between_two_pods() -> None:
    chosen = Chosen(container="server", command=("x",))
    one, two = (containers.adapter({}, chosen, CONFIG) for _ in range(2))
    numbers = count()
    one["volumeMounts"][0]["name"] = one["lifecycle"]["postStart"]["exec"]["command"][0] = str(
        next(numbers)
    )
    one["resources"]["limits"]["cpu"] = one["securityContext"]["capabilities"]["drop"][0] = "9"
    assert two == containers.adapter({}, chosen, CONFIG)
