"""Every value of the chart: what is there by default, and what changes with it."""

from typing import Any

import pytest

from tests.charts.installed import HOME, HelmError
from tests.charts.rendered import (
    HELMS,
    chosen,
    names,
    of,
    rendered,
    rendered_by,
    within,
)

pytestmark = pytest.mark.slow

MANAGER, WEBHOOK = "kmcp-controller-manager", "kmcp-webhook"
POD = "spec.template.spec"
MAIN = f"{POD}.containers.0"
NAMES = {
    "Deployment/kmcp-controller-manager",
    "ServiceAccount/kmcp-controller-manager",
    "ClusterRole/kmcp-manager-role",
    "ClusterRoleBinding/kmcp-manager-rolebinding",
    "Role/kmcp-leader-election-role",
    "RoleBinding/kmcp-leader-election-rolebinding",
    "ClusterRole/kmcp-metrics-reader",
    "ClusterRole/kmcp-metrics-auth-role",
    "ClusterRoleBinding/kmcp-metrics-auth-rolebinding",
    "Service/kmcp-controller-manager-metrics-service",
}
"""What the guide says is there after an installation."""
AFFINITY = '{"podAntiAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": []}}'
TOLERATIONS = '[{"key": "only", "operator": "Exists"}]'

FIELDS: list[tuple[str, str, str, Any, Any]] = [
    ("controller__replicaCount", "3", "spec.replicas", 1, 3),
    (
        "image__repository",
        '"registry.example/controller"',
        f"{MAIN}.image",
        "ghcr.io/kagent-dev/kmcp/controller:0.1.0",
        "registry.example/controller:0.1.0",
    ),
    (
        "image__tag",
        '"v9"',
        f"{MAIN}.image",
        "ghcr.io/kagent-dev/kmcp/controller:0.1.0",
        "ghcr.io/kagent-dev/kmcp/controller:v9",
    ),
    (
        "image__digest",
        '"sha256:aa"',
        f"{MAIN}.image",
        "ghcr.io/kagent-dev/kmcp/controller:0.1.0",
        "ghcr.io/kagent-dev/kmcp/controller@sha256:aa",
    ),
    ("image__pullPolicy", '"Always"', f"{MAIN}.imagePullPolicy", "IfNotPresent", "Always"),
    ("imagePullSecrets", '[{"name": "a"}]', f"{POD}.imagePullSecrets", None, [{"name": "a"}]),
    ("controller__env", '[{"name": "A", "value": "b"}]', f"{MAIN}.env.0.value", None, "b"),
    (
        "controller__healthProbe__livenessProbe__periodSeconds",
        "7",
        f"{MAIN}.livenessProbe.periodSeconds",
        20,
        7,
    ),
    (
        "controller__healthProbe__livenessProbe__initialDelaySeconds",
        "7",
        f"{MAIN}.livenessProbe.initialDelaySeconds",
        15,
        7,
    ),
    (
        "controller__healthProbe__readinessProbe__periodSeconds",
        "7",
        f"{MAIN}.readinessProbe.periodSeconds",
        10,
        7,
    ),
    (
        "controller__healthProbe__readinessProbe__initialDelaySeconds",
        "7",
        f"{MAIN}.readinessProbe.initialDelaySeconds",
        5,
        7,
    ),
    (
        "controller__healthProbe__bindAddress",
        '":9081"',
        f"{MAIN}.readinessProbe.httpGet.port",
        8081,
        9081,
    ),
    ("podAnnotations", '{"a": "b"}', "spec.template.metadata.annotations.a", None, "b"),
    ("podSecurityContext__runAsUser", "7", f"{POD}.securityContext.runAsUser", None, 7),
    ("securityContext__runAsGroup", "7", f"{MAIN}.securityContext.runAsGroup", None, 7),
    ("resources__limits__memory", '"1Gi"', f"{MAIN}.resources.limits.memory", "128Mi", "1Gi"),
    ("resources__requests__cpu", '"1"', f"{MAIN}.resources.requests.cpu", "10m", "1"),
    ("nodeSelector", '{"a": "b"}', f"{POD}.nodeSelector", None, {"a": "b"}),
    ("tolerations", TOLERATIONS, f"{POD}.tolerations.0.key", None, "only"),
    ("affinity", AFFINITY, f"{POD}.affinity.nodeAffinity", None, None),
    ("serviceAccount__name", '"own"', f"{POD}.serviceAccountName", MANAGER, "own"),
    ("serviceAccount__create", "false", f"{POD}.serviceAccountName", MANAGER, "default"),
    ("controller__priorityClassName", '"high"', f"{POD}.priorityClassName", None, "high"),
]
"""Of the manager's Deployment: a value, another for it, a field, and what is there then."""

FLAGS = [
    ("controller__leaderElection__enabled", "false", "--leader-elect", None),
    ("controller__metrics__enabled", "false", "--metrics-bind-address=:8443", "=0"),
    ("controller__metrics__bindAddress", '":9443"', "--metrics-bind-address=:8443", "=:9443"),
    ("controller__metrics__secureServing", "false", "--metrics-secure", "=false"),
    ("controller__healthProbe__bindAddress", '""', "--health-probe-bind-address=:8081", "=0"),
    ("controller__pollInterval", '"5s"', "--poll-interval=30s", "=5s"),
    ("controller__watch", "false", "--watch=true", "=false"),
    ("controller__concurrency", "2", "--concurrency=8", "=2"),
    ("controller__maxUpgrading", "0", "--max-upgrading=5", "=0"),
    ("controller__logLevel", '"debug"', "--log-level=info", "=debug"),
    ("clusterDomain", '"my.domain"', "--cluster-domain=cluster.local", "=my.domain"),
    ("adapter__nativeSidecars", '"off"', "--native-sidecars=auto", "=off"),
    ("adapter__user", '"assigned"', "--adapter-user=65532", "=assigned"),
    ("adapter__port", "4000", "--adapter-port=3000", "=4000"),
    ("adapter__adminPort", "4001", "--adapter-admin-port=3901", "=4001"),
    ("adapter__path", '"/m"', "--adapter-path=/mcp", "=/m"),
    ("adapter__image__pullPolicy", '"Always"', "--adapter-pull-policy=IfNotPresent", "=Always"),
]
"""Of the manager: a value, another for it, a flag, and how it ends afterwards."""

APPEAR = [
    ("expose", "true", "--expose"),
    ("networkPolicy__servers", "true", "--network-policy"),
    ("adapter__pullSecrets", '["a", "b"]', "--adapter-pull-secrets=a,b"),
    ("adapter__resources", '{"limits": {"memory": "1Gi"}}', '={"limits":{"memory":"1Gi"}}'),
    ("runners__npx", '"node:1"', "--npx-image=node:1"),
    ("runners__uvx", '"uv:1"', "--uvx-image=uv:1"),
    ("webhook__excludedNamespaces", '["a"]', "--excluded-namespaces=a"),
    ("rbac__namespaces", '["kmcp-system", "b", "b"]', "--watch-namespaces=b,kmcp-system"),
]


def arguments(*flags: str, name: str = MANAGER) -> list[str]:
    """Return the arguments of a program."""
    found: list[str] = within(of(rendered(*flags), "Deployment", name), f"{MAIN}.args")
    return found


def test_what_the_guide_lists_is_there_under_its_names() -> None:
    assert NAMES - names(rendered()) == set()


def test_the_manager_starts_as_the_guide_says() -> None:
    manager = of(rendered(), "Deployment", MANAGER)
    assert within(manager, f"{MAIN}.name") == "manager"
    assert within(manager, f"{MAIN}.command") == ["/manager"]
    wanted = {
        "--leader-elect",
        "--health-probe-bind-address=:8081",
        "--metrics-bind-address=:8443",
        "--metrics-secure",
    }
    assert wanted - set(arguments()) == set()


@pytest.mark.parametrize(("key", "text", "path", "before", "after"), FIELDS)
def test_a_value_changes_a_field(key: str, text: str, path: str, before: Any, after: Any) -> None:  # noqa: ANN401
    assert within(of(rendered(), "Deployment", MANAGER), path) == before
    changed = of(rendered(*chosen(**{key: text})), "Deployment", MANAGER)
    assert within(changed, path) == after


@pytest.mark.parametrize(("key", "text", "flag", "end"), FLAGS)
def test_a_value_changes_a_flag(key: str, text: str, flag: str, end: str | None) -> None:
    assert flag in arguments()
    after = arguments(*chosen(**{key: text}))
    changed = [] if end is None else [flag.partition("=")[0] + end]
    same_name = [one for one in after if one.partition("=")[0] == flag.partition("=")[0]]
    assert same_name == changed


@pytest.mark.parametrize(("key", "text", "flag"), APPEAR)
def test_a_value_adds_a_flag(key: str, text: str, flag: str) -> None:
    assert [one for one in arguments() if flag in one] == []
    assert [one for one in arguments(*chosen(**{key: text})) if flag in one] != []


def test_names_and_namespace_can_be_chosen() -> None:
    plain = rendered(*chosen(nameOverride='"x"'))
    assert "Deployment/kmcp-x-controller-manager" in names(plain)
    full = rendered(*chosen(fullnameOverride='"x"', namespaceOverride='"other"'))
    manager = of(full, "Deployment", "x-controller-manager")
    assert manager["metadata"]["namespace"] == "other"
    everywhere = {one["metadata"].get("namespace", "other") for one in full}
    assert everywhere == {"other"}
    assert "--namespace=other" in within(manager, f"{MAIN}.args")


def test_the_metrics_have_a_service_of_the_managers_alone() -> None:
    name = "kmcp-controller-manager-metrics-service"
    service = of(rendered(), "Service", name)
    assert (
        within(service, "spec.ports.0.port") == within(service, "spec.ports.0.targetPort") == 8443
    )
    assert within(service, "spec.type") == "ClusterIP"
    webhook = of(rendered(), "Deployment", WEBHOOK)["spec"]["template"]["metadata"]["labels"]
    assert not service["spec"]["selector"].items() <= webhook.items()
    changed = rendered(*chosen(service='{"type": "NodePort", "port": 1, "targetPort": 2}'))
    spec = of(changed, "Service", name)["spec"]
    assert (spec["type"], spec["ports"][0]["port"], spec["ports"][0]["targetPort"]) == (
        "NodePort",
        1,
        2,
    )
    without = names(rendered(*chosen(controller__metrics__enabled="false")))
    assert not any("metrics" in one for one in without)


def test_without_rbac_there_are_no_roles() -> None:
    kinds = {one.partition("/")[0] for one in names(rendered(*chosen(rbac__create="false")))}
    assert {"Role", "ClusterRole", "RoleBinding", "ClusterRoleBinding"} & kinds == set()


def test_named_namespaces_need_roles_alone() -> None:
    found = names(rendered(*chosen(rbac__namespaces='["kmcp-system", "a"]')))
    assert not [one for one in found if one.startswith("Cluster")]
    assert not [one for one in found if "webhook" in one]
    roles = [
        one["metadata"]["namespace"]
        for one in rendered(*chosen(rbac__namespaces='["kmcp-system", "a"]'))
        if (one["kind"], one["metadata"]["name"]) == ("Role", "kmcp-manager-role")
    ]
    assert sorted(roles) == ["a", HOME]


def test_our_own_namespace_has_to_be_among_them() -> None:
    with pytest.raises(HelmError, match=r"rbac\.namespaces must name kmcp's own namespace"):
        rendered(*chosen(rbac__namespaces='["a"]'))


def test_the_webhook_can_be_turned_off() -> None:
    assert not [
        one
        for one in names(rendered(*chosen(webhook__enabled="false")))
        if "webhook" in one.lower()
    ]


def test_cert_manager_brings_the_bundle() -> None:
    found = rendered(*chosen(webhook__certificates__mode='"cert-manager"'))
    for kind in ("MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"):
        annotations = of(found, kind, "kmcp")["metadata"]["annotations"]
        assert annotations == {"cert-manager.io/inject-ca-from": f"{HOME}/{WEBHOOK}"}
    assert of(found, "Certificate", WEBHOOK)["spec"]["secretName"] == WEBHOOK
    assert "Secret/kmcp-webhook" not in names(found)
    assert not [
        one
        for one in within(of(found, "Deployment", MANAGER), f"{MAIN}.args")
        if "certificate" in one
    ]


def test_a_bundle_can_be_provided() -> None:
    flags = chosen(
        webhook__certificates='{"mode": "provided", "caBundle": "PEM", "secretName": "mine"}'
    )
    found = of(rendered(*flags), "ValidatingWebhookConfiguration", "kmcp")
    assert {one["clientConfig"]["caBundle"] for one in found["webhooks"]} == {"UEVN"}
    assert f"--certificate-secret={HOME}/mine" in arguments(*flags, name=WEBHOOK)


def test_helm_makes_no_certificate() -> None:
    for one in rendered():
        assert (one.get("data"), one.get("stringData")) == (None, None)
        for webhook in one.get("webhooks", ()):
            assert "caBundle" not in webhook["clientConfig"]


@pytest.mark.parametrize(
    ("flag", "told"),
    [
        ("--set=webhook.certificates.mode=selfsigned", "'/webhook/certificates/mode'"),
        ("--set=controler.replicaCount=2", "'controler' not allowed"),
        ("--set=controller.replicaCount=-1", "'/controller/replicaCount'"),
        ("--set=adapter.port=0", "'/adapter/port'"),
    ],
)
@pytest.mark.parametrize("program", HELMS)
def test_a_wrong_value_is_told_before_anything_happens(program: str, flag: str, told: str) -> None:
    with pytest.raises(HelmError) as refused:
        rendered_by(program, flag)
    assert told in str(refused.value)
