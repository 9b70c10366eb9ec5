"""What people and controllers do beside a reconciler survives, however often it applies."""

import json
from collections.abc import Generator
from contextlib import contextmanager
from functools import partial

import pytest

from tests.cluster.facade import Object, is_rolled_out
from tests.reconciler.program import Reconciler
from tests.reconciler.site import OBJECTS, Site

pytestmark = [pytest.mark.control_plane, pytest.mark.slow]

PASSES = 10
OFTEN = ("--watch=false", "--poll-interval=1s", "--log-level=debug")
RESTARTED = "kubectl.kubernetes.io/restartedAt"
MINE = {"labels": {"team": "mine"}, "annotations": {"example.com/note": "mine"}}


@contextmanager
def settled(site: Site, **metadata: Object) -> Generator[Reconciler]:
    """Run a reconciler that often looks at a settled server."""
    with site.running(*OFTEN) as reconciler:
        reconciler.wait_ready()
        site.create("tool", metadata)
        site.wait_true("tool", "Ready")
        yield reconciler


def patch(site: Site, kind: str, changes: Object) -> None:
    words = ("--type=merge", f"--patch={json.dumps(changes)}")
    site.cluster.kubectl("patch", kind, "tool", *words)


def pass_by(site: Site) -> None:
    """Have the Deployment applied ten times, each time because the server itself changed."""
    for number in range(PASSES):
        patch(site, "mcpserver", {"spec": {"deployment": {"env": {"PASS": str(number)}}}})
        site.wait_for("deployment", "tool", partial(_is_of, number), "applied")


def replicas(site: Site, kind: str = "deployment") -> object:
    spec = site.cluster.get(kind, "tool")["spec"]
    return spec["deployment"]["replicas"] if kind == "mcpserver" else spec["replicas"]


def wait_replicas(site: Site, number: int) -> None:
    site.wait_for("deployment", "tool", lambda one: one["spec"]["replicas"] == number, "scaled")


def autoscale(site: Site, target: str) -> None:
    """Have an autoscaler want three replicas at least."""
    version = "apps/v1" if target == "Deployment" else "kagent.dev/v1alpha1"
    reference = {"apiVersion": version, "kind": target, "name": "tool"}
    site.cluster.apply(
        {
            "apiVersion": "autoscaling/v2",
            "kind": "HorizontalPodAutoscaler",
            "metadata": {"name": "scaler"},
            "spec": {"scaleTargetRef": reference, "minReplicas": 3, "maxReplicas": 5},
        }
    )


def test_a_restart_by_hand_survives(site: Site) -> None:
    with settled(site):
        site.cluster.kubectl("rollout", "restart", "deployment", "tool")
        restarted = _notes(site)[RESTARTED]
        pass_by(site)
        assert _notes(site)[RESTARTED] == restarted


def test_scaling_the_server_by_hand_survives(site: Site) -> None:
    with settled(site):
        site.cluster.kubectl("scale", "mcpserver", "tool", "--replicas=3")
        wait_replicas(site, 3)
        pass_by(site)
        assert (replicas(site), replicas(site, "mcpserver")) == (3, 3)
        site.wait_true("tool", "Ready")


def test_an_autoscaler_of_the_server_has_its_way(site: Site) -> None:
    with settled(site):
        autoscale(site, "MCPServer")
        wait_replicas(site, 3)
        pass_by(site)
        assert (replicas(site), replicas(site, "mcpserver")) == (3, 3)


def test_an_autoscaler_of_the_deployment_has_its_way(site: Site) -> None:
    with settled(site):
        autoscale(site, "Deployment")
        wait_replicas(site, 3)
        pass_by(site)
        assert (replicas(site), replicas(site, "mcpserver")) == (3, 1)


def test_replicas_that_are_somebody_elses_business_are_left_alone(site: Site) -> None:
    with settled(site, annotations={"kmcp.dev/replicas": "external"}):
        site.cluster.kubectl("scale", "deployment", "tool", "--replicas=4")
        pass_by(site)
        assert (replicas(site), replicas(site, "mcpserver")) == (4, 1)


def test_labels_and_annotations_of_users_survive(site: Site) -> None:
    with settled(site):
        for kind in OBJECTS:
            patch(site, kind, {"metadata": MINE})
        patch(site, "deployment", {"spec": {"template": {"metadata": MINE}}})
        pass_by(site)
        deployment = site.cluster.get("deployment", "tool")
        found = [site.cluster.get(kind, "tool") for kind in OBJECTS]
        for one in (*found, deployment["spec"]["template"]):
            assert _has_mine(one["metadata"]), one


def test_what_a_platform_adds_to_the_account_survives(site: Site) -> None:
    pulling = [{"name": "tool-dockercfg-x7k2p"}]
    given = {"imagePullSecrets": pulling, "secrets": pulling}
    with settled(site):
        patch(site, "serviceaccount", given)
        pass_by(site)
        account = site.cluster.get("serviceaccount", "tool")
        assert {key: account[key] for key in given} == given


def test_what_admission_adds_each_time_that_we_apply_is_not_fought(site: Site) -> None:
    with admission_adds(site), settled(site) as reconciler:
        pass_by(site)
        site.wait_for("deployment", "tool", is_rolled_out, "rolled out")
        reconciler.logged("looked", number=_looked(reconciler) + 3)
        before = site.versions()
        told = len([line for line in reconciler.lines if line["message"] == "applying"])
        reconciler.logged("looked", number=_looked(reconciler) + 2 * PASSES + 2)
        assert site.versions() == before
        assert len([one for one in reconciler.lines if one["message"] == "applying"]) == told
        deployment = site.cluster.get("deployment", "tool")
        assert deployment["metadata"]["annotations"]["example.com/policy"] == "seen"
        pod = deployment["spec"]["template"]["spec"]
        assert [one["name"] for one in pod["containers"]] == ["mcp-server", "injected"]
        assert pod["hostname"] == "injected"


@contextmanager
def admission_adds(site: Site) -> Generator[None]:
    """Have the API server add things to every Deployment here, as the webhooks of others do."""
    name = f"{site.namespace}-adds"
    group = "admissionregistration.k8s.io/v1"
    rules = [
        {
            "apiGroups": ["apps"],
            "apiVersions": ["v1"],
            "operations": ["CREATE", "UPDATE"],
            "resources": ["deployments"],
        }
    ]
    policy = {
        "apiVersion": group,
        "kind": "MutatingAdmissionPolicy",
        "metadata": {"name": name},
        "spec": {
            "matchConstraints": {"resourceRules": rules},
            "reinvocationPolicy": "Never",
            "failurePolicy": "Fail",
            "mutations": [
                {"patchType": "ApplyConfiguration", "applyConfiguration": {"expression": ADDED}}
            ],
        },
    }
    here = {"matchLabels": {"kubernetes.io/metadata.name": site.namespace}}
    binding = {
        "apiVersion": group,
        "kind": "MutatingAdmissionPolicyBinding",
        "metadata": {"name": name},
        "spec": {"policyName": name, "matchResources": {"namespaceSelector": here}},
    }
    for one in (policy, binding):
        site.cluster.apply(one)
    try:
        _wait_until_added(site)
        yield
    finally:
        for kind in ("binding", ""):
            site.cluster.kubectl("delete", f"mutatingadmissionpolicy{kind}", name)


ADDED = """Object{
  metadata: Object.metadata{annotations: {"example.com/policy": "seen"}},
  spec: Object.spec{template: Object.spec.template{spec: Object.spec.template.spec{
    containers: [Object.spec.template.spec.containers{
      name: "injected", image: "registry.example.com/injected:1"}],
    hostname: "injected"}}}}"""


def _wait_until_added(site: Site) -> None:
    """Return once the API server knows of the policy; nothing tells when it does."""
    words = ("create", "deployment", "asked", "--image=registry.example.com/asked:1")
    site.cluster.kubectl(*words)
    site.wait_for("deployment", "asked", lambda one: _touched(site, one), "mutated")
    site.cluster.kubectl("delete", "deployment", "asked")


def _touched(site: Site, deployment: Object) -> bool:
    name = deployment["metadata"]["name"]
    site.cluster.kubectl("label", "deployment", name, "asked=again", "--overwrite")
    site.cluster.kubectl("label", "deployment", name, "asked-")
    now = site.cluster.get("deployment", name)["metadata"].get("annotations", {})
    return "example.com/policy" in now


def _is_of(number: int, deployment: Object) -> bool:
    return _pass(deployment) == number


def _pass(deployment: Object) -> int:
    """Return the number of the pass that applied it last."""
    containers = deployment["spec"]["template"]["spec"]["containers"]
    env = next(one for one in containers if one["name"] == "mcp-server").get("env", [])
    return int(next((one["value"] for one in env if one["name"] == "PASS"), -1))


def _looked(reconciler: Reconciler) -> int:
    looks = [line for line in list(reconciler.lines) if line["message"] == "looked"]
    return max(int(line["number"]) for line in looks)


def _notes(site: Site) -> Object:
    template = site.cluster.get("deployment", "tool")["spec"]["template"]
    found: Object = template["metadata"].get("annotations", {})
    return found


def _has_mine(metadata: Object) -> bool:
    return all(MINE[part].items() <= metadata.get(part, {}).items() for part in MINE)
