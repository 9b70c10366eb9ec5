"""Workloads of users whose Pods ask for a Service, before and after the webhook saw their Pods."""

from typing import Any

from adapter.injection.annotations import EXPOSE
from adapter.injection.config import Config
from adapter.injection.decision import Inject, decide
from adapter.injection.inject import inject
from adapter.injection.workloads import changed
from kinds import names
from kinds.reading import Fields
from tests.adapter.injection.pods import HERE

CONFIG = Config(image="registry.example.com/adapter:1", version="1", own_namespace="kmcp-system")
ASKS = {names.INJECT: "true", EXPOSE: "true"}


def workload(kind: str = "Deployment", name: str = "web", **annotations: str) -> Fields:
    """Return a workload of one Pod; `expose="false"` is another annotation."""
    chosen = {f"{names.DOMAIN}/{key}": value for key, value in annotations.items()}
    container = {"name": "server", "image": "registry.example.com/tool:1", "command": ["tool"]}
    template = {
        "metadata": {"labels": {"app": name}, "annotations": {**ASKS, **chosen}},
        "spec": {"containers": [container]},
    }
    more: dict[str, Any] = {
        "StatefulSet": {"serviceName": name, "replicas": 1},
        "DaemonSet": {},
    }.get(kind, {"replicas": 1})
    spec = {"selector": {"matchLabels": {"app": name}}, "template": template, **more}
    return {"apiVersion": "apps/v1", "kind": kind, "metadata": {"name": name}, "spec": spec}


def injected(made: Fields, port: int = names.MCP_PORT) -> Fields:
    """Return the workload with a template that looks as the webhook leaves Pods behind."""
    config = Config(image=CONFIG.image, version="1", own_namespace=CONFIG.own_namespace, port=port)

    def change(template: Fields) -> Fields:
        decided = decide(template, HERE, config)
        assert isinstance(decided, Inject), decided
        return inject(template, decided.chosen, config)

    return changed(made, change)


def without(made: Fields, key: str = EXPOSE) -> Fields:
    """Return the workload without an annotation of its Pods."""

    def change(template: Fields) -> Fields:
        metadata = template["metadata"]
        kept = {name: word for name, word in metadata["annotations"].items() if name != key}
        return {**template, "metadata": {**metadata, "annotations": kept}}

    return changed(made, change)
