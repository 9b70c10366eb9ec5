"""What whoever applies a workload hears of its Pods to come: warnings, and never a refusal."""

import pytest

from tests.webhook.test_injection import CONFIG, TTY
from tests.webhook.workloads import Object, request, server, workload
from webhook.injection import WORKLOADS, advised, advised_by_namespace


@pytest.mark.parametrize("kind", sorted(WORKLOADS - {"PodTemplate"}))
def test_a_workload_hears_what_its_pods_would_be_refused_for(kind: str) -> None:
    path = "spec.jobTemplate.spec.template" if kind == "CronJob" else "spec.template"
    verdict = advised(request(workload(kind, server(tty=True))), CONFIG)
    assert verdict.allowed
    assert verdict.warnings[0].startswith(
        f"{path}: its Pods will be refused: spec.containers[0].tty"
    )
    said = " ".join(line.removeprefix("… ") for line in verdict.warnings)
    assert said == f"{path}: its Pods will be refused: {TTY}"


def test_warnings_are_short_enough_for_the_api_server() -> None:
    made = workload("Deployment", server(command=[], tty=True))
    made["spec"]["template"]["metadata"]["annotations"]["kmcp.dev/port"] = "x" * 300
    lines = advised(request(made), CONFIG).warnings
    assert len(lines) > 4
    assert all(len(line) <= 120 for line in lines)


@pytest.mark.parametrize(
    ("made", "begins"),
    [
        pytest.param(
            workload("Deployment", hostNetwork=True),
            ["spec.template: its Pods will not get the adapter: spec.hostNetwork"],
            id="skipped",
        ),
        pytest.param(workload("Deployment"), [], id="all is well"),
        pytest.param({**workload("Deployment"), "spec": None}, [], id="no template"),
    ],
)
def test_a_workload_hears_of_pods_that_are_left_alone(made: Object, begins: list[str]) -> None:
    lines = [one for one in advised(request(made), CONFIG).warnings if not one.startswith("…")]
    assert len(lines) == len(begins)
    assert all(line.startswith(begin) for line, begin in zip(lines, begins, strict=True))


def test_a_workload_whose_namespace_asks_hears_what_does_not_fit() -> None:
    made = workload("Deployment", server(tty=True))
    made["spec"]["template"]["metadata"]["annotations"] = {"kmcp.dev/container": "server"}
    assert advised(request(made), CONFIG).warnings == ()
    lines = advised_by_namespace(request(made), CONFIG).warnings
    assert lines[0].startswith("spec.template: its Pods will not get the adapter: spec.containers[")
