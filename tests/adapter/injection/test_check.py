"""What is said of a Pod after all webhooks, and of one that runs without its adapter."""

from collections.abc import Callable
from copy import deepcopy

import pytest

from adapter.injection.check import problems, uninjected
from adapter.injection.config import Config, Namespace
from kinds import names
from kinds.reading import Fields
from tests.adapter.injection.pods import (
    ASKING,
    CONFIG,
    HERE,
    PLAIN,
    adapter,
    choosing,
    injected,
    named,
    pod,
    server,
)

BOTH = pytest.mark.parametrize("config", [CONFIG, PLAIN], ids=["native", "plain"])


def found(made: Fields, where: Namespace = HERE) -> list[str]:
    """Return the names of what is wrong."""
    return [one.reason.code for one in problems(made, where, CONFIG)]


@BOTH
def test_an_injected_pod_is_in_order(config: Config) -> None:
    assert found(injected(pod(), config)) == []


def test_a_pod_that_does_not_ask_is_none_of_our_business() -> None:
    made = pod()
    made["metadata"]["annotations"] = {}
    assert found(made) == []


def test_a_pod_that_asks_and_was_passed_over_is_told() -> None:
    assert found(pod()) == ["AdapterMissing"]


def test_a_pod_that_cannot_be_injected_is_told_why() -> None:
    assert found(pod(server(tty=True))) == ["Terminal"]


def drop_restart_policy(made: Fields) -> None:
    del adapter(made)["restartPolicy"]


def drop_hook(made: Fields) -> None:
    del adapter(made)["lifecycle"]


def drop_adapter(made: Fields) -> None:
    made["spec"]["initContainers"] = []


def double_adapter(made: Fields) -> None:
    made["spec"]["containers"].append(adapter(made))


def drop_launcher(made: Fields) -> None:
    named(made, "server")["command"] = ["python", "server.py"]


def change_command(made: Fields) -> None:
    named(made, "server")["command"][-1] = "other.py"


def cut_command(made: Fields) -> None:
    named(made, "server")["command"].pop()


def drop_mount(made: Fields) -> None:
    named(made, "server")["volumeMounts"] = []


def open_mount(made: Fields) -> None:
    named(made, "server")["volumeMounts"][0]["readOnly"] = False


def change_volume(made: Fields) -> None:
    made["spec"]["volumes"] = [{"name": "kmcp", "hostPath": {"path": "/"}}]


def drop_server(made: Fields) -> None:
    named(made, "server")["name"] = "renamed"


@pytest.mark.parametrize(
    ("change", "reasons"),
    [
        (drop_restart_policy, ["RestartPolicyLost"]),
        (drop_hook, ["InstallerMissing"]),
        (drop_adapter, ["AdapterMissing"]),
        (double_adapter, ["AdapterTwice"]),
        (drop_launcher, ["LauncherMissing"]),
        (change_command, ["CommandChanged"]),
        (cut_command, ["CommandChanged"]),
        (drop_mount, ["MountMissing"]),
        (open_mount, ["MountWritable"]),
        (change_volume, ["VolumeMissing"]),
        (drop_server, ["NoContainer"]),
    ],
)
def test_what_another_webhook_broke_is_told(
    change: Callable[[Fields], None], reasons: list[str]
) -> None:
    made = deepcopy(injected(pod()))
    change(made)
    assert found(made) == reasons


def test_a_lost_installer_of_the_plain_form_is_told() -> None:
    made = deepcopy(injected(pod(), PLAIN))
    made["spec"]["initContainers"] = []
    assert found(made) == ["InstallerMissing"]


def test_a_lost_restart_policy_is_told_with_its_place_and_the_mend() -> None:
    made = deepcopy(injected(pod()))
    drop_restart_policy(made)
    (said,) = map(str, problems(made, HERE, CONFIG))
    assert said.startswith("spec.initContainers[0].restartPolicy is not Always any more")
    assert said.endswith('or set kmcp.dev/native-sidecar: "false"')


def asked_by_its_namespace() -> Fields:
    """Return a Pod that leaves the asking to its namespace."""
    made = choosing(pod(), container="server")
    del made["metadata"]["annotations"][names.INJECT]
    return made


def test_an_injected_pod_is_checked_though_its_namespace_is_unknown() -> None:
    made = deepcopy(injected(asked_by_its_namespace(), where=ASKING))
    assert found(made) == []
    drop_restart_policy(made)
    assert found(made) == ["RestartPolicyLost"]


def test_a_pod_that_only_its_namespace_wants_may_be_without() -> None:
    assert found(asked_by_its_namespace(), ASKING) == []


def running(made: Fields, phase: str = "Running") -> Fields:
    """Return the Pod some time later."""
    return {**made, "status": {"phase": phase}}


def lacks(made: Fields, where: Namespace = HERE) -> list[str]:
    """Return why the Pod should not run as it does."""
    return [one.reason.code for one in uninjected(made, where, CONFIG)]


def test_a_running_pod_that_asks_and_has_no_adapter_is_found() -> None:
    assert lacks(running(pod())) == ["AdapterMissing"]
    assert lacks(running(asked_by_its_namespace()), ASKING) == ["AdapterMissing"]


@BOTH
def test_a_running_pod_with_its_adapter_is_not_found(config: Config) -> None:
    assert lacks(running(injected(pod(), config))) == []


def test_a_running_pod_that_could_never_be_injected_is_found_with_the_reason() -> None:
    assert lacks(running(pod(server(tty=True)))) == ["Terminal"]


def test_pods_that_have_ended_or_are_to_end_are_not_looked_for() -> None:
    ending = running(pod())
    ending["metadata"]["deletionTimestamp"] = "2030-01-01T00:00:00Z"
    assert lacks(running(pod(), "Succeeded")) == lacks(running(pod(), "Failed")) == []
    assert lacks(ending) == []


def test_pods_where_nobody_asks_or_somebody_declines_are_not_looked_for() -> None:
    assert lacks(running(pod()), Namespace("here", "false")) == []
    assert lacks(running(pod()), Namespace("kube-system")) == []
