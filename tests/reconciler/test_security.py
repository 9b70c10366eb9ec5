"""What a server may do, who runs it, and what its manifest says of the adapter."""

from dataclasses import replace
from typing import Any

import pytest

from kinds.reading import Fields
from tests.adapter.injection.pods import CONFIG as ADAPTER
from tests.reconciler.worlds import CONFIG, container, pod, server, stored, wish


def mounts(given: Fields, name: str = "mcp-server") -> dict[str, str]:
    listed = container(wish(given), name)["volumeMounts"]
    return {one["mountPath"]: one["name"] for one in listed}


def npx(**deployment: Any) -> Fields:  # noqa: ANN401 - JSON
    spec = {"deployment": {"cmd": "npx", "args": ["-y", "some-server"], **deployment}}
    return stored({"metadata": {"name": "tool"}, "spec": spec})


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
