"""Pods on a real API server: who gets the adapter, who is refused, and who never comes to us."""

import json

import pytest

from kinds import names
from kinds.reading import within
from tests.cluster.facade import Cluster, KubectlError
from tests.webhook.conftest import Installed
from tests.webhook.figures import figures, total
from tests.webhook.program import wait
from tests.webhook.workloads import (
    ADAPTER_IMAGE,
    OWN_NAMESPACE,
    Object,
    annotated,
    pod,
    server,
    workload,
)
from webhook.injection import WORKLOADS

TTY = "spec.containers[0].tty is true, and a terminal rewrites what an MCP server says: remove it"
REQUESTS = "kmcp_admission_requests_total"
PLAIN = {"name": "web", "image": "web:1"}


def adapters(stored: Object) -> list[Object]:
    """Return the containers of a Pod that are our adapter."""
    both = [*stored["spec"].get("initContainers", []), *stored["spec"]["containers"]]
    return [one for one in both if one["name"] == names.ADAPTER_CONTAINER]


def created(cluster: Cluster, made: Object) -> Object:
    """Create an object, and return it as it is stored."""
    printed = cluster.kubectl("create", "--output=json", "--filename=-", stdin=json.dumps(made))
    found: Object = json.loads(printed)
    return found


def heard(cluster: Cluster, made: Object) -> str:
    """Return the warnings or the refusal that kubectl prints when somebody applies this."""
    words = ["apply", "--warnings-as-errors", "--filename=-"]
    with pytest.raises(KubectlError) as raised:
        cluster.kubectl(*words, stdin=json.dumps(made))
    return str(raised.value)


def asked_about_pods(installed: Installed) -> float:
    """Return how often anybody asked about a Pod."""
    text = figures(installed)
    return total(text, REQUESTS, "-pods") + total(text, REQUESTS, "-workloads")


def test_a_pod_that_asks_is_stored_with_its_adapter(place: Cluster) -> None:
    stored = created(place, pod())
    (adapter,) = adapters(stored)
    assert (adapter["image"], adapter["restartPolicy"]) == (ADAPTER_IMAGE, "Always")
    (mine,) = stored["spec"]["containers"]
    assert mine["command"][0] == names.LAUNCHER
    assert mine["command"][-2:] == ["python", "server.py"]
    assert place.get("pod", "served")["spec"]["initContainers"] == [adapter]


def test_a_pod_may_ask_by_label(place: Cluster) -> None:
    made = pod()
    made["metadata"] = {"name": "served", "labels": {names.INJECT: "true"}}
    assert adapters(created(place, made))


def test_pods_of_a_deployment_have_the_adapter(place: Cluster) -> None:
    place.apply(workload("Deployment"))
    wait(lambda: place.find("pods", "app=web"), lambda: place.explain("deployment", "web"))
    (stored,) = place.find("pods", "app=web")
    assert len(adapters(stored)) == 1


def test_a_pod_asks_because_its_namespace_does(place: Cluster) -> None:
    place.kubectl("label", "namespace", place.namespace, f"{names.INJECT}=true")
    assert adapters(created(place, annotated(pod(name="named"), container="server")))
    assert not adapters(created(place, annotated(pod(name="silent"))))
    assert not adapters(
        created(place, annotated(pod(name="no"), container="server", inject="false"))
    )
    misfit = created(place, annotated(pod(server(tty=True), name="misfit"), container="server"))
    assert not adapters(misfit)


def test_a_namespace_that_says_no_comes_before_its_pods(
    place: Cluster, injecting: Installed
) -> None:
    place.kubectl("label", "namespace", place.namespace, f"{names.INJECT}=false")
    before = asked_about_pods(injecting)
    assert not adapters(created(place, pod()))
    place.apply(workload("Deployment", server(tty=True)))
    assert asked_about_pods(injecting) == before


def test_a_refusal_names_all_that_is_wrong(place: Cluster) -> None:
    said = heard(place, annotated(pod(server(tty=True)), inject="true", port="80"))
    assert said.count("\n") == 0
    assert 'admission webhook "inject.pods.kmcp.dev" denied the request: ' in said
    assert "annotation kmcp.dev/port: must be a whole number from 1024 to 65535" in said
    assert said.endswith(TTY)
    assert place.find("pods") == []


def test_a_pod_that_is_skipped_is_stored_as_it_is_with_a_warning(place: Cluster) -> None:
    said = heard(place, pod(hostNetwork=True))
    assert said.startswith("Warning: the Pod does not get the adapter: spec.hostNetwork is true")
    assert not adapters(place.get("pod", "served"))


@pytest.mark.parametrize("kind", sorted(WORKLOADS - {"PodTemplate"}))
def test_whoever_applies_a_workload_hears_what_becomes_of_its_pods(
    place: Cluster, kind: str
) -> None:
    more = {"restartPolicy": "Never"} if kind.endswith("Job") else {}
    made = workload(kind, server(tty=True), **more)
    path = "spec.jobTemplate.spec.template" if kind == "CronJob" else "spec.template"
    said = heard(place, made)
    assert f"Warning: {path}: its Pods will be refused: spec.containers[0].tty is true" in said
    assert place.get(kind.lower(), "web")


@pytest.mark.parametrize("kind", sorted(WORKLOADS - {"PodTemplate"}))
def test_whoever_applies_a_workload_where_the_namespace_asks_hears_of_it_too(
    place: Cluster, injecting: Installed, kind: str
) -> None:
    place.kubectl("label", "namespace", place.namespace, f"{names.INJECT}=true")
    more = {"restartPolicy": "Never"} if kind.endswith("Job") else {}
    made = workload(kind, server(tty=True), **more)
    path = "spec.jobTemplate.spec.template" if kind == "CronJob" else "spec.template"
    metadata = within(made, *path.split("."), "metadata")
    before = total(figures(injecting), REQUESTS, "-workloads")
    metadata["annotations"] = {}
    place.kubectl("create", "--dry-run=server", "--filename=-", stdin=json.dumps(made))
    assert total(figures(injecting), REQUESTS, "-workloads") == before
    metadata["annotations"] = {names.CONTAINER_CHOICE: "server"}
    said = heard(place, made)
    assert f"Warning: {path}: its Pods will not get the adapter: spec.containers[0].tty" in said
    assert total(figures(injecting), REQUESTS, "-workloads-by-namespace") > 0


def test_a_workload_is_looked_at_when_its_template_is_new_only(
    place: Cluster, injecting: Installed
) -> None:
    made = workload("Deployment")
    place.apply(made)
    wait(lambda: place.find("pods"), lambda: place.explain("deployment", "web"))
    before = total(figures(injecting), REQUESTS, "-workloads")
    place.apply(made)
    place.kubectl("scale", "deployment/web", "--replicas=0")
    assert total(figures(injecting), REQUESTS, "-workloads") == before
    more = {"image": "python:3.14", "tty": True}
    assert "will be refused" in heard(place, workload("Deployment", server(**more)))


def test_pods_that_do_not_ask_never_come_to_us(place: Cluster, injecting: Installed) -> None:
    before = asked_about_pods(injecting)
    made = workload("Deployment", PLAIN)
    del made["spec"]["template"]["metadata"]["annotations"]
    made["spec"]["replicas"] = 100
    place.apply(made)
    counted = ("get", "deployment", "web", "--output=jsonpath={.status.replicas}")
    wait(
        lambda: place.kubectl(*counted) == "100",
        lambda: place.explain("deployment", "web"),
    )
    assert len(place.find("pods", "app=web")) == 100
    assert asked_about_pods(injecting) == before


def test_changes_of_a_pod_never_come_to_us(place: Cluster, injecting: Installed) -> None:
    created(place, pod())
    before = asked_about_pods(injecting)
    place.kubectl("annotate", "pod", "served", "note=1")
    place.kubectl("label", "pod", "served", f"{names.INJECT}=true")
    place.kubectl("debug", "served", "--image=busybox:1", "--container=look", "--target=server")
    place.kubectl("delete", "pod", "served", "--grace-period=0", "--force")
    assert asked_about_pods(injecting) == before


@pytest.mark.parametrize("namespace", [*names.SYSTEM_NAMESPACES, OWN_NAMESPACE])
def test_system_namespaces_and_our_own_are_never_touched(
    place: Cluster, injecting: Installed, namespace: str
) -> None:
    before = asked_about_pods(injecting)
    words = ["create", "--dry-run=server", "--output=json", "--filename=-"]
    there = place.kubectl(*words, f"--namespace={namespace}", stdin=json.dumps(pod()))
    assert not adapters(json.loads(there))
    assert asked_about_pods(injecting) == before


def test_our_own_pods_never_come_to_us_wherever_they_are(
    place: Cluster, injecting: Installed
) -> None:
    made = pod()
    made["metadata"]["labels"] = {names.COMPONENT: "webhook"}
    before = asked_about_pods(injecting)
    assert not adapters(created(place, made))
    assert asked_about_pods(injecting) == before


def test_a_dry_run_shows_the_adapter(place: Cluster) -> None:
    words = ["create", "--dry-run=server", "--output=json", "--filename=-"]
    assert adapters(json.loads(place.kubectl(*words, stdin=json.dumps(pod()))))
    assert place.find("pods") == []


def test_pods_of_a_name_to_come_are_noted_by_what_it_begins_with(
    place: Cluster, injecting: Installed
) -> None:
    place.apply(workload("Deployment"))
    wait(lambda: place.find("pods"), lambda: place.explain("deployment", "web"))
    line = next(
        line
        for line in injecting.program.decisions()
        if (line["namespace"], line["webhook"]) == (place.namespace, "mutate-pods")
    )
    assert line["object"].startswith("web-")
    assert line["object"].endswith("-***")
    assert line["owner"].startswith("ReplicaSet/web-")
    assert (line["reason"], line["outcome"], line["kind"]) == ("Injected", "allowed", "Pod")
