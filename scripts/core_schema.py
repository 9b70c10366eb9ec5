"""Write kinds/core_v1.json anew: the part of the Kubernetes API that an MCPServer embeds.

kubectl get --raw /openapi/v3/api/v1 | python scripts/core_schema.py 1.36
"""

import json
import sys
from pathlib import Path
from typing import Any

TARGET = Path(__file__).parents[1] / "kinds" / "core_v1.json"
EMBEDDED = (
    "Affinity",
    "Container",
    "PodSecurityContext",
    "ResourceRequirements",
    "SecurityContext",
    "Toleration",
    "Volume",
    "VolumeMount",
)
KEPT = {
    "type",
    "format",
    "enum",
    "required",
    "properties",
    "items",
    "additionalProperties",
    "default",
    "allOf",
    "x-kubernetes-list-type",
    "x-kubernetes-list-map-keys",
    "x-kubernetes-map-type",
}
REPLACED: dict[str, Any] = {
    "Quantity": {"format": "quantity"},
    "IntOrString": {"format": "int-or-string"},
    "ObjectMeta": {
        "type": "object",
        "properties": {
            key: {"type": "object", "additionalProperties": {"type": "string"}}
            for key in ("annotations", "labels")
        },
    },
}
"""Types that a custom resource cannot embed as they are: crd.py knows the two formats."""


def name_of(reference: str) -> str:
    """Return Volume for #/components/schemas/io.k8s.api.core.v1.Volume."""
    return reference.rpartition(".")[2]


def simplified(schema: dict[str, Any]) -> dict[str, Any]:
    """Return the schema without descriptions, references shortened to {"$ref": "Volume"}."""
    if "$ref" in schema:
        return {"$ref": name_of(schema["$ref"])}
    kept = {key: value for key, value in schema.items() if key in KEPT}
    if "allOf" in kept:
        return simplified(kept["allOf"][0])
    # Defaults belong to Pods, not into stored MCPServers: kubectl would take them for an edit. A
    # list that is keyed by one of them cannot be keyed without it.
    kept.pop("default", None)
    if "protocol" in kept.get("x-kubernetes-list-map-keys", ()):
        del kept["x-kubernetes-list-map-keys"]
        kept["x-kubernetes-list-type"] = "atomic"
    if "properties" in kept:
        kept["properties"] = {k: simplified(v) for k, v in kept["properties"].items()}
    for key in ("items", "additionalProperties"):
        if isinstance(kept.get(key), dict):
            kept[key] = simplified(kept[key])
    return kept


def references(schema: Any) -> set[str]:  # noqa: ANN401 - JSON
    """Return the names that a simplified schema refers to."""
    if isinstance(schema, list):
        return {name for one in schema for name in references(one)}
    if not isinstance(schema, dict):
        return set()
    own = {schema["$ref"]} if isinstance(schema.get("$ref"), str) else set[str]()
    return own.union(*(references(value) for value in schema.values()))


def collected(published: dict[str, Any]) -> dict[str, Any]:
    """Return every definition that the embedded ones reach."""
    short = {name_of(name): schema for name, schema in published.items()}
    found: dict[str, Any] = {}
    waiting = list(EMBEDDED)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found[name] = REPLACED.get(name) or simplified(short[name])
            waiting += references(found[name])
    return found


def main() -> None:
    """Read the API server's document, write ours: one definition per line."""
    version = sys.argv[1]
    document = json.load(sys.stdin)
    definitions = collected(document["components"]["schemas"])
    origin = f"Kubernetes {version} OpenAPI, core/v1, without descriptions; Apache-2.0"
    lines = [f' "origin": {json.dumps(origin)}']
    for name in sorted(definitions):
        text = json.dumps(definitions[name], sort_keys=True, separators=(",", ":"))
        lines.append(f' "{name}": {text}')
    TARGET.write_text("{\n" + ",\n".join(lines) + "\n}\n")


if __name__ == "__main__":
    main()
