"""The CustomResourceDefinition of MCPServer, as Kubernetes wants it."""

import re
from typing import Any

import yaml

from kinds import names
from kinds.patterns import MEND
from kinds.reading import is_list, is_map
from kinds.rules.catalogue import RULES
from kinds.rules.rule import Cel
from kinds.schema import FOREIGN, Schema, spec_schema, status_schema

OURS = {MEND, FOREIGN}
"""Keys of our schemas that the API server does not know."""

PARTED = ("spec", "spec.deployment")
"""Parts of which one field is edited while another is what a rule is about."""

COLUMNS = (
    ("Ready", "string", ".status.conditions[?(@.type=='Ready')].status", 0),
    ("Transport", "string", ".status.transport", 0),
    ("URL", "string", ".status.url", 0),
    ("Replicas", "integer", ".status.replicas", 0),
    ("Reason", "string", ".status.conditions[?(@.type=='Ready')].reason", 1),
    ("Age", "date", ".metadata.creationTimestamp", 0),
)
"""What `kubectl get mcpservers` prints: title, type, where it stands, and 1 for -o wide only."""


def definition() -> Schema:
    """Return the CustomResourceDefinition."""
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {
            "name": f"{names.PLURAL}.{names.GROUP}",
            "annotations": {"helm.sh/resource-policy": "keep"},  # it outlives its chart
        },
        "spec": {
            "group": names.GROUP,
            "names": {
                "kind": names.KIND,
                "listKind": f"{names.KIND}List",
                "plural": names.PLURAL,
                "singular": names.KIND.lower(),
                "shortNames": ["mcps", "mcp"],
                "categories": ["kagent"],
            },
            "scope": "Namespaced",
            "versions": [_version()],
        },
    }


def as_yaml() -> str:
    """Return the definition as YAML: our fields one by one, Kubernetes' own close together."""
    head = "# Made by `python -m kinds` from the models and rules in kinds/. Do not edit.\n"
    return head + yaml.dump(definition(), Dumper=_Dumper, sort_keys=False, width=140)


class _Foreign(dict[str, Any]):
    """A part of the schema that is Kubernetes' own."""


class _Dumper(yaml.SafeDumper):
    """YAML without anchors, which say less to a reader than a repetition."""

    def ignore_aliases(self, data: object) -> bool:  # noqa: ARG002 - PyYAML names it
        return True

    def close_together(self, data: _Foreign) -> yaml.Node:
        return self.represent_mapping("tag:yaml.org,2002:map", data, flow_style=True)


_Dumper.add_representer(_Foreign, _Dumper.close_together)


def _version() -> Schema:
    return {
        "name": names.VERSION,
        "served": True,
        "storage": True,
        "additionalPrinterColumns": [
            {"name": title, "type": kind, "jsonPath": path, "priority": priority}
            for title, kind, path, priority in COLUMNS
        ],
        "subresources": {
            "status": {},
            "scale": {
                "specReplicasPath": ".spec.deployment.replicas",
                "statusReplicasPath": ".status.replicas",
                "labelSelectorPath": ".status.selector",
            },
        },
        "schema": {"openAPIV3Schema": _object_schema()},
    }


def _object_schema() -> Schema:
    schema: Schema = {
        "type": "object",
        "description": "An MCP server that kmcp runs and makes reachable over HTTP.",
        "required": ["spec"],
        "properties": {
            "apiVersion": {"type": "string", "description": "Version of this kind."},
            "kind": {"type": "string", "description": names.KIND},
            "metadata": {"type": "object"},
            "spec": _published(spec_schema()),
            "status": _published(status_schema()),
        },
    }
    for rule in RULES:
        for cel in rule.cel:
            node = _node(schema, cel.at)
            node.setdefault("x-kubernetes-validations", []).append(_validation(cel))
    return schema


def _published(schema: Any) -> Any:  # noqa: ANN401 - JSON
    """Return a copy without what only we understand."""
    if is_list(schema):
        return [_published(one) for one in schema]
    if not is_map(schema):
        return schema
    kept = {key: _published(value) for key, value in schema.items() if key not in OURS}
    return _Foreign(kept) if schema.get(FOREIGN) else kept


def _node(schema: Schema, path: str) -> Schema:
    for key in path.split(".") if path else ():
        schema = schema["properties"][key.removesuffix("[]")]
        schema = schema["items"] if key.endswith("[]") else schema
    return schema


def _validation(cel: Cel) -> Schema:
    if cel.on_create_only:
        return {"rule": cel.rule, "message": cel.message, "optionalOldSelf": True}
    if cel.at not in PARTED:
        return {"rule": cel.rule, "message": cel.message}
    return {"rule": _ratcheting(cel.rule), "message": cel.message, "optionalOldSelf": True}


def _ratcheting(rule: str) -> str:
    """Return the rule for a part of which another piece may be edited while this one is wrong.

    The API server itself forgives only what did not change at all.
    """
    before = re.sub(r"\bself\b", "oldSelf.value()", rule)
    return f"({rule}) || oldSelf.hasValue() && !({before})"
