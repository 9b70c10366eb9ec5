"""The CustomResourceDefinition follows from the code, and holds without the webhook."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from kinds import crd, vocabulary
from kinds.patterns import MEND
from kinds.reading import is_list, is_map
from kinds.rules.catalogue import RULES
from kinds.schema import FOREIGN

CHART = Path(__file__).parents[2] / "charts" / "kmcp-crds" / "templates" / "mcpservers.yaml"

WEBHOOK_ONLY = {
    "labels_leave_the_selector_alone",  # the schema's rules of the spec do not see the name
    "keys_are_qualified_names",  # the cost of matching hundreds of keys
    "sidecar_leaves_the_servers_ports_alone",  # three lists against each other
    "timeout_can_be_counted",  # duration() fails on what it cannot read
    "adapter_amounts_are_sensible",  # quantities
    "adapter_durations_are_sensible",
    "spares_are_sessions",
    "replicas_annotation_says_external",  # annotations cannot be read there
    "requests_fit_into_limits",  # numbers and texts mixed
    "quantities_are_not_negative",
    "resources_are_known",
    "probes_have_one_way",
    "profiles_name_their_file",
    "volumes_have_one_source",  # thirty sources
    "sources_are_named",
}
"""Rules that nobody checks while the webhook is down: add one only if CEL cannot say it."""


@pytest.fixture(scope="module")
def printed() -> str:
    return crd.as_yaml()


def keys(node: Any) -> set[str]:  # noqa: ANN401 - JSON
    """Return every key of a document."""
    if is_list(node):
        return {key for one in node for key in keys(one)}
    return set(node).union(*map(keys, node.values())) if is_map(node) else set()


def test_the_chart_holds_what_the_code_prints(printed: str) -> None:
    assert CHART.read_text(encoding="utf-8") == printed, f"run `python -m kinds > {CHART.name}`"


def test_it_is_small_enough_for_every_annotation(printed: str) -> None:
    assert len(printed) < 100_000


def test_our_own_marks_are_not_printed(printed: str) -> None:
    assert keys(yaml.safe_load(printed)) & {MEND, FOREIGN, vocabulary.CORE} == set()
    assert "x-core" not in printed
    assert not [key for key in keys(crd.definition()) if key.startswith("x-k8s")]


def test_what_is_printed_is_the_definition(printed: str) -> None:
    assert yaml.safe_load(printed) == crd.definition()


def test_every_rule_that_the_api_server_can_check_is_in_it() -> None:
    schema: dict[str, Any] = crd.definition()["spec"]["versions"][0]["schema"]["openAPIV3Schema"]
    written = {one["message"] for one in _validations(schema)}
    wanted = {cel.message for rule in RULES for cel in rule.cel}
    assert written == wanted


def test_rules_that_only_the_webhook_checks_are_counted() -> None:
    assert {rule.name for rule in RULES if not rule.cel} == WEBHOOK_ONLY


def test_every_object_in_it_is_described_or_kubernetes_own() -> None:
    schema: dict[str, Any] = crd.definition()["spec"]["versions"][0]["schema"]["openAPIV3Schema"]
    spec = schema["properties"]["spec"]["properties"]
    fields = {**spec, **spec["deployment"]["properties"], **spec["httpTransport"]["properties"]}
    assert [name for name, one in fields.items() if not one.get("description")] == []


def _validations(node: Any) -> list[dict[str, str]]:  # noqa: ANN401 - JSON
    if is_list(node):
        return [found for one in node for found in _validations(one)]
    if not is_map(node):
        return []
    own: list[dict[str, str]] = node.get("x-kubernetes-validations", [])
    return own + [found for one in node.values() for found in _validations(one)]
