"""Injecting again, after other webhooks or after another version: still exactly one adapter."""

from copy import deepcopy
from dataclasses import replace
from typing import Any

import pytest

from adapter.injection import pods
from adapter.injection.check import problems
from adapter.injection.config import Config
from adapter.injection.decision import Inject, decide
from adapter.injection.inject import inject, is_outdated
from kinds import names
from kinds.reading import Fields
from tests.adapter.injection.pods import (
    CONFIG,
    HERE,
    PLAIN,
    adapter,
    choosing,
    denied,
    injected,
    named,
    pod,
    server,
)

BOTH = pytest.mark.parametrize("config", [CONFIG, PLAIN], ids=["native", "plain"])


def is_whole(made: Fields) -> bool:
    """Say whether there is one adapter, and nothing to complain of."""
    return len(pods.named(made, names.ADAPTER_CONTAINER)) == 1 and not problems(made, HERE, CONFIG)


@BOTH
def test_twice_injected_equals_once_injected(config: Config) -> None:
    once = injected(choosing(pod(server(args=["-v"])), port="4000"), config)
    assert injected(once, config) == once
    assert is_whole(once)


@BOTH
def test_the_form_stays_when_the_nodes_change_between_two_passes(config: Config) -> None:
    once = injected(pod(), config)
    assert injected(once, replace(config, native=not config.native)) == once


@BOTH
def test_injection_is_recognised_by_name_and_annotation(config: Config) -> None:
    decided = decide(injected(pod(), config), HERE, config)
    assert isinstance(decided, Inject)
    assert decided.again


def test_a_users_container_of_our_name_is_not_taken_for_ours() -> None:
    (sentence,) = denied(pod(server(), server(name="kmcp-adapter")))
    assert sentence.startswith("spec.containers[1] is called kmcp-adapter")


def test_an_annotation_alone_is_not_taken_for_injection() -> None:
    made = choosing(pod(), injected='{"container": "server", "words": 1, "command": "5e"}')
    assert is_whole(injected(made))


@pytest.mark.parametrize("text", ["", "true", "[]", "{", '{"words": "x"}', "[" * 100_000])
def test_an_annotation_of_nonsense_is_written_anew(text: str) -> None:
    assert injected(choosing(pod(), injected=text)) == injected(pod())


@BOTH
def test_what_another_webhook_added_and_reordered_stays(config: Config) -> None:
    made = injected(pod(), config)
    spec = made["spec"]
    spec["containers"] = [{"name": "proxy"}, *reversed(spec["containers"])]
    spec["initContainers"] = [{"name": "first"}, *spec["initContainers"], {"name": "last"}]
    spec["volumes"].insert(0, {"name": "certificates"})
    named(made, "server")["volumeMounts"].insert(0, {"name": "certificates", "mountPath": "/c"})
    adapter(made)["env"] = [{"name": "PROXY", "value": "1"}]
    adapter(made)["image"] = "mirror.example/adapter:1"
    adapter(made)["resources"] = {"requests": {"cpu": "9"}}
    assert injected(made, config) == made
    assert is_whole(made)


@BOTH
def test_another_webhooks_wrapper_in_front_of_the_launcher_stays(config: Config) -> None:
    made = injected(pod(), config)
    container = named(made, "server")
    container["args"] = [*container["command"], "--more"]
    container["command"] = ["/vault/env"]
    assert injected(made, config) == made
    assert is_whole(made)


def test_a_dropped_restart_policy_is_given_back() -> None:
    once = injected(pod())
    made = deepcopy(once)
    del adapter(made)["restartPolicy"]
    assert injected(made) == once


@BOTH
def test_lost_mounts_and_volumes_are_given_back(config: Config) -> None:
    once = injected(pod(), config)
    made = deepcopy(once)
    made["spec"]["volumes"] = []
    named(made, "server")["volumeMounts"][0].pop("readOnly")
    adapter(made)["volumeMounts"][0]["readOnly"] = True
    assert injected(made, config) == once


@BOTH
def test_a_lost_adapter_is_given_back(config: Config) -> None:
    once = injected(pod(), config)
    made = deepcopy(once)
    group = "initContainers" if config.native else "containers"
    made["spec"][group].remove(adapter(made))
    assert injected(made, config) == once


@BOTH
def test_a_command_that_lost_its_launcher_gets_it_back(config: Config) -> None:
    once = injected(pod(), config)
    made = deepcopy(once)
    named(made, "server")["command"] = ["python", "server.py"]
    assert injected(made, config) == once


def test_a_lost_installer_is_given_back() -> None:
    once = injected(pod(), PLAIN)
    made = deepcopy(once)
    made["spec"]["initContainers"] = []
    assert injected(made, PLAIN) == once


def test_a_port_that_another_webhook_takes_later_denies_nothing() -> None:
    made = injected(pod())
    made["spec"]["containers"].append({"name": "late", "ports": [{"containerPort": 3000}]})
    assert injected(made) == made
    assert is_whole(made)


def test_a_second_candidate_that_comes_later_denies_nothing() -> None:
    made = injected(pod())
    made["spec"]["containers"].append({"name": "late"})
    assert injected(made) == made


def test_a_pod_of_an_older_version_can_be_told() -> None:
    chosen = decide(pod(), HERE, CONFIG)
    assert isinstance(chosen, Inject)
    made = inject(pod(), chosen.chosen, CONFIG)
    newer = replace(CONFIG, image="registry.example/kmcp/adapter:2", version="2")
    assert not is_outdated(made, chosen.chosen, CONFIG)
    assert is_outdated(made, chosen.chosen, newer)
    mark = pods.mark(injected(made, newer))
    assert mark is not None
    assert mark.version == "1.2.3"  # what runs in there is not of the newer one


def test_a_new_pod_that_does_not_ask_any_more_has_nothing_of_ours() -> None:
    made = pod()
    made["metadata"]["annotations"] = {}
    assert not isinstance(decide(made, HERE, CONFIG), Inject)


@pytest.mark.parametrize("absent", [{}, {"volumes": None, "initContainers": None}])
def test_absent_and_null_lists_are_the_same(absent: dict[str, Any]) -> None:
    made = injected(pod(**absent))
    assert len(made["spec"]["volumes"]) == 1


def test_what_is_written_once_for_two_containers_is_changed_in_one() -> None:
    """YAML's anchors make one value of two."""
    shared: list[Fields] = [{"name": "data", "mountPath": "/data"}]
    made = pod(server(volumeMounts=shared), server(name="other", volumeMounts=shared))
    after = injected(choosing(made, container="server"))
    assert len(named(after, "server")["volumeMounts"]) == 2
    assert named(after, "other")["volumeMounts"] == shared
