"""What our programs really tell Prometheus: their series, with the labels and values these have."""

import json
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path

from prometheus_client.parser import text_string_to_metric_families

from reconciler.exposure.visit import State
from reconciler.figures import Figures
from telemetry.metrics import Metrics
from tests.adapter.client import Client
from tests.adapter.program import serving
from tests.webhook import program, reviews, workloads
from tests.webhook.test_forgiving import mistaken
from tests.webhook.test_injection import CONFIG
from webhook.admission import House
from webhook.app import JSON, Limits, Route, create_app
from webhook.configurations import MUTATE_PATH, VALIDATE_PATH
from webhook.entries import MUTATE_PODS
from webhook.injector import Injector
from webhook.journal import Journal
from webhook.routes import Desk, routes

Series = dict[str, dict[str, set[str]]]
"""Values by label, by the name of a series."""
TARGET = {"job", "instance", "namespace", "pod", "container", "endpoint", "service"}
"""The labels that Prometheus gives to all that it scrapes by a monitor."""


def collected(folder: Path) -> Series:
    """Return the series of all programs; *folder* is for certificates."""
    found: Series = {}
    for text in (_manager(), *_webhook(), _served_webhook(folder), _adapter()):
        for family in text_string_to_metric_families(text):
            for sample in family.samples:
                labels = found.setdefault(sample.name, {})
                for label, value in sample.labels.items():
                    labels.setdefault(label, set()).add(value)
    return found


def _manager() -> str:
    """Return what a manager tells that has met something of everything."""
    figures = Figures(Metrics())
    figures.note_request("GET", "/api/v1/namespaces/a/pods")
    figures.uninjected.labels("a").set(1)
    for state in State:
        figures.exposed.labels(state.value).set(1)
    return figures.metrics.exposition().decode()


def _webhook() -> Iterator[str]:
    """Yield what the webhook tells after it granted, refused, injected and failed."""
    for making in (_plain, mistaken):
        metrics = Metrics()
        app = create_app(making(metrics), Limits(), metrics)
        ask = partial(app.test_client().post, content_type=JSON)
        assert ask(MUTATE_PATH, data=reviews.body(reviews.server())).status_code == 200
        refused = ask(VALIDATE_PATH, data=reviews.body(reviews.server({"transportType": "x"})))
        assert not json.loads(refused.data)["response"]["allowed"]
        assert ask(MUTATE_PODS, data=workloads.body(workloads.pod())).status_code == 200
        yield metrics.exposition().decode()


def _plain(metrics: Metrics) -> Mapping[str, Route]:
    injector = Injector(CONFIG, lambda: True)
    return routes(Desk(House(), Journal(metrics, "1"), injector=injector))


def _served_webhook(folder: Path) -> str:
    """Return what a running webhook tells, its certificate too."""
    identity = program.Identity(folder)
    identity.write()
    with program.running(*identity.flags, module="tests.webhook.trial") as running:
        running.wait_ready()
        client = running.connect(identity.client())
        return program.ask(client, "GET", "/metrics").body.decode()


def _adapter() -> str:
    """Return what an adapter tells after a call, a mistake of the server, and a refusal."""
    with serving() as adapter:
        adapter.wait_ready()
        client = Client(adapter)
        assert client.initialize().status == 200
        assert "error" in client.request("no/such/method").json
        assert client.post(b"{}", Origin="http://evil.example").status == 403
        return adapter.ask("/metrics")[1]
