"""A mistake of ours in what decides about Pods keeps no Pod from starting, and is no secret."""

import json
from base64 import b64decode
from collections.abc import Mapping
from typing import NoReturn

import jsonpatch
import pytest
from werkzeug.test import TestResponse

from telemetry.metrics import Metrics
from tests.webhook.figures import total
from tests.webhook.test_injection import CONFIG
from tests.webhook.workloads import Object, body, pod, workload
from webhook.admission import House
from webhook.app import JSON, Limits, Route, create_app
from webhook.entries import (
    MUTATE_PODS,
    MUTATE_PODS_BY_NAMESPACE,
    VALIDATE_PODS,
    VALIDATE_WORKLOADS,
)
from webhook.injector import Injector
from webhook.journal import Journal
from webhook.review import Request
from webhook.routes import Desk, routes


class Mistaken(Injector):
    """Fails at everything, as code with a mistake does."""

    def mutate(self, request: Request, _deadline: float) -> NoReturn:
        """Fail."""
        raise RuntimeError(f"secret detail of {request.uid}")

    def mutate_by_namespace(self, request: Request, _deadline: float) -> NoReturn:
        """Fail."""
        self.mutate(request, _deadline)

    def validate(self, request: Request, _deadline: float) -> NoReturn:
        """Fail."""
        self.mutate(request, _deadline)

    def advise(self, request: Request, _deadline: float) -> NoReturn:
        """Fail."""
        self.mutate(request, _deadline)


def mistaken(metrics: Metrics) -> Mapping[str, Route]:
    injector = Mistaken(CONFIG, is_native=lambda: True)
    return routes(Desk(House(), Journal(metrics, "1.2.3"), injector=injector))


def answer(path: str, made: Object, metrics: Metrics) -> TestResponse:
    app = create_app(mistaken(metrics), Limits(), metrics)
    return app.test_client().post(path, data=body(made), content_type=JSON)


@pytest.mark.parametrize("path", [MUTATE_PODS, MUTATE_PODS_BY_NAMESPACE])
def test_the_pod_starts_as_it_is_with_a_warning_and_a_mark(path: str) -> None:
    metrics = Metrics()
    answered = answer(path, pod(), metrics)
    assert answered.status_code == 200
    response = json.loads(answered.data)["response"]
    assert response["allowed"]
    assert response["warnings"] == [
        "kmcp made a mistake, which has been logged: the Pod does not get the adapter"
    ]
    assert response["auditAnnotations"] == {"outcome": "InjectionFailed"}
    after = jsonpatch.apply_patch(pod(), json.loads(b64decode(response["patch"])))
    assert after["metadata"]["annotations"].pop("kmcp.dev/injection-failed") == "1.2.3"
    assert after == pod()
    text = metrics.exposition().decode()
    assert total(text, "kmcp_admission_injections_total", 'outcome="failed"') == 1
    assert b"secret detail" not in answered.data


def test_a_workload_is_stored_without_advice() -> None:
    answered = answer(VALIDATE_WORKLOADS, workload("Deployment"), Metrics())
    assert json.loads(answered.data)["response"]["allowed"]
    assert "warnings" not in json.loads(answered.data)["response"]


def test_the_last_look_fails_so_that_the_administrators_policy_decides() -> None:
    answered = answer(VALIDATE_PODS, pod(), Metrics())
    assert answered.status_code == 500
    assert b"secret detail" not in answered.data


def test_what_is_no_review_is_still_refused() -> None:
    app = create_app(mistaken(Metrics()), Limits(), Metrics())
    assert app.test_client().post(MUTATE_PODS, data=b"{}", content_type=JSON).status_code == 400
