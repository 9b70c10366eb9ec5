"""Events say what became of Pods, on what a user applied; no secrets, and none on a dry run."""

import json
import time
from pathlib import Path

import pytest

from cluster.client import Client
from cluster.connection import connect
from cluster.events import Recorder
from cluster.owners import Owners
from kinds import names
from telemetry.metrics import Metrics
from tests.cluster.facade import Cluster, KubectlError
from tests.webhook.conftest import Installed
from tests.webhook.figures import figures, total, value
from tests.webhook.telling import about, told
from tests.webhook.test_injection import CONFIG
from tests.webhook.workloads import body, pod, server, workload
from webhook.admission import House
from webhook.entries import MUTATE_PODS, VALIDATE_PODS
from webhook.events import Teller
from webhook.injector import Injector
from webhook.journal import Journal
from webhook.routes import Desk, routes

MARK = "marked-b81c2f"


def test_pods_of_a_deployment_are_told_on_the_deployment(place: Cluster) -> None:
    place.apply(workload("Deployment"))
    event = told(place, "Injected")
    assert about(event) == ("Normal", "Deployment", "web")
    assert event["message"].startswith("a Pod got the adapter of kmcp ")
    assert event["message"].endswith(" beside its container server")
    assert event["involvedObject"]["uid"] == place.get("deployment", "web")["metadata"]["uid"]
    (made,) = place.find("pods", "app=web")
    assert event["related"]["uid"] == made["metadata"]["uid"]
    assert "Injected" in place.kubectl("describe", "deployment", "web")


def test_a_refusal_is_told_on_the_workload_that_nobody_watches(place: Cluster) -> None:
    place.apply(workload("StatefulSet", server(tty=True)))
    event = told(place, "InjectionDenied")
    assert about(event) == ("Warning", "StatefulSet", "web")
    assert event["message"].startswith("spec.containers[0].tty is true, and a terminal")
    kubernetes_own = told(place, "FailedCreate")
    assert "denied the request: spec.containers[0].tty is true" in kubernetes_own["message"]


def test_what_is_left_alone_is_told_with_the_reason(place: Cluster) -> None:
    place.apply(workload("Deployment", hostNetwork=True))
    event = told(place, "InjectionSkipped")
    assert about(event) == ("Warning", "Deployment", "web")
    assert "spec.hostNetwork is true" in event["message"]


def test_how_many_events_were_written_is_counted(place: Cluster, injecting: Installed) -> None:
    sample = 'kmcp_webhook_events{result="written"}'
    before = value(figures(injecting), sample)
    place.apply(pod())
    told(place, "Injected")
    assert value(figures(injecting), sample) >= before + 1


def test_a_bare_pod_has_its_own_event(place: Cluster) -> None:
    place.apply(pod())
    event = told(place, "Injected")
    assert about(event) == ("Normal", "Pod", "served")
    assert "a Pod got the adapter" in place.kubectl("describe", "pod", "served")


def test_a_dry_run_is_told_to_nobody_and_not_counted(place: Cluster, injecting: Installed) -> None:
    sample = (
        'kmcp_admission_injections_total{outcome="injected",reason="Injected",'
        'webhook="mutate-pods"}'
    )
    before = value(figures(injecting), sample)
    words = ["create", "--dry-run=server", "--filename=-"]
    place.kubectl(*words, stdin=json.dumps(pod(name="dry")))
    assert value(figures(injecting), sample) == before
    place.apply(pod(name="wet"))
    assert about(told(place, "Injected")) == ("Normal", "Pod", "wet")  # Events come in order
    assert [one for one in place.find("events") if one["involvedObject"]["name"] == "dry"] == []
    assert value(figures(injecting), sample) == before + 1


def test_nothing_of_a_command_or_its_environment_is_told(
    place: Cluster, injecting: Installed
) -> None:
    secret = server(
        command=["run", f"--token={MARK}-command"],
        args=[f"{MARK}-argument"],
        env=[{"name": "TOKEN", "value": f"{MARK}-value"}],
    )
    made = workload("Deployment", secret)
    made["spec"]["template"]["metadata"]["annotations"][names.COMMAND_CHOICE] = f'["{MARK}-chosen"]'
    place.apply(made)
    told(place, "Injected")
    wrong = pod(secret, name="wrong")
    wrong["metadata"]["annotations"] |= {
        names.COMMAND_CHOICE: f"{MARK}-unreadable",
        names.RESOURCES_CHOICE: f'{{"{MARK[:6]}": 1}}',
    }
    with pytest.raises(KubectlError) as raised:
        place.apply(wrong)
    assert MARK not in str(raised.value).partition("denied the request:")[2]
    assert MARK not in json.dumps(injecting.program.lines)
    assert MARK not in figures(injecting)
    assert MARK not in json.dumps(place.find("events"))


@pytest.fixture
def teller(tmp_path: Path) -> Teller:
    """Lend one that is closed, so that it counts what it is told and asks nobody."""
    kubeconfig = tmp_path / "kubeconfig"
    kubeconfig.write_text(json.dumps(NOWHERE))
    client = Client(connect(kubeconfig))
    recorder = Recorder(client, "test", "Inject")
    recorder.close()
    return Teller(recorder, Owners(client))


NOWHERE: dict[str, object] = {
    "apiVersion": "v1",
    "kind": "Config",
    "current-context": "nowhere",
    "clusters": [{"name": "nowhere", "cluster": {"server": "http://127.0.0.1:9"}}],
    "users": [{"name": "nobody", "user": {}}],
    "contexts": [{"name": "nowhere", "context": {"cluster": "nowhere", "user": "nobody"}}],
}


@pytest.mark.parametrize(
    ("seconds", "events"),
    [pytest.param(10.0, 1, id="in time"), pytest.param(-1.0, 0, id="too late")],
)
@pytest.mark.parametrize("path", [MUTATE_PODS, VALIDATE_PODS])
def test_nothing_is_told_or_counted_that_the_api_server_did_not_wait_for(
    teller: Teller, path: str, seconds: float, events: int
) -> None:
    metrics = Metrics()
    injector = Injector(CONFIG, is_native=lambda: True, teller=teller)
    desk = Desk(House(), Journal(metrics, "1.2.3"), injector=injector)
    refused = body(pod(server(tty=True)))
    routes(desk)[path](refused, time.monotonic() + seconds)
    assert teller.recorder.counts()["closed"] == events
    text = metrics.exposition().decode()
    figure = "kmcp_admission_injections_total"
    assert total(text, figure, 'reason="InjectionDenied"') == events
    assert total(text, figure, "") == events


@pytest.mark.parametrize("decide", [MUTATE_PODS, VALIDATE_PODS])
def test_a_dry_run_of_a_refusal_is_told_to_nobody(teller: Teller, decide: str) -> None:
    injector = Injector(CONFIG, is_native=lambda: True, teller=teller)
    desk = Desk(House(), Journal(Metrics(), "1.2.3"), injector=injector)
    refused = body(pod(server(tty=True)), dryRun=True)
    routes(desk)[decide](refused, time.monotonic() + 10)
    assert teller.recorder.counts()["closed"] == 0
