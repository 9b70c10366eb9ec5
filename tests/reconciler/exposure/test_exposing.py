"""Services for workloads that ask, made and removed by a reconciler on a real API server."""

import json

import pytest

from adapter.injection.annotations import EXPOSE
from kinds import names
from reconciler.exposure.workloads import KINDS
from tests.cluster.facade import Object
from tests.reconciler.exposure.workloads import injected, without, workload
from tests.reconciler.program import wait
from tests.reconciler.site import Site
from tests.reconciler.test_exposition import asked
from tests.webhook.telling import about, told

pytestmark = [pytest.mark.control_plane, pytest.mark.slow]

ON = "--expose"
NEVER = "--poll-interval=1h"
"""So that only a watch can have woken it."""
OFTEN = ("--watch=false", "--poll-interval=1s")
PLAIN = ("--metrics-bind-address=127.0.0.1:0", "--metrics-secure=false")


@pytest.fixture(autouse=True)
def granted(site: Site) -> None:
    """Grant what --expose takes."""
    site.exposes = True


def service(site: Site, name: str = "web") -> Object:
    """Return the Service of a workload, once it is there."""
    return site.wait_for("service", name, lambda _: True, "made")


def with_label(made: Object) -> Object:
    """Return a workload that asks by a label, which is all that a watch can be told by."""
    made["spec"]["template"]["metadata"]["labels"][EXPOSE] = "true"
    return made


@pytest.mark.parametrize("kind", KINDS)
def test_a_workload_gets_its_service(site: Site, kind: str) -> None:
    site.cluster.apply(injected(workload(kind)))
    with site.running(ON, *OFTEN) as reconciler:
        reconciler.wait_ready()
        made = service(site)
        (owner,) = made["metadata"]["ownerReferences"]
        uid = site.cluster.get(kind.lower(), "web")["metadata"]["uid"]
        assert (owner["kind"], owner["uid"], owner["controller"]) == (kind, uid, True)
        assert made["spec"]["selector"] == {"app": "web"}
        (port,) = made["spec"]["ports"]
        assert (port["port"], port["targetPort"], port["appProtocol"]) == (
            3000,
            3000,
            "kgateway.dev/mcp",
        )
        event = told(site.cluster, "Exposed")
        assert about(event) == ("Normal", kind, "web")
        address = f"http://web.{site.namespace}.svc.cluster.local:3000/mcp"
        assert event["message"] == f"Service web leads to {address}"


def test_what_asks_by_label_is_noticed_at_once_and_its_service_restored(site: Site) -> None:
    with site.running(ON, NEVER) as reconciler:
        reconciler.wait_ready()
        site.cluster.apply(injected(with_label(workload())))
        before = service(site)["metadata"]["uid"]
        site.cluster.kubectl("delete", "service", "web")
        site.wait_for("service", "web", lambda one: one["metadata"]["uid"] != before, "made anew")
        patch = json.dumps({"spec": {"selector": {"app": "other"}}})
        site.cluster.kubectl("patch", "service", "web", f"--patch={patch}")
        site.wait_for(
            "service", "web", lambda one: one["spec"]["selector"] == {"app": "web"}, "restored"
        )


def test_a_service_goes_when_its_pods_do_not_ask_any_more(site: Site) -> None:
    made = injected(workload())
    site.cluster.apply(made)
    with site.running(ON, *OFTEN, *PLAIN) as reconciler:
        service(site)
        site.cluster.apply(without(made))
        site.cluster.wait_gone("service", "web")
        assert about(told(site.cluster, "Unexposed")) == ("Normal", "Deployment", "web")
        text = asked(reconciler.metrics, secure=False)[1]
        assert 'kmcp_exposed_workloads{state="exposed"} 0.0' in text


def test_services_go_when_the_administrator_wants_no_more_of_them(site: Site) -> None:
    site.cluster.apply(injected(workload()))
    site.cluster.kubectl("create", "service", "clusterip", "mine", "--tcp=80")
    site.cluster.kubectl("label", "service", "mine", "kmcp.dev/exposes=deployment")
    with site.running(ON, *OFTEN):
        service(site)
    with site.running():
        site.cluster.wait_gone("service", "web")
        assert about(told(site.cluster, "Unexposed")) == ("Normal", "Deployment", "web")
    assert site.cluster.get("service", "mine")


def test_nothing_is_made_unless_the_administrator_wants_it(site: Site) -> None:
    site.exposes = False
    site.cluster.apply(injected(with_label(workload())))
    with site.running(*OFTEN, "--log-level=debug") as reconciler:
        reconciler.logged("looked", number=3)
        assert site.cluster.find("services") == []


def test_a_service_of_somebody_else_is_left_alone_and_that_is_told(site: Site) -> None:
    site.cluster.kubectl("create", "service", "clusterip", "web", "--tcp=80")
    before = site.cluster.get("service", "web")
    site.cluster.apply(injected(workload()))
    with site.running(ON, *OFTEN, *PLAIN) as reconciler:
        event = told(site.cluster, "ExposeConflict")
        assert about(event) == ("Warning", "Deployment", "web")
        assert "Service web was there before and is not kmcp's" in event["message"]
        assert site.cluster.get("service", "web") == before
        expected = 'kmcp_exposed_workloads{state="name taken"} 1.0'
        assert expected in asked(reconciler.metrics, secure=False)[1]
        site.cluster.kubectl("delete", "service", "web")
        service(site)


def test_what_cannot_be_exposed_is_told_why(site: Site) -> None:
    made = injected(workload())
    expression = {"key": "app", "operator": "In", "values": ["web"]}
    made["spec"]["selector"] = {"matchExpressions": [expression]}
    site.cluster.apply(made)
    site.cluster.apply(workload("StatefulSet", "bare"))
    with site.running(ON, *OFTEN):
        wait(lambda: len(refusals(site)) == 2, lambda: str(refusals(site)))
        assert "matchExpressions cannot be the selector of a Service" in refusals(site)["web"]
        assert "its Pods have no adapter" in refusals(site)["bare"]
        assert site.cluster.find("services") == []


def refusals(site: Site) -> dict[str, str]:
    """Return why workloads got no Service."""
    return {
        one["involvedObject"]["name"]: one["message"]
        for one in site.cluster.find("events")
        if one["reason"] == "ExposeRefused"
    }


def test_another_port_is_followed_and_nothing_is_written_when_nothing_changes(site: Site) -> None:
    site.cluster.apply(injected(workload()))
    with site.running(ON, *OFTEN, "--log-level=debug") as reconciler:
        service(site)
        made = injected(workload(port="4000"))
        site.cluster.apply(made)
        settled = site.wait_for("service", "web", is_at_4000, "followed")
        number = len([line for line in reconciler.lines if line["message"] == "looked"])
        reconciler.logged("looked", number=number + 3)
        again = site.cluster.get("service", "web")
        assert again["metadata"]["resourceVersion"] == settled["metadata"]["resourceVersion"]


def is_at_4000(found: Object) -> bool:
    return [(one["port"], one["targetPort"]) for one in found["spec"]["ports"]] == [(4000, 4000)]


def test_jobs_get_none(site: Site) -> None:
    template = injected(workload())["spec"]["template"]
    template["spec"]["restartPolicy"] = "Never"
    job = {"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "job"}}
    site.cluster.apply({**job, "spec": {"template": template}})
    site.cluster.apply(injected(workload()))
    with site.running(ON, *OFTEN, "--log-level=debug") as reconciler:
        service(site)
        number = len([line for line in reconciler.lines if line["message"] == "looked"])
        reconciler.logged("looked", number=number + 2)
        labelled = site.cluster.find("services", f"{names.DOMAIN}/exposes")
        assert [one["metadata"]["name"] for one in labelled] == ["web"]
