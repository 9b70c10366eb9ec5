"""Beside other webhooks that change Pods: exactly one adapter, or a refusal that says why."""

import json

import pytest

from kinds import names
from tests.cluster.facade import Cluster, KubectlError
from tests.webhook.neighbour import neighbour
from tests.webhook.program import Identity
from tests.webhook.telling import about, told
from tests.webhook.workloads import Object, annotated, pod, server, workload

BEFORE, AFTER = "a-neighbour", "z-neighbour"
ORDER = pytest.mark.parametrize("name", [BEFORE, AFTER], ids=["before us", "after us"])
AGAIN = pytest.mark.parametrize("again", ["Never", "IfNeeded"])
NAMED = annotated(pod(), inject="true", container="server")


def add_parts(made: Object) -> None:
    """Do what meshes and secret stores do: put their own things first."""
    spec = made["spec"]
    mount = {"name": "mesh", "mountPath": "/mesh"}
    if any(one["name"] == "mesh" for one in spec["containers"]):
        return
    spec["containers"].insert(
        0, {"name": "mesh", "image": "mesh:1", "ports": [{"containerPort": 9}]}
    )
    spec.setdefault("initContainers", []).insert(0, {"name": "mesh-init", "image": "mesh:1"})
    spec.setdefault("volumes", []).insert(0, {"name": "mesh", "emptyDir": {}})
    for container in spec["containers"]:
        container.setdefault("volumeMounts", []).insert(0, mount)


def forget_restart_policies(made: Object) -> None:
    """Do what a program does whose types are older than native sidecars."""
    for container in made["spec"].get("initContainers", []):
        container.pop("restartPolicy", None)


def take_images_from_a_mirror(made: Object) -> None:
    for container in made["spec"].get("initContainers", []) + made["spec"]["containers"]:
        container["image"] = f"mirror.example/{container['image'].removeprefix('mirror.example/')}"


def turn_around(made: Object) -> None:
    made["spec"]["containers"].reverse()
    made["spec"].get("initContainers", []).reverse()


def drop_the_adapter(made: Object) -> None:
    kept = [one for one in made["spec"].get("initContainers", []) if "kmcp" not in one["name"]]
    made["spec"]["initContainers"] = kept


def created(cluster: Cluster, made: Object) -> Object:
    words = ["create", "--output=json", "--filename=-"]
    found: Object = json.loads(cluster.kubectl(*words, stdin=json.dumps(made)))
    return found


def placed(stored: Object) -> list[str]:
    """Return the names of all containers."""
    both = [*stored["spec"].get("initContainers", []), *stored["spec"]["containers"]]
    return [one["name"] for one in both]


def served(stored: Object) -> Object:
    """Return the server's container."""
    (found,) = [one for one in stored["spec"]["containers"] if one["name"] == "server"]
    container: Object = found
    return container


@AGAIN
@ORDER
def test_what_others_add_stays_and_there_is_one_adapter(
    place: Cluster, identity: Identity, name: str, again: str
) -> None:
    with neighbour(place, identity, name, add_parts, again):
        stored = created(place, NAMED)
    assert sorted(placed(stored)) == ["kmcp-adapter", "mesh", "mesh-init", "server"]
    mine = served(stored)
    assert mine["command"][0] == names.LAUNCHER
    assert mine["command"].count(names.LAUNCHER) == 1
    mounts = {one["mountPath"] for one in mine["volumeMounts"]}
    assert mounts >= {"/mesh", names.SOCKET_FOLDER}
    assert [one["name"] for one in stored["spec"]["volumes"]].count(names.SOCKET_VOLUME) == 1


def test_a_container_that_comes_after_us_makes_nothing_ambiguous(
    place: Cluster, identity: Identity
) -> None:
    with neighbour(place, identity, AFTER, add_parts):
        assert placed(created(place, pod())).count("kmcp-adapter") == 1


def test_a_container_that_comes_before_us_has_to_be_told_from_the_server(
    place: Cluster, identity: Identity
) -> None:
    ambiguous = pytest.raises(KubectlError, match="which container is the MCP server: mesh or")
    with neighbour(place, identity, BEFORE, add_parts), ambiguous:
        created(place, pod())


@ORDER
def test_containers_may_be_turned_around(place: Cluster, identity: Identity, name: str) -> None:
    side = {"name": "side", "image": "side:1"}
    made = annotated(pod(server(), side), inject="true", container="server")
    with neighbour(place, identity, name, turn_around, "IfNeeded"):
        stored = created(place, made)
    assert sorted(placed(stored)) == ["kmcp-adapter", "server", "side"]
    assert served(stored)["command"].count(names.LAUNCHER) == 1


def test_an_image_from_a_mirror_stays(place: Cluster, identity: Identity) -> None:
    with neighbour(place, identity, AFTER, take_images_from_a_mirror, "IfNeeded"):
        stored = created(place, pod())
    (adapter,) = stored["spec"]["initContainers"]
    assert adapter["image"].startswith("mirror.example/registry.example/")


def test_a_restart_policy_that_was_forgotten_once_is_given_back(
    place: Cluster, identity: Identity
) -> None:
    with neighbour(place, identity, AFTER, forget_restart_policies, "Never"):
        stored = created(place, pod())
    (adapter,) = stored["spec"]["initContainers"]
    assert adapter["restartPolicy"] == "Always"


def test_a_restart_policy_that_is_forgotten_each_time_refuses_the_pod_with_the_reason(
    place: Cluster, identity: Identity
) -> None:
    with neighbour(place, identity, AFTER, forget_restart_policies, "IfNeeded"):
        with pytest.raises(KubectlError) as raised:
            created(place, pod())
        plain = annotated(pod(name="plain"), inject="true", native_sidecar="false")
        assert placed(created(place, plain)) == ["kmcp-launcher", "server", "kmcp-adapter"]
    said = str(raised.value)
    assert "may not be set for init containers without restartPolicy=Always" in said
    reason = " ".join(
        line.removeprefix("Warning: ").removeprefix("… ") for line in said.split("\n")
    )
    assert "mended once: spec.initContainers[0].restartPolicy is not Always any more" in reason
    assert 'update that one, or set kmcp.dev/native-sidecar: "false"' in reason


def test_whoever_looks_for_a_pod_that_never_came_finds_the_reason(
    place: Cluster, identity: Identity
) -> None:
    with neighbour(place, identity, AFTER, forget_restart_policies, "IfNeeded"):
        place.apply(workload("ReplicaSet"))
        event = told(place, "InjectionMended")
        assert place.find("pods") == []
    assert about(event) == ("Warning", "ReplicaSet", "web")
    assert "a webhook that knows no native sidecars dropped it" in event["message"]


def test_a_pod_whose_adapter_is_taken_away_is_refused(place: Cluster, identity: Identity) -> None:
    refused = pytest.raises(KubectlError, match="the container kmcp-adapter is not there")
    with neighbour(place, identity, AFTER, drop_the_adapter, "IfNeeded"), refused:
        created(place, pod())
    assert place.find("pods") == []


def test_a_pod_that_wants_it_so_starts_without_what_was_taken_away(
    place: Cluster, identity: Identity
) -> None:
    wanting = annotated(pod(), inject="true", on_conflict="warn")
    with neighbour(place, identity, AFTER, drop_the_adapter, "IfNeeded"):
        words = ["apply", "--warnings-as-errors", "--filename=-"]
        with pytest.raises(KubectlError) as raised:
            place.kubectl(*words, stdin=json.dumps(wanting))
    assert "Warning: the Pod starts though another webhook broke it: " in str(raised.value)
    assert placed(place.get("pod", "served")) == ["server"]
    event = told(place, "InjectionBroken")
    assert about(event) == ("Warning", "Pod", "served")
    assert "the container kmcp-adapter is not there" in event["message"]
