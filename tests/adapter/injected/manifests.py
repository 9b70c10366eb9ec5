"""What users apply: workloads with a stdio server, and nothing of an adapter but annotations."""

from dataclasses import replace
from typing import Any

from adapter.injection.config import Config
from adapter.injection.decision import Inject, decide
from adapter.injection.inject import inject
from adapter.injection.workloads import changed
from kinds import names
from kinds.reading import Fields
from tests.adapter.injected.images import ADAPTER, Served
from tests.adapter.injection.pods import HERE

NATIVE = Config(image=ADAPTER, version="1", own_namespace="kmcp-system")
PLAIN = replace(NATIVE, native=False)
FORMS = {"native": NATIVE, "plain": PLAIN}
NAME = "served"
LABELS = {"app": NAME}
LOCKED: Fields = {
    "allowPrivilegeEscalation": False,
    "readOnlyRootFilesystem": True,
    "runAsNonRoot": True,
    "capabilities": {"drop": ["ALL"]},
    "seccompProfile": {"type": "RuntimeDefault"},
}
"""What the restricted level asks of every container, and a read-only root."""


def server(served: Served, **more: Any) -> Fields:  # noqa: ANN401 - JSON
    """Return the container of a user."""
    return {
        "name": "server",
        "image": served.image,
        "imagePullPolicy": "IfNotPresent",
        "command": list(served.command),
        **more,
    }


def template(container: Fields, **spec: Any) -> Fields:  # noqa: ANN401 - JSON
    """Return the template of Pods that ask for the adapter."""
    metadata = {"labels": LABELS, "annotations": {names.INJECT: "true"}}
    return {"metadata": metadata, "spec": {"containers": [container], **spec}}


def deployment(made: Fields, replicas: int = 1) -> Fields:
    """Return a Deployment of a template."""
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": NAME},
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": LABELS},
            "template": made,
        },
    }


def job(made: Fields, policy: str = "Never") -> Fields:
    """Return a Job of one Pod, in which a server may be tried a few times."""
    made = {**made, "spec": {**made["spec"], "restartPolicy": policy}}
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": NAME},
        "spec": {"backoffLimit": 0 if policy == "Never" else 4, "template": made},
    }


def injected(workload: Fields, config: Config = NATIVE) -> Fields:
    """Return a workload as the webhook leaves it behind."""

    def change(made: Fields) -> Fields:
        decided = decide(made, HERE, config)
        assert isinstance(decided, Inject), decided
        return inject(made, decided.chosen, config)

    return changed(workload, change)
