"""Which Pods get the adapter, and why the others do not."""

from typing import Any

import pytest

from adapter.injection.config import Namespace
from adapter.injection.decision import Deny, Inject, Skip, decide
from kinds import names
from kinds.reading import Fields
from tests.adapter.injection.pods import (
    ASKING,
    CONFIG,
    HERE,
    choosing,
    codes,
    denied,
    pod,
    server,
    skipped,
)


def saying(label: str | None, annotation: str | None) -> Fields:
    """Return a Pod that says this about injection, and names its container."""
    made = pod()
    made["metadata"] = {
        "labels": {} if label is None else {names.INJECT: label},
        "annotations": {names.CONTAINER_CHOICE: "server"}
        | ({} if annotation is None else {names.INJECT: annotation}),
    }
    return made


@pytest.mark.parametrize(
    ("label", "annotation", "of_namespace", "outcome"),
    [
        pytest.param(None, None, None, "NotAsked", id="nobody says anything"),
        pytest.param("true", None, None, "inject", id="the label asks"),
        pytest.param(None, "true", None, "inject", id="the annotation asks"),
        pytest.param(None, None, "true", "inject", id="the namespace asks"),
        pytest.param("true", "false", None, "PodDeclines", id="annotation against label"),
        pytest.param("false", "true", None, "PodDeclines", id="label against annotation"),
        pytest.param("false", None, "true", "PodDeclines", id="the Pod against the namespace"),
        pytest.param("true", None, "false", "NamespaceDeclines", id="the namespace's no wins"),
        pytest.param("false", None, "false", "PodDeclines", id="both decline"),
        pytest.param(None, None, "false", "NamespaceDeclines", id="the namespace declines"),
        pytest.param("True", None, None, "UnknownValue", id="capitals mean nothing"),
        pytest.param("yes", None, "true", "UnknownValue", id="yes means nothing"),
        pytest.param("true", "1", None, "UnknownValue", id="one of two is not understood"),
        pytest.param("", None, None, "UnknownValue", id="an empty word"),
        pytest.param(None, None, "enabled", "UnknownValue", id="a namespace's other word"),
        pytest.param("true", None, "enabled", "inject", id="the Pod is clear"),
    ],
)
def test_only_true_asks_and_every_no_comes_before_a_yes(
    label: str | None, annotation: str | None, of_namespace: str | None, outcome: str
) -> None:
    decided = decide(saying(label, annotation), Namespace("here", of_namespace), CONFIG)
    assert ("inject" if isinstance(decided, Inject) else codes(decided)[0]) == outcome


def test_an_unknown_word_is_named_with_its_place() -> None:
    decided = decide(saying("on", None), HERE, CONFIG)
    assert isinstance(decided, Skip)
    assert str(decided.findings[0]) == (
        'the Pod\'s label says kmcp.dev/inject: "on"; only "true" and "false" are understood'
    )


@pytest.mark.parametrize("choice", [{"container": "server"}, {"command": ["python", "server.py"]}])
def test_a_namespace_asks_for_pods_that_name_container_or_command(choice: dict[str, Any]) -> None:
    made = pod()
    made["metadata"]["annotations"] = {}
    assert skipped(made, ASKING) == "NothingNamed"
    assert isinstance(decide(choosing(made, **choice), ASKING, CONFIG), Inject)


def test_what_does_not_fit_is_skipped_where_only_the_namespace_asks() -> None:
    made = pod(server(tty=True))
    made["metadata"]["annotations"] = {names.CONTAINER_CHOICE: "server"}
    assert skipped(made, ASKING) == "Terminal"
    made["metadata"]["annotations"][names.INJECT] = "true"
    assert isinstance(decide(made, ASKING, CONFIG), Deny)


@pytest.mark.parametrize(
    "where", ["kube-system", "kube-public", "kube-node-lease", "kmcp-system", "vault"]
)
def test_pods_of_the_system_and_of_ourselves_are_never_changed(where: str) -> None:
    assert skipped(pod(), Namespace(where, "true")) == "ExcludedNamespace"


def test_a_mirror_pod_is_skipped() -> None:
    made = pod()
    made["metadata"]["annotations"]["kubernetes.io/config.mirror"] = "5e"
    assert skipped(made) == "MirrorPod"


def test_a_pod_on_the_hosts_network_is_skipped() -> None:
    assert skipped(pod(hostNetwork=True)) == "HostNetwork"


@pytest.mark.parametrize(
    "spec", [{"os": {"name": "windows"}}, {"nodeSelector": {"kubernetes.io/os": "windows"}}]
)
def test_a_windows_pod_is_skipped(spec: Fields) -> None:
    assert skipped(pod(**spec)) == "Windows"


def test_a_pod_that_is_no_longer_pending_is_skipped() -> None:
    assert skipped({**pod(), "status": {"phase": "Running"}}) == "NotPending"
    assert isinstance(decide({**pod(), "status": {"phase": "Pending"}}, HERE, CONFIG), Inject)


def test_a_pod_without_a_name_of_its_own_is_decided_like_any_other() -> None:
    made = pod()
    made["metadata"].pop("name")
    made["metadata"]["generateName"] = "served-"
    assert isinstance(decide(made, HERE, CONFIG), Inject)


@pytest.mark.parametrize(
    ("others", "annotations", "server_is"),
    [
        pytest.param([], {}, "server", id="the only one"),
        pytest.param(["mcp-server"], {}, "mcp-server", id="the usual name"),
        pytest.param(["proxy"], {names.DEFAULT_CONTAINER: "server"}, "server", id="default"),
        pytest.param(["mcp-server"], {names.DEFAULT_CONTAINER: "server"}, "server", id="before"),
        pytest.param(["mcp-server"], {names.CONTAINER_CHOICE: "server"}, "server", id="chosen"),
    ],
)
def test_the_server_is_the_container_that_the_pod_names(
    others: list[str], annotations: dict[str, str], server_is: str
) -> None:
    made = pod(server(), *(server(name=name) for name in others))
    made["metadata"]["annotations"] |= annotations
    decided = decide(made, HERE, CONFIG)
    assert isinstance(decided, Inject)
    assert decided.chosen.container == server_is


def test_two_candidates_are_denied_by_name() -> None:
    assert denied(pod(server(), server(name="proxy"))) == [
        "which container is the MCP server: server or proxy? "
        "Say it with the annotation kmcp.dev/container"
    ]


def test_a_container_that_is_not_there_is_denied_with_those_that_are() -> None:
    made = choosing(pod(server(), server(name="proxy")), container="sever")
    assert denied(made) == [
        'annotation kmcp.dev/container: there is no container "sever"; there is server, proxy'
    ]


@pytest.mark.parametrize("container", [{}, {"command": []}, {"args": ["server.py"]}])
def test_a_container_without_a_command_is_denied_with_the_annotation_to_add(
    container: Fields,
) -> None:
    assert denied(pod({"name": "server", "image": "python", **container})) == [
        "spec.containers[0].command is empty and what the image would start cannot be seen from "
        'here: add the annotation kmcp.dev/command, such as \'["python", "server.py"]\''
    ]


def test_a_terminal_is_denied() -> None:
    assert denied(pod(server(tty=True))) == [
        "spec.containers[0].tty is true, and a terminal rewrites what an MCP server says: remove it"
    ]


@pytest.mark.parametrize(
    ("spec", "field"),
    [
        ({"containers": [server(ports=[{"containerPort": 3000}])]}, "containers[0].ports[0]"),
        (
            {
                "initContainers": [
                    {"name": "once", "ports": [{"containerPort": 3000}]},
                    {
                        "name": "sidecar",
                        "restartPolicy": "Always",
                        "ports": [{"containerPort": 1}, {"containerPort": 3000}],
                    },
                ]
            },
            "initContainers[1].ports[1]",
        ),
    ],
)
def test_a_taken_port_is_denied_with_its_path(spec: Fields, field: str) -> None:
    assert denied(pod(**spec)) == [
        f"spec.{field}.containerPort is 3000, which the adapter needs: "
        "choose another with the annotation kmcp.dev/port"
    ]


def test_the_same_number_for_datagrams_is_free() -> None:
    made = pod(server(ports=[{"containerPort": 3000, "protocol": "UDP"}]))
    assert isinstance(decide(made, HERE, CONFIG), Inject)


@pytest.mark.parametrize("odd", [None, "3000", [3000], {"port": 3000}, True])
def test_a_port_that_is_no_number_takes_none(odd: object) -> None:
    made = pod(server(ports=[{"containerPort": odd}]))
    assert isinstance(decide(made, HERE, CONFIG), Inject)


def test_names_and_mounts_of_ours_are_denied_all_at_once() -> None:
    made = pod(
        server(volumeMounts=[{"name": "mine", "mountPath": "/run/kmcp/"}]),
        server(name="kmcp-adapter"),
        volumes=[{"name": "mine"}, {"name": "kmcp"}],
    )
    assert denied(made) == [
        "spec.containers[1] is called kmcp-adapter, which is kmcp's own: take another name",
        "spec.volumes[1] is called kmcp, which is kmcp's own: take another name",
        "spec.containers[0].volumeMounts[0]: /run/kmcp belongs to kmcp: mount it elsewhere",
    ]


def test_every_mistake_is_told_at_once() -> None:
    made = choosing(pod(server(tty=True, command=None)), port="http", native_sidecar="maybe")
    assert codes(decide(made, HERE, CONFIG)) == [
        "BadAnnotation",
        "BadAnnotation",
        "NoCommand",
        "Terminal",
    ]


def test_a_command_that_is_only_misspelled_is_one_mistake() -> None:
    made = choosing(pod(server(command=None)), command="python server.py")
    assert codes(decide(made, HERE, CONFIG)) == ["BadAnnotation"]


def test_what_is_allowed_and_still_surprising_is_a_warning() -> None:
    container = server(lifecycle={"stopSignal": "SIGQUIT"})
    made = choosing(
        pod(container, terminationGracePeriodSeconds=10),
        command=["node", "index.js"],
        comand="x",
        config={"drainDelay": "20s"},
    )
    decided = decide(made, HERE, CONFIG)
    assert isinstance(decided, Inject)
    assert [str(one) for one in decided.warnings] == [
        "spec.containers[0]: command and args are not used, kmcp.dev/command is the whole command",
        "spec.containers[0].lifecycle.stopSignal is SIGQUIT: only SIGTERM lets the adapter drain",
        "terminationGracePeriodSeconds leaves 5 s to drain, "
        "not the 20s that drainDelay in kmcp.dev/config asks for",
        "annotation kmcp.dev/comand means nothing to kmcp",
    ]
