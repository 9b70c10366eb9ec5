"""Pods for tests of injection, and what is done with them."""

import json
from dataclasses import replace
from typing import Any

from adapter.injection.config import Config, Namespace, namespace
from adapter.injection.decision import Decision, Deny, Inject, Skip, decide
from adapter.injection.inject import inject
from kinds import names
from kinds.reading import Fields

CONFIG = Config(
    image="registry.example/kmcp/adapter:1.2.3@sha256:" + "5e" * 32,
    version="1.2.3",
    own_namespace="kmcp-system",
    excluded_namespaces=("vault",),
)
PLAIN = replace(CONFIG, native=False)
HERE = Namespace("here")
ASKING = namespace("asking", {names.INJECT: "true"})


def server(**more: Any) -> Fields:  # noqa: ANN401 - JSON
    """Return a container with a stdio server."""
    return {"name": "server", "image": "python:3.13", "command": ["python", "server.py"], **more}


def pod(*containers: Fields, **more: Any) -> Fields:  # noqa: ANN401 - JSON
    """Return a Pod that asks for the adapter; more goes into its spec."""
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "served", "annotations": {names.INJECT: "true"}},
        "spec": {"containers": list(containers) or [server()], **more},
    }


def choosing(made: Fields, **choices: object) -> Fields:
    """Return the Pod with annotations: `admin_port=1` is kmcp.dev/admin-port: "1"."""
    annotations = made["metadata"].get("annotations", {})
    chosen = {
        f"{names.DOMAIN}/{key.replace('_', '-')}": value
        if isinstance(value, str)
        else json.dumps(value)
        for key, value in choices.items()
    }
    metadata = {**made["metadata"], "annotations": {**annotations, **chosen}}
    return {**made, "metadata": metadata}


def injected(made: Fields, config: Config = CONFIG, where: Namespace = HERE) -> Fields:
    """Return the Pod after injection, which must be wanted."""
    decided = decide(made, where, config)
    assert isinstance(decided, Inject), decided
    return inject(made, decided.chosen, config)


def codes(decided: Decision) -> list[str]:
    """Return the names of the reasons why a Pod is not injected."""
    assert isinstance(decided, Skip | Deny), decided
    return [finding.reason.code for finding in decided.findings]


def denied(made: Fields, where: Namespace = HERE) -> list[str]:
    """Return what the user of a refused Pod reads."""
    decided = decide(made, where, CONFIG)
    assert isinstance(decided, Deny), decided
    return [str(finding) for finding in decided.findings]


def skipped(made: Fields, where: Namespace = HERE) -> str:
    """Return the reason why a Pod is left alone."""
    decided = decide(made, where, CONFIG)
    assert isinstance(decided, Skip), decided
    (reason,) = codes(decided)
    return reason


def named(made: Fields, name: str) -> Fields:
    """Return the only container of that name."""
    spec = made["spec"]
    both = [*spec.get("initContainers", []), *spec["containers"]]
    (found,) = [one for one in both if one["name"] == name]
    container: Fields = found
    return container


def adapter(made: Fields) -> Fields:
    """Return the adapter's container."""
    return named(made, names.ADAPTER_CONTAINER)
