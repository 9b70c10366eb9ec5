"""What is made for Prometheus and Grafana: nothing by default, and what somebody turns on."""

import json
from typing import Any

import pytest

from tests.charts.installed import CHARTS, HOME, HelmError
from tests.charts.queries import alerts
from tests.charts.rendered import Object, chosen, names, of, rendered, within

pytestmark = pytest.mark.slow

ON = chosen(
    monitoring__serviceMonitor__enabled="true",
    monitoring__podMonitor__enabled="true",
    monitoring__alerts__enabled="true",
    monitoring__dashboard__enabled="true",
    monitoring__readers='[{"name": "prometheus", "namespace": "monitoring"}]',
)
MADE = {
    "ServiceMonitor/kmcp-controller-manager": "monitoring.coreos.com/v1",
    "ServiceMonitor/kmcp-webhook": "monitoring.coreos.com/v1",
    "PodMonitor/kmcp-adapters": "monitoring.coreos.com/v1",
    "PrometheusRule/kmcp": "monitoring.coreos.com/v1",
    "ConfigMap/kmcp-dashboard": "v1",
    "ClusterRoleBinding/kmcp-metrics-reader": "rbac.authorization.k8s.io/v1",
}
MANAGERS, WEBHOOKS = (
    ("ServiceMonitor", "kmcp-controller-manager"),
    ("ServiceMonitor", "kmcp-webhook"),
)


def made(*more: str) -> dict[str, str]:
    """Return what is there for somebody who watches, and in which group."""
    usual = names(rendered(*more))
    return {
        name: one["apiVersion"]
        for one in rendered(*ON, *more)
        if (name := f"{one['kind']}/{one['metadata']['name']}") in MADE and name not in usual
    }


def endpoint(kind: str, name: str, *more: str) -> dict[str, Any]:
    """Return the only endpoint of a monitor."""
    spec = of(rendered(*ON, *more), kind, name)["spec"]
    (found,) = spec.get("endpoints") or spec["podMetricsEndpoints"]
    return dict(found)


def test_nothing_is_made_unless_it_is_wanted() -> None:
    assert set(MADE) & names(rendered()) == set()
    assert made() == MADE
    assert names(rendered(*ON)) - names(rendered()) == set(MADE)


def test_what_is_made_is_ours_and_in_our_namespace() -> None:
    for name in MADE:
        metadata = of(rendered(*ON), *name.split("/"))["metadata"]
        assert metadata["labels"]["app.kubernetes.io/instance"] == "kmcp"
        assert metadata.get("namespace", HOME) == HOME


@pytest.mark.parametrize("monitor", [MANAGERS, WEBHOOKS])
def test_a_monitor_leads_to_a_port_of_one_service(monitor: tuple[str, str]) -> None:
    objects = rendered(*ON)
    wanted = of(objects, *monitor)["spec"]["selector"]["matchLabels"]
    services = [one for one in objects if one["kind"] == "Service" and has(one, wanted)]
    (service,) = services
    assert endpoint(*monitor)["port"] in {one["name"] for one in service["spec"]["ports"]}


def has(one: Object, labels: dict[str, str]) -> bool:
    """Say whether an object has labels."""
    own: dict[str, str] = one["metadata"]["labels"]
    return labels.items() <= own.items()


def test_the_managers_figures_are_asked_for_with_a_token() -> None:
    found = endpoint(*MANAGERS)
    assert found["scheme"] == "https"
    assert found["bearerTokenFile"] == "/var/run/secrets/kubernetes.io/serviceaccount/token"
    assert found["honorLabels"]
    credentials = {"credentials": {"name": "token", "key": "token"}}
    words = chosen(monitoring__serviceMonitor__authorization=json.dumps(credentials))
    other = endpoint(*MANAGERS, *words)
    assert (other["authorization"], other.get("bearerTokenFile")) == (credentials, None)


def test_plain_figures_are_asked_for_plainly() -> None:
    found = endpoint(*MANAGERS, *chosen(controller__metrics__secureServing="false"))
    assert found["scheme"] == "http"
    assert not {"bearerTokenFile", "authorization", "tlsConfig"} & found.keys()


def test_the_webhook_is_known_by_the_bundle_beside_its_certificate() -> None:
    words = chosen(webhook__certificates__secretName='"own"')
    assert endpoint(*WEBHOOKS, *words)["tlsConfig"] == {
        "ca": {"secret": {"name": "own", "key": "ca.crt"}},
        "serverName": f"kmcp-webhook.{HOME}.svc",
    }


def test_adapters_are_looked_for_where_servers_may_be() -> None:
    monitor = ("PodMonitor", "kmcp-adapters")
    assert endpoint(*monitor)["port"] == "kmcp-admin"
    assert of(rendered(*ON), *monitor)["spec"]["namespaceSelector"] == {"any": True}
    words = chosen(rbac__namespaces=f'["{HOME}", "a"]')
    named = of(rendered(*ON, *words), *monitor)["spec"]["namespaceSelector"]
    assert named == {"matchNames": ["a", HOME]}


@pytest.mark.parametrize(
    ("part", "name"),
    [
        ("serviceMonitor", "ServiceMonitor/kmcp-controller-manager"),
        ("serviceMonitor", "ServiceMonitor/kmcp-webhook"),
        ("podMonitor", "PodMonitor/kmcp-adapters"),
        ("alerts", "PrometheusRule/kmcp"),
        ("dashboard", "ConfigMap/kmcp-dashboard"),
    ],
)
def test_labels_can_be_added(part: str, name: str) -> None:
    words = chosen(**{f"monitoring__{part}__labels": '{"release": "p"}'})
    assert of(rendered(*ON, *words), *name.split("/"))["metadata"]["labels"]["release"] == "p"


@pytest.mark.parametrize("part", ["serviceMonitor", "podMonitor"])
def test_how_often_is_chosen_or_left_to_prometheus(part: str) -> None:
    monitors = (
        [MANAGERS, WEBHOOKS] if part == "serviceMonitor" else [("PodMonitor", "kmcp-adapters")]
    )
    for monitor in monitors:
        for value, seen in (('"1m30s"', "1m30s"), ('""', None)):
            words = chosen(**{f"monitoring__{part}__interval": value})
            assert endpoint(*monitor, *words).get("interval") == seen
        assert endpoint(*monitor)["interval"] == "30s"


def test_what_is_off_is_neither_read_nor_missed() -> None:
    quiet = chosen(controller__metrics__enabled="false", webhook__enabled="false")
    assert made(*quiet).keys() == {
        "PodMonitor/kmcp-adapters",
        "PrometheusRule/kmcp",
        "ConfigMap/kmcp-dashboard",
    }
    groups = of(rendered(*ON, *quiet), "PrometheusRule", "kmcp")["spec"]["groups"]
    assert [one["name"] for one in groups] == ["kmcp-servers"]


def test_named_namespaces_need_no_cluster_role_for_readers() -> None:
    plain = chosen(rbac__namespaces=f'["{HOME}"]', controller__metrics__secureServing="false")
    assert not [one for one in names(rendered(*ON, *plain)) if one.startswith("Cluster")]


def test_alerts_and_dashboard_arrive_as_they_lie_in_the_chart() -> None:
    objects = rendered(*ON)
    groups = of(objects, "PrometheusRule", "kmcp")["spec"]["groups"]
    told = [rule for group in groups for rule in group["rules"]]
    assert sorted(told, key=str) == sorted(alerts(), key=str)
    data = of(objects, "ConfigMap", "kmcp-dashboard")["data"]
    lies = (CHARTS / "kmcp" / "files" / "dashboard.json").read_text()
    assert data == {"kmcp.json": lies.strip()}


def test_the_dashboard_is_found_by_grafanas_sidecar() -> None:
    metadata = of(rendered(*ON), "ConfigMap", "kmcp-dashboard")["metadata"]
    assert metadata["labels"]["grafana_dashboard"] == "1"
    words = chosen(
        monitoring__dashboard__namespace='"grafana"',
        monitoring__dashboard__annotations='{"grafana_folder": "kmcp"}',
    )
    other = of(rendered(*ON, *words), "ConfigMap", "kmcp-dashboard")["metadata"]
    assert (other["namespace"], other["annotations"]) == ("grafana", {"grafana_folder": "kmcp"})


def test_readers_are_bound_to_the_role_for_it() -> None:
    binding = of(rendered(*ON), "ClusterRoleBinding", "kmcp-metrics-reader")
    assert binding["roleRef"]["name"] == "kmcp-metrics-reader"
    assert "ClusterRole/kmcp-metrics-reader" in names(rendered(*ON))
    assert within(binding, "subjects.0") == {
        "kind": "ServiceAccount",
        "name": "prometheus",
        "namespace": "monitoring",
    }
    without = chosen(rbac__create="false")
    assert "ClusterRoleBinding/kmcp-metrics-reader" not in names(rendered(*ON, *without))


@pytest.mark.parametrize(
    ("flag", "told"),
    [
        ("serviceMonitor.interval=often", "'/monitoring/serviceMonitor/interval'"),
        ("serviceMonitor.enable=true", "'enable' not allowed"),
        ("podMonitor.labels.a=1", "'/monitoring/podMonitor/labels/a'"),
        ("readers[0].name=prometheus", "missing property 'namespace'"),
        ("dashboard.enabled=yes", "'/monitoring/dashboard/enabled'"),
    ],
)
def test_a_wrong_value_is_told_by_its_name(flag: str, told: str) -> None:
    with pytest.raises(HelmError) as refused:
        rendered(f"--set=monitoring.{flag}")
    assert told in str(refused.value)
