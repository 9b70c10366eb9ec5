"""The schema of an MCPServer, in the form that the API server wants: structural, no references.

It is made from the models, from the adapter's settings and from the core/v1 types of Kubernetes,
and read by two: by crd.py, which prints it, and by shape.py, which checks documents with it.
"""

import json
from functools import cache
from importlib.resources import files
from typing import Any

import msgspec
from pydantic import BaseModel

from kinds import patterns, vocabulary
from kinds.adapter import Adapter
from kinds.fitting import Fits, fitting
from kinds.mcpserver import Spec
from kinds.patterns import MEND
from kinds.reading import is_list, is_map
from kinds.status import Status
from kinds.vocabulary import CORE

Schema = dict[str, Any]

FOREIGN = "x-foreign"
"""Marks a part that is Kubernetes' own, which the CRD prints without spreading it out."""

DROPPED = {"title", "$defs", "additionalProperties"}
PORT = {"minimum": 1, "maximum": 65535, MEND: vocabulary.PORT}
LABEL_NAME = {
    "minLength": 1,
    "maxLength": 63,
    "pattern": patterns.DNS_LABEL,
    MEND: "name it with lower-case letters, digits and -",
}
NOT_NEGATIVE = {"minimum": 0, "maximum": 2**31 - 1}
MODE = {"minimum": 0, "maximum": 0o777, MEND: "write it like 0644, with a zero in front"}
KEY: Schema = {
    "minLength": 1,
    "pattern": patterns.LABEL_KEY,
    MEND: "name the key: a name, or prefix/name as in kubernetes.io/hostname",
}
WEIGHT = {"minimum": 1, "maximum": 100}
FORMATS: dict[str, Schema] = {
    "quantity": {
        "anyOf": [{"type": "integer"}, {"type": "string"}],
        "pattern": patterns.SIGNED_QUANTITY,
        "maxLength": 32,
        "x-kubernetes-int-or-string": True,
        MEND: "write a quantity such as 500m, 2 or 128Mi",
    },
    "int-or-string": {
        "anyOf": [{"type": "integer"}, {"type": "string"}],
        "x-kubernetes-int-or-string": True,
        MEND: "write a number or a name",
    },
}
TIGHTER: dict[tuple[str, str], Schema] = {
    ("Volume", "name"): LABEL_NAME,
    ("VolumeMount", "name"): {"minLength": 1, "maxLength": 63, MEND: "name the volume"},
    ("VolumeMount", "mountPath"): {
        "minLength": 1,
        "maxLength": 1024,
        "pattern": "^[^:]+$",
        MEND: "name a folder, without a colon",
    },
    ("VolumeMount", "subPath"): {"maxLength": 1024},
    ("Container", "name"): LABEL_NAME,
    ("Container", "image"): {"maxLength": 1024},
    ("Container", "args"): {"maxItems": 1000},
    ("Container", "command"): {"maxItems": 1000},
    ("Container", "env"): {"maxItems": 1000},
    ("Container", "envFrom"): {"maxItems": 100},
    ("Container", "ports"): {"maxItems": 100},
    ("Container", "volumeMounts"): {"maxItems": 200},
    ("ContainerPort", "containerPort"): PORT,
    ("ContainerPort", "hostPort"): {"minimum": 0, "maximum": 65535},
    ("ContainerPort", "name"): {
        "maxLength": 15,
        "pattern": patterns.PORT_NAME,
        MEND: "use lower-case letters, digits and -, at most 15, at least one letter",
    },
    ("EnvVar", "name"): {
        "minLength": 1,
        "pattern": patterns.VARIABLE,
        MEND: "a variable's name is printable ASCII without =",
    },
    ("LabelSelectorRequirement", "key"): KEY,
    ("LabelSelectorRequirement", "operator"): {"enum": ["In", "NotIn", "Exists", "DoesNotExist"]},
    ("NodeSelectorRequirement", "key"): KEY,
    ("PodAffinityTerm", "topologyKey"): KEY,
    ("Toleration", "key"): {**KEY, "minLength": 0, "pattern": f"^$|{patterns.LABEL_KEY}"},
    ("Toleration", "value"): {"pattern": patterns.LABEL_VALUE, MEND: vocabulary.LABEL_WORDS},
    ("PreferredSchedulingTerm", "weight"): WEIGHT,
    ("WeightedPodAffinityTerm", "weight"): WEIGHT,
    ("SecurityContext", "runAsUser"): NOT_NEGATIVE,
    ("SecurityContext", "runAsGroup"): NOT_NEGATIVE,
    ("PodSecurityContext", "runAsUser"): NOT_NEGATIVE,
    ("PodSecurityContext", "runAsGroup"): NOT_NEGATIVE,
    ("PodSecurityContext", "fsGroup"): NOT_NEGATIVE,
    ("ConfigMapVolumeSource", "defaultMode"): MODE,
    ("DownwardAPIVolumeSource", "defaultMode"): MODE,
    ("DownwardAPIVolumeFile", "mode"): MODE,
    ("KeyToPath", "mode"): MODE,
    ("ProjectedVolumeSource", "defaultMode"): MODE,
    ("SecretVolumeSource", "defaultMode"): MODE,
}
"""What the API server asks of these fields in a Pod, though its published schema does not say."""

EMPTY_IS_ABSENT = (
    ("Container", "imagePullPolicy"),
    ("Container", "terminationMessagePolicy"),
    ("ContainerPort", "protocol"),
    ("HTTPGetAction", "scheme"),
    ("Toleration", "effect"),
    ("Toleration", "operator"),
)
"""Words that templates leave empty, which the API server takes for none."""


@cache
def spec_schema() -> Schema:
    """Return the schema of `spec`; do not change it."""
    return _structural(Spec.model_json_schema(by_alias=True), _definitions(Spec))


@cache
def spec_fits() -> Fits:
    """Return the function that says quickly whether a `spec` fits its schema."""
    return fitting(spec_schema())


@cache
def status_schema() -> Schema:
    """Return the schema of `status`; do not change it."""
    return _structural(Status.model_json_schema(by_alias=True), _definitions(Status))


def _definitions(model: type[BaseModel]) -> dict[str, Schema]:
    own = model.model_json_schema(by_alias=True).get("$defs", {})
    return {**_core_definitions(), **_adapter_definitions(), **own}


@cache
def _core_definitions() -> dict[str, Schema]:
    document: dict[str, Schema] = json.loads(
        files("kinds").joinpath("core_v1.json").read_text(encoding="utf-8")
    )
    del document["origin"]
    for (kind, field), extra in TIGHTER.items():
        document[kind]["properties"][field] |= extra
    for kind, field in EMPTY_IS_ABSENT:
        document[kind]["properties"][field]["enum"].append("")
    return document


def _adapter_definitions() -> dict[str, Schema]:
    _, components = msgspec.json.schema_components([Adapter])
    return {name: _without_defaults(schema) for name, schema in components.items()}


def _without_defaults(schema: Any) -> Any:  # noqa: ANN401 - JSON
    """Return a schema that stores nothing, so that absent settings follow the version."""
    if is_list(schema):
        return [_without_defaults(one) for one in schema]
    if not is_map(schema):
        return schema
    return {key: _without_defaults(value) for key, value in schema.items() if key != "default"}


def _structural(schema: Schema, definitions: dict[str, Schema]) -> Schema:
    schema = _resolved(schema, definitions)
    if replacement := FORMATS.get(schema.get("format", "")):
        return {**replacement, **_description(schema)}
    plain = {k: v for k, v in schema.items() if k not in DROPPED and not _is_null_default(k, v)}
    plain.setdefault("type", "string")  # msgspec leaves it out beside an enum
    if "properties" in plain:
        plain["properties"] = {
            key: _structural(value, definitions) for key, value in plain["properties"].items()
        }
    if "items" in plain:
        plain["items"] = _structural(plain["items"], definitions)
    values = schema.get("additionalProperties")
    if is_map(values):
        plain["additionalProperties"] = _structural(values, definitions)
    return plain


def _resolved(schema: Schema, definitions: dict[str, Schema]) -> Schema:
    """Return the schema with its references replaced by what they name."""
    while True:
        if CORE in schema:
            name, beside = schema[CORE], _beside(schema, CORE, "type", "additionalProperties")
            schema = {**definitions[name], **beside, FOREIGN: name in _core_definitions()}
        elif "$ref" in schema:
            name = schema["$ref"].rpartition("/")[2]
            schema = {**definitions[name], **_beside(schema, "$ref")}
        elif "anyOf" in schema and schema.get("x-kubernetes-int-or-string") is None:
            (only,) = (one for one in schema["anyOf"] if one.get("type") != "null")
            schema = {**only, **_beside(schema, "anyOf")}
        else:
            return schema


def _beside(schema: Schema, *keys: str) -> Schema:
    return {key: value for key, value in schema.items() if key not in keys}


def _description(schema: Schema) -> Schema:
    return {"description": schema["description"]} if "description" in schema else {}


def _is_null_default(key: str, value: object) -> bool:
    return key == "default" and value is None
