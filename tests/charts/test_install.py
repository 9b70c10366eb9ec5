"""From an empty cluster to answered calls, and back to an empty cluster."""

import json
from pathlib import Path

import pytest

from tests.charts.installed import HOME, greeter, installed
from tests.cluster.facade import Cluster
from tests.cluster.session import Session
from tests.demo.__main__ import applied
from tests.docs.shown import about
from tests.docs.terminal import Terminal

pytestmark = [pytest.mark.node, pytest.mark.slow]

KINDS = (
    "deployments,services,serviceaccounts,secrets,leases,configmaps,roles,rolebindings,"
    "poddisruptionbudgets,clusterroles,clusterrolebindings,"
    "mutatingwebhookconfigurations,validatingwebhookconfigurations"
)
KINDS_OF_OURS = "customresourcedefinition.apiextensions.k8s.io/mcpservers.kagent.dev"
USER_POD = {
    "apiVersion": "v1",
    "kind": "Pod",
    "metadata": {"name": "asks", "labels": {"kmcp.dev/inject": "true"}},
    "spec": {
        "containers": [
            {
                "name": "server",
                "image": "kmcp.test/greeter:1",
                "command": ["python", "/server.py"],
                "stdin": True,  # without an adapter it would be told at once that nobody is there
            }
        ]
    },
}


def there(rig: Session) -> set[str]:
    """Return the objects that an installation is made of."""
    home = Cluster(rig.kubectl, rig.kubeconfig, rig.context, HOME, rig.api, rig.load)
    found = home.kubectl("get", KINDS, "--output=name").split()
    return {one for one in found if "sh.helm.release" not in one}


def test_servers_are_served_and_nothing_is_left(
    rig: Session, capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    terminal = Terminal(tmp_path, rig.kubeconfig, kubectl=rig.kubectl)
    before = there(rig)
    rig.load(str(greeter()))
    with rig.namespace("users") as users:
        with installed(rig) as helm:
            assert "kmcp" in helm("test", "kmcp")
            for line in about("troubleshooting.md", "kmcp-system"):
                if not line.startswith("helm"):
                    assert terminal(line)
            assert f"{KINDS_OF_OURS}\n" in terminal("kubectl get crd -o name | grep kagent")
            applied(users)
            heard = capfd.readouterr().out
            for target in ("service/greeter", "deployment/annotated"):
                for era in ("2025-11-25", "2026-07-28"):
                    line = f"{target}, tools/call greet, as a client of {era}: Hello, {era}!"
                    assert line in heard
            assert "restarts" not in heard
            manager = users.kubectl(
                "logs", "--namespace", HOME, "deployment/kmcp-controller-manager", "-c", "manager"
            )
            levels = {json.loads(line)["level"] for line in manager.splitlines()}
            assert levels <= {"info", "warning"}
        assert there(rig) == before
        users.wait_rollout("annotated")
        users.wait_rollout("greeter")
        assert users.get("mcpserver", "greeter")["metadata"]["name"] == "greeter"
        users.apply(USER_POD)
        users.wait_condition("pod", "asks", "Ready")
