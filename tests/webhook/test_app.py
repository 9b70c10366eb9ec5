"""Which requests reach a route, what the route is told, and how every other one is answered."""

import json
import logging
import threading
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from flask.testing import FlaskClient

from telemetry.metrics import Metrics
from tests.webhook.program import WAIT_SECONDS
from webhook import app
from webhook.app import JSON, Limits, Reply, Route, create_app

PATH = "/validate/things"
LIMITS = Limits(body=1000)


def echo(body: bytes, deadline: float) -> Reply:
    left = deadline - time.monotonic()
    return Reply(200, json.dumps({"body": body.decode(), "seconds": round(left, 1)}).encode())


def browser(route: Route = echo, metrics: Metrics | None = None) -> FlaskClient:
    return create_app({PATH: route}, LIMITS, metrics or Metrics()).test_client()


def figures(metrics: Metrics) -> set[str]:
    lines: Iterable[str] = metrics.exposition().decode().splitlines()
    return {line for line in lines if line.startswith("kmcp_") and "bucket" not in line}


@pytest.mark.parametrize(
    ("query", "seconds"),
    [
        pytest.param("", 10.0, id="unsaid"),
        pytest.param("?timeout=5s", 5.0, id="as the API server says it"),
        pytest.param("?timeout=1m30s", 30.0, id="longer than any API server waits"),
        pytest.param("?timeout=0s", 10.0, id="no time at all"),
        pytest.param("?timeout=soon", 10.0, id="nonsense"),
    ],
)
def test_a_route_gets_the_body_and_the_moment_when_its_sender_gives_up(
    query: str, seconds: float
) -> None:
    answer = browser().post(PATH + query, data=b"{}", content_type=JSON)
    assert answer.json == {"body": "{}", "seconds": seconds}


def test_a_route_decides_status_body_and_type() -> None:
    answer = browser(lambda _, __: Reply(418, b"tea", "text/plain")).post(
        PATH, data=b"{}", content_type="application/json; charset=utf-8"
    )
    assert (answer.status_code, answer.data, answer.content_type) == (418, b"tea", "text/plain")


@pytest.mark.parametrize(
    ("request_", "status", "error"),
    [
        pytest.param({"path": "/other"}, 404, "not found", id="unknown path"),
        pytest.param({"method": "GET"}, 405, "not allowed", id="GET"),
        pytest.param({"method": "OPTIONS"}, 405, "not allowed", id="OPTIONS"),
        pytest.param({"content_type": "text/yaml"}, 415, "application/json", id="YAML"),
        pytest.param({"content_type": None}, 415, "application/json", id="no type"),
        pytest.param({"data": b""}, 400, "empty", id="empty"),
        pytest.param({"data": b"x" * 1001}, 413, "limit is 1000", id="too big"),
        pytest.param({"data": b"x" * 2000}, 413, "exceeds", id="far too big"),
        pytest.param({"path": PATH + "?timeout=1ns"}, 504, "too late", id="too late"),
    ],
)
def test_what_reaches_no_route_is_refused_in_json(
    request_: dict[str, Any], status: int, error: str
) -> None:
    usual: dict[str, Any] = {
        "path": PATH,
        "method": "POST",
        "data": b"{}",
        "content_type": "application/json",
    }
    answer = browser().open(**{**usual, **request_})
    assert answer.status_code == status
    assert answer.content_type == "application/json"
    assert error in json.loads(answer.data)["error"]


def test_a_refused_method_learns_which_one_is_not() -> None:
    assert browser().get(PATH).headers["Allow"] == "POST"


def test_a_body_of_just_the_limit_is_taken() -> None:
    answer = browser().post(PATH, data=b"x" * 1000, content_type=JSON)
    assert answer.status_code == 200


def test_a_large_request_waits_for_its_turn_and_a_small_one_does_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(app, "TURN_SECONDS", 0.01)
    begun, finish = threading.Event(), threading.Event()

    def hold(body: bytes, _: float) -> Reply:
        if body[:1] == b"1":
            begun.set()
            finish.wait(WAIT_SECONDS)
        return Reply(200, body[:1])

    served = create_app({PATH: hold}, Limits(large=10, large_at_once=1), Metrics())

    def ask(body: bytes) -> tuple[int, bytes]:
        answer = served.test_client().post(PATH, data=body, content_type=JSON)
        return answer.status_code, answer.data

    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(ask, b"1" * 11)
        assert begun.wait(WAIT_SECONDS)
        assert ask(b"2" * 10) == (200, b"2")
        assert ask(b"3" * 11)[0] == 503
        finish.set()
        assert first.result() == (200, b"1")
    assert ask(b"4" * 11) == (200, b"4")


def test_a_mistake_in_a_route_is_logged_and_never_shown(caplog: pytest.LogCaptureFixture) -> None:
    def broken(_: bytes, __: float) -> Reply:
        raise RuntimeError("secret detail")

    answer = browser(broken).post(PATH, data=b"{}", content_type=JSON)
    assert (answer.status_code, answer.content_type) == (500, "application/json")
    assert b"secret" not in answer.data
    (record,) = caplog.records
    assert (record.levelno, record.getMessage()) == (logging.ERROR, "request failed")
    assert record.exc_info is not None
    assert str(record.exc_info[1]) == "secret detail"


def test_requests_are_counted_by_known_paths_only() -> None:
    metrics = Metrics()
    client = browser(metrics=metrics)
    client.post(PATH, data=b"{}", content_type=JSON)
    client.get("/a")
    client.get("/b")
    known, other = f'path="{PATH}"', 'path="other"'
    counted = {line for line in figures(metrics) if "_total" in line or "_count" in line}
    assert counted == {
        f'kmcp_admission_http_requests_total{{code="200",{known}}} 1.0',
        f'kmcp_admission_http_requests_total{{code="404",{other}}} 2.0',
        f"kmcp_admission_http_duration_seconds_count{{{known}}} 1.0",
        f"kmcp_admission_http_duration_seconds_count{{{other}}} 2.0",
    }


def test_prometheus_can_read_the_metrics() -> None:
    answer = browser().get("/metrics")
    assert answer.content_type.startswith("text/plain; version=0.0.4")
    assert b"process_resident_memory_bytes" in answer.data
