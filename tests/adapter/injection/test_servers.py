"""What becomes of the container and the Pod that a user wrote: the command, and nothing else."""

from typing import Any

import pytest

from kinds import names
from kinds.reading import Fields
from tests.adapter.injection.pods import (
    choosing,
    injected,
    named,
    pod,
    server,
)


def test_the_command_reaches_the_launcher_word_for_word() -> None:
    words = ["sh", "-c", "echo \"a b\" $(HOME) $$(X) 'ü'", "", "--", "-x=日本"]
    made = injected(pod(server(command=words[:2], args=words[2:])))
    container = named(made, "server")
    assert container["command"] == ["/run/kmcp/launcher", "--grace=25s", "--", *words]
    assert "args" not in container


def test_an_annotations_command_replaces_all_that_was_there() -> None:
    made = choosing(pod(server(args=["--old"])), command=["node", "$(MAIN)"])
    container = named(injected(made), "server")
    assert container["command"][2:] == ["--", "node", "$(MAIN)"]
    assert "args" not in container


@pytest.mark.parametrize(
    ("spec", "container", "flags"),
    [
        ({}, {}, ["--grace=25s"]),
        ({"terminationGracePeriodSeconds": 120}, {}, ["--grace=115s"]),
        ({"terminationGracePeriodSeconds": 2}, {}, ["--grace=1s"]),
        ({}, {"lifecycle": {"preStop": {"sleep": {"seconds": 10}}}}, ["--grace=15s"]),
        ({"restartPolicy": "Never"}, {}, ["--grace=25s", "--restart-policy=Never"]),
        (
            {"restartPolicy": "Never"},
            {"restartPolicy": "OnFailure"},
            ["--grace=25s", "--restart-policy=OnFailure"],
        ),
        (
            {},
            {"terminationMessagePath": "/tmp/$(last)"},
            ["--grace=25s", "--termination-message=/tmp/$$(last)"],
        ),
    ],
)
def test_the_launcher_is_told_what_the_kubelet_will_do(
    spec: Fields, container: Fields, flags: list[str]
) -> None:
    made = named(injected(pod(server(**container), **spec)), "server")
    assert made["command"] == ["/run/kmcp/launcher", *flags, "--", "python", "server.py"]


def test_all_else_of_the_servers_container_stays() -> None:
    container = server(
        livenessProbe={"httpGet": {"port": 8080}},
        readinessProbe={"exec": {"command": ["true"]}},
        lifecycle={"preStop": {"exec": {"command": ["sleep", "1"]}}},
        terminationMessagePath="/tmp/last",
        stdin=True,
        workingDir="/srv",
        securityContext={"runAsUser": 0},
        resources={"limits": {"memory": "1Gi"}},
        env=[{"name": "A", "value": "$(B)"}],
        ports=[{"containerPort": 8080, "name": "web"}],
        volumeMounts=[{"name": "data", "mountPath": "/data"}],
    )
    made = named(injected(pod(container)), "server")
    assert made["volumeMounts"][:1] == container["volumeMounts"]
    for key in container.keys() - {"command", "volumeMounts"}:
        assert made[key] == container[key]


def test_labels_stay_as_they_are_so_that_selectors_match() -> None:
    made = pod()
    made["metadata"]["labels"] = {"app": "served", names.INJECT: "true"}
    assert injected(made)["metadata"]["labels"] == made["metadata"]["labels"]


def test_where_the_pod_runs_is_not_changed() -> None:
    where: dict[str, Any] = {
        "nodeSelector": {"zone": "a"},
        "affinity": {"nodeAffinity": {}},
        "tolerations": [{}],
    }
    made = injected(pod(**where, shareProcessNamespace=True, hostUsers=False))
    for key, value in where.items():
        assert made["spec"][key] == value
    assert made["spec"]["shareProcessNamespace"] is True
