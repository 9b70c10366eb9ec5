"""Where the Pods' templates are in what people apply."""

import pytest

from adapter.injection.workloads import changed, templates
from kinds.reading import Fields
from tests.adapter.injection.pods import pod

POD: Fields = {"metadata": {"labels": {"app": "x"}}, "spec": {"containers": []}}


def workload(kind: str) -> Fields:
    """Return an object of that kind."""
    if kind == "CronJob":
        return {"kind": kind, "spec": {"jobTemplate": {"spec": {"template": POD}}}}
    if kind == "PodTemplate":
        return {"kind": kind, "template": POD}
    return {"kind": kind, "spec": {"replicas": 1, "template": POD}}


@pytest.mark.parametrize(
    ("kind", "field"),
    [
        ("Deployment", "spec.template."),
        ("StatefulSet", "spec.template."),
        ("DaemonSet", "spec.template."),
        ("ReplicaSet", "spec.template."),
        ("ReplicationController", "spec.template."),
        ("Job", "spec.template."),
        ("CronJob", "spec.jobTemplate.spec.template."),
        ("PodTemplate", "template."),
    ],
)
def test_every_kind_that_makes_pods_has_a_template(kind: str, field: str) -> None:
    (found,) = templates(workload(kind))
    assert (found.field, found.kind, found.pod) == (field, kind, POD)


def test_a_pod_is_its_own_template() -> None:
    (found,) = templates(pod())
    assert (found.field, found.pod) == ("", pod())


def test_the_items_of_a_list_are_all_looked_at() -> None:
    listed = {"kind": "List", "items": [pod(), {"kind": "Service"}, 7, workload("Job")]}
    assert [one.field for one in templates(listed)] == ["items[0].", "items[3].spec.template."]


@pytest.mark.parametrize(
    "other", [{}, {"kind": "Service"}, {"kind": "Deployment"}, {"kind": "Job", "spec": None}]
)
def test_what_has_no_template_has_none(other: Fields) -> None:
    assert list(templates(other)) == []


def test_templates_are_changed_and_all_else_stays() -> None:
    listed = {"kind": "List", "items": [{"kind": "Service"}, workload("Deployment")]}
    after = changed(listed, lambda template: {**template, "changed": True})
    assert after == {
        "kind": "List",
        "items": [
            {"kind": "Service"},
            {
                "kind": "Deployment",
                "spec": {"replicas": 1, "template": {**POD, "changed": True}},
            },
        ],
    }
    assert "changed" not in POD
