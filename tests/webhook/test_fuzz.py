"""Whatever arrives, the answer is a decision or a refusal in words, never a traceback or 500."""

import json
import logging
import time

import pytest
from flask.testing import FlaskClient

from telemetry.metrics import Metrics
from tests.webhook.fuzz import bodies
from tests.webhook.test_injection import CONFIG
from webhook.admission import House
from webhook.app import Limits, create_app
from webhook.configurations import MUTATE_PATH, VALIDATE_PATH
from webhook.entries import (
    MUTATE_PODS,
    MUTATE_PODS_BY_NAMESPACE,
    VALIDATE_PODS,
    VALIDATE_WORKLOADS,
)
from webhook.injector import Injector
from webhook.journal import Journal
from webhook.routes import Desk, routes
from webhook.verdict import Outcome

pytestmark = pytest.mark.slow

LEAST_BODIES = 300
"""Far fewer than a slow machine manages; a run that did less did nothing."""


PATHS = {
    "MCPServer": (MUTATE_PATH, VALIDATE_PATH),
    "Pod": (MUTATE_PODS, MUTATE_PODS_BY_NAMESPACE, VALIDATE_PODS),
    "Deployment": (VALIDATE_WORKLOADS,),
}
EACH = pytest.mark.parametrize("kind", PATHS)


def client() -> FlaskClient:
    metrics = Metrics()
    injector = Injector(CONFIG, is_native=lambda: True)
    desk = Desk(House(), Journal(metrics, "test"), injector=injector)
    return create_app(routes(desk), Limits(), metrics).test_client()


def check(asking: FlaskClient, path: str, body: bytes) -> None:
    answer = asking.post(path, data=body, content_type="application/json")
    assert answer.status_code in (200, 400), answer.data
    told = json.loads(answer.data)
    if answer.status_code == 400:
        assert told["error"]
        return
    response = told["response"]
    assert response["uid"] == json.loads(body.decode(errors="replace"))["request"]["uid"]
    assert ("patch" in response) == ("patchType" in response)
    assert response["allowed"] or response["status"]["code"] >= 400
    assert "patch" not in response or path.startswith("/mutate")
    assert response["auditAnnotations"]["outcome"] != Outcome.FAILED.value


def fuzz(kind: str, seconds: float, caplog: pytest.LogCaptureFixture) -> int:
    """Ask for so long and return how often; a failure names the seed and the body."""
    caplog.set_level(logging.CRITICAL)
    seed = time.time_ns()
    asking, end, count = client(), time.monotonic() + seconds, 0
    for body in bodies(seed, kind):
        for path in PATHS[kind]:
            try:
                check(asking, path, body)
            except Exception as error:
                raise AssertionError(f"seed {seed}, {path}: {body[:4000]!r}") from error
        count += 1
        if time.monotonic() > end and count >= LEAST_BODIES:
            return count
    return count


@EACH
def test_nothing_that_arrives_makes_the_webhook_stumble(
    kind: str, caplog: pytest.LogCaptureFixture
) -> None:
    assert fuzz(kind, 15, caplog) >= LEAST_BODIES


@EACH
@pytest.mark.long
def test_nothing_makes_it_stumble_for_ten_minutes(
    kind: str, caplog: pytest.LogCaptureFixture
) -> None:
    assert fuzz(kind, 600, caplog) >= LEAST_BODIES
