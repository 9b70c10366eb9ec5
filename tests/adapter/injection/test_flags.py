"""What the adapter of a Pod is told: words that it understands, times that fit the Pod."""

import json
import re
from dataclasses import replace

import pytest

from adapter.choices import choice
from adapter.injection import containers
from adapter.injection.chosen import Chosen
from adapter.injection.config import Config
from kinds.adapter import Adapter, Limits, Sessions
from tests.adapter.injection.pods import (
    CONFIG,
    PLAIN,
    adapter,
    choosing,
    injected,
    pod,
    server,
)


@pytest.mark.parametrize("seconds", [0, 1, 4, 7, 12, 30, 600, 10**6])
@pytest.mark.parametrize("delay", ["0s", "500ms", "3s", "10m"])
def test_the_adapter_understands_its_flags_and_drains_in_time(seconds: int, delay: str) -> None:
    chosen = Chosen(
        container="server",
        command=("x",),
        port=8080,
        path="/$(x)",
        adapter=Adapter(
            image="a/b:1",
            allowed_hosts=["*.example.com"],
            allowed_origins=["https://$(HOME)"],
            sessions=Sessions(maximum=3),
            limits=Limits(concurrency=9),
            drain_delay=delay,
        ),
        start_timeout="90s",
    )
    made = pod(terminationGracePeriodSeconds=seconds)
    config = replace(CONFIG, cluster_domain="k8s.example")
    flags = containers.adapter(made, chosen, config)["args"]
    settings = choice([flag.replace("$$(", "$(") for flag in flags], {}).settings
    assert (str(settings.listen), str(settings.admin)) == (":8080", ":3901")
    assert (settings.path, settings.cluster_domain) == ("/$(x)", "k8s.example")
    assert (settings.allowed_origins, settings.sessions) == (("https://$(HOME)",), 3)
    assert (settings.concurrency, settings.start_timeout) == (9, 90.0)
    assert settings.drain_delay + settings.grace < max(seconds, 2)


def test_a_hook_before_the_end_takes_its_time_from_the_calls_as_well() -> None:
    container = server(lifecycle={"preStop": {"sleep": {"seconds": 10}}})
    assert "--grace=10s" in adapter(injected(pod(container)))["args"]


@pytest.mark.parametrize(
    ("config", "policy", "ends"),
    [
        (PLAIN, "Never", True),
        (PLAIN, "OnFailure", True),
        (PLAIN, "Always", False),
        (CONFIG, "Never", False),
    ],
)
def test_only_a_plain_adapter_of_a_job_has_to_end_by_itself(
    config: Config, policy: str, ends: bool
) -> None:
    flags = adapter(injected(pod(restartPolicy=policy), config))["args"]
    assert ("--end-with-server=true" in flags) is ends


@pytest.mark.parametrize("word", ["/$(A)", "/$$(A)", "/$$", "/a$b", "/$$$(A)"])
def test_every_word_for_the_adapter_arrives_through_the_kubelet(word: str) -> None:
    chosen = Chosen(path=word, adapter=Adapter(allowed_origins=[f"https:/{word}"]))
    flags = [expanded(flag) for flag in containers.adapter(pod(), chosen, CONFIG)["args"]]
    assert f"--path={word}" in flags
    assert json.dumps({"allowedOrigins": [f"https:/{word}"]}, separators=(",", ":")) in flags[-1]


def expanded(word: str) -> str:
    """Return what the kubelet makes of a word when no variable is set: `$` of `$$`."""
    return re.sub(r"\$(\$|\([^)]*\))", lambda found: "$" if found[1] == "$" else "EXPANDED", word)


def test_the_configuration_is_given_only_where_there_is_one() -> None:
    usual = adapter(injected(pod()))["args"]
    assert not any(flag.startswith("--config") for flag in usual)
    (flag,) = adapter(injected(choosing(pod(), config={"era": "modern"})))["args"][-1:]
    assert json.loads(flag.removeprefix("--config=")) == {"era": "modern"}
