"""What the chart's roles grant: all that the guide lists, whatever the programs use of it."""

import pytest

from tests.charts.rendered import of, rendered

pytestmark = pytest.mark.slow

ROLE, METRICS = "ClusterRole/kmcp-manager-role", "ClusterRole/kmcp-metrics-auth-role"
LEADING = "Role/kmcp-leader-election-role"
EVERY_VERB = {"create", "delete", "get", "list", "patch", "update", "watch"}
GRANTED = [
    (ROLE, "", ["configmaps", "services", "serviceaccounts"], EVERY_VERB),
    (ROLE, "apps", ["deployments"], EVERY_VERB),
    (ROLE, "kagent.dev", ["mcpservers", "mcpservers/finalizers", "mcpservers/status"], EVERY_VERB),
    (LEADING, "", ["configmaps"], EVERY_VERB),
    (LEADING, "coordination.k8s.io", ["leases"], EVERY_VERB),
    (LEADING, "", ["events"], {"create", "patch"}),
    (METRICS, "authentication.k8s.io", ["tokenreviews"], {"create"}),
    (METRICS, "authorization.k8s.io", ["subjectaccessreviews"], {"create"}),
]


@pytest.mark.parametrize(("role", "group", "resources", "verbs"), GRANTED)
def test_a_role_grants_what_the_guide_lists(
    role: str, group: str, resources: list[str], verbs: set[str]
) -> None:
    rules = of(rendered(), *role.split("/"))["rules"]
    for resource in resources:
        granted = {
            verb
            for rule in rules
            if group in rule["apiGroups"] and resource in rule["resources"]
            for verb in rule["verbs"]
        }
        assert verbs - granted == set()
