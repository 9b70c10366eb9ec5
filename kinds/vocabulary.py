"""The words that the models are made of: ports, names, images, and parts of core/v1."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from kinds.patterns import DNS_SUBDOMAIN, IMAGE, LABEL_VALUE, MEND

LABEL_WORDS = "use letters, digits, -, _ and ., a letter or digit at both ends"
PORT = "must be a port, 1 to 65535"
CORE = "x-core"
"""The key under which a schema names the core/v1 type that it embeds."""


SEEN_WHOLE: dict[str, Any] = {"x-kubernetes-preserve-unknown-fields": True}
"""Keeps the API server from a word about unknown fields where people try another spelling, such as
the list of name and value of a container, so that the type is refused in words that help."""


class Model(BaseModel):
    """A part of the kind: immutable, spelled in camelCase outside, unknown fields ignored."""

    model_config = ConfigDict(
        frozen=True, extra="ignore", alias_generator=to_camel, populate_by_name=True
    )


def core(kind: str) -> Any:  # noqa: ANN401 - as pydantic's own Field
    """Return the mark of a field that embeds this type of core/v1, or of our own settings."""
    return Field(json_schema_extra={CORE: kind})


def mend(words: str, **schema: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    """Return what a schema says beyond pydantic: how to mend a misfit, and *schema*."""
    return {MEND: words, **schema}


Port = Annotated[int, Field(ge=1, le=65535, json_schema_extra=mend(PORT, format="int32"))]
ObjectName = Annotated[
    str,
    Field(
        min_length=1,
        max_length=253,
        pattern=DNS_SUBDOMAIN,
        json_schema_extra=mend("use the object's name: lower-case letters, digits, - and ."),
    ),
]
Image = Annotated[
    str,
    Field(
        max_length=1024,
        pattern=f"^$|{IMAGE}",
        json_schema_extra=mend("write it like registry/name:tag, in lower case"),
    ),
]
PullPolicy = Literal["Always", "IfNotPresent", "Never"]
Texts = Annotated[dict[str, str], Field(max_length=1000)]
Resources = Annotated[dict[str, Any], core("ResourceRequirements")]
SecurityContext = Annotated[dict[str, Any], core("SecurityContext")]
LabelValue = Annotated[
    str,
    Field(
        max_length=63,
        pattern=LABEL_VALUE,
        json_schema_extra=mend(LABEL_WORDS),
    ),
]
Labels = Annotated[dict[str, LabelValue], Field(max_length=200)]
