"""What the webhook tells about its decisions: log lines, figures, audit annotations, no secrets."""

import json
import re
import urllib.request
from typing import Any

import pytest

from tests.cluster.facade import Cluster, KubectlError
from tests.webhook.conftest import Installed
from tests.webhook.figures import figures, value
from tests.webhook.program import WAIT_SECONDS, wait
from tests.webhook.reviews import body, server

MARK = "marked-a7f3e1"
LEAKY: dict[str, Any] = {
    "image": "example/server",
    "cmd": "/server",
    "args": [f"--token={MARK}-args"],
    "env": {"API_TOKEN": f"{MARK}-env", "OTHER": f"{MARK}-other"},
    "annotations": {"note": f"{MARK}-annotation"},
    "secretRefs": [{"name": "keys"}],
    "sidecars": [
        {"name": "side", "image": "a/b:1", "env": [{"name": "KEY", "value": f"{MARK}-sidecar"}]}
    ],
}
WRONG: dict[str, Any] = {
    "env": {"API_TOKEN": [f"{MARK}-list"], "=": f"{MARK}-name"},
    "args": f"{MARK}-map",
    "cmd": f"run --token={MARK}-cmd",
    "sidecars": [{"name": "side", "command": f"{MARK}-text", "env": f"{MARK}-env"}],
}


def manifest(name: str, deployment: dict[str, Any]) -> dict[str, Any]:
    made = server({"deployment": deployment})
    made["metadata"] = {"name": name}
    return made


def decided(installed: Installed, cluster: Cluster, *webhooks: str) -> list[dict[str, Any]]:
    """Return the lines about a namespace, once these webhooks have decided there in turn."""

    def mine() -> list[dict[str, Any]]:
        lines = installed.program.decisions()
        return [line for line in lines if line["namespace"] == cluster.namespace]

    wait(lambda: len(mine()) >= len(webhooks), lambda: str(mine()))
    assert [line["webhook"] for line in mine()] == list(webhooks)
    return mine()


def test_nothing_secret_is_told_anywhere(installed: Installed, checked: Cluster) -> None:
    secret = ("create", "secret", "generic", "keys", f"--from-literal=KEY={MARK}-secret")
    checked.kubectl(*secret)
    checked.apply(manifest("leaky", LEAKY))
    checked.apply(manifest("leaky", {**LEAKY, "replicas": 2}))
    with pytest.raises(KubectlError) as raised:
        checked.apply(manifest("wrong", {**LEAKY, **WRONG}))
    decided(installed, checked, "mutate", "validate", "mutate", "validate", "mutate")
    lines = json.dumps(installed.program.lines)
    assert MARK not in lines
    assert MARK not in figures(installed)
    assert MARK not in str(raised.value)
    assert "spec.deployment.args: Invalid value: must be a list" in str(raised.value)


def test_every_decision_is_one_line(installed: Installed, checked: Cluster) -> None:
    checked.apply(manifest("web", {"image": "example/server:1", "cmd": "/server"}))
    mine = decided(installed, checked, "mutate", "validate")
    assert [line["reason"] for line in mine] == ["Defaulted", "Accepted"]
    first = mine[0]
    assert first.keys() >= {"time", "level", "uid", "user", "seconds", "version", "dryRun"}
    assert (first["server"], first["operation"], first["outcome"]) == ("web", "CREATE", "allowed")


def test_a_refusal_is_counted_by_its_rule(installed: Installed, checked: Cluster) -> None:
    before = figures(installed)
    with pytest.raises(KubectlError):
        checked.apply(manifest("web", {"cmd": "/server"}))
    after = figures(installed)
    for sample in (
        'kmcp_admission_denials_total{rule="image_is_named"}',
        'kmcp_admission_requests_total{operation="CREATE",outcome="denied",reason="Invalid",'
        'webhook="mutate"}',
        'kmcp_admission_duration_seconds_count{webhook="mutate"}',
    ):
        assert value(after, sample) - value(before, sample) == 1, sample


def test_the_promised_figures_are_there(installed: Installed, checked: Cluster) -> None:
    checked.apply(manifest("web", {"image": "example/server:1", "cmd": "/server"}))
    names = set(re.findall(r"^# TYPE (kmcp_\S+)", figures(installed), re.MULTILINE))
    assert names >= {
        "kmcp_admission_requests_total",
        "kmcp_admission_duration_seconds",
        "kmcp_admission_in_flight",
        "kmcp_admission_denials_total",
        "kmcp_admission_skipped_total",
        "kmcp_admission_patch_bytes",
        "kmcp_webhook_cert_expiry_seconds",
    }
    assert value(figures(installed), "kmcp_webhook_cert_expiry_seconds") > 1_700_000_000


def test_a_dry_run_is_noted_as_one(installed: Installed, checked: Cluster) -> None:
    document = json.dumps(manifest("web", {"image": "example/server:1", "cmd": "/server"}))
    checked.kubectl("apply", "--dry-run=server", "--filename=-", stdin=document)
    mine = decided(installed, checked, "mutate", "validate")
    assert {line["dryRun"] for line in mine} == {True}
    assert checked.find("events") == []


def test_made_up_operations_and_kinds_make_no_new_labels(installed: Installed) -> None:
    url = f"https://127.0.0.1:{installed.program.port}/mutate/mcpservers"
    for number in range(5):
        content = body(server(), operation=f"ODD-{number}")
        headers = {"Content-Type": "application/json"}
        asked = urllib.request.Request(url, content, headers)
        context = installed.identity.client()
        with urllib.request.urlopen(asked, context=context, timeout=WAIT_SECONDS) as answer:
            assert answer.status == 200
    assert "ODD" not in figures(installed)
    assert 'operation="other"' in figures(installed)
