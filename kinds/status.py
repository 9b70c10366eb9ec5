"""The status of an MCPServer: what the reconciler saw, and what it makes of it."""

from typing import Annotated, Literal

from pydantic import Field

from kinds.vocabulary import Model


class Condition(Model):
    """One thing that is true of the server, false, or not known."""

    type: Annotated[
        str, Field(max_length=316, description="Accepted, ResolvedRefs, Programmed or Ready.")
    ]
    status: Literal["True", "False", "Unknown"]
    reason: Annotated[
        str,
        Field(
            min_length=1,
            max_length=1024,
            pattern=r"^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$",
            description="Why, in one word.",
        ),
    ]
    message: Annotated[str, Field(max_length=32768, description="Why, for people.")]
    last_transition_time: Annotated[
        str,
        Field(description="Since when.", json_schema_extra={"format": "date-time"}),
    ]
    observed_generation: Annotated[
        int | None,
        Field(
            ge=0,
            description="The generation that was looked at.",
            json_schema_extra={"format": "int64"},
        ),
    ] = None


class Status(Model):
    """What the reconciler saw."""

    conditions: Annotated[
        list[Condition] | None,
        Field(
            max_length=8,
            description="Accepted, ResolvedRefs, Programmed and Ready.",
            json_schema_extra={
                "x-kubernetes-list-type": "map",
                "x-kubernetes-list-map-keys": ["type"],
            },
        ),
    ] = None
    observed_generation: Annotated[
        int | None,
        Field(
            description="The newest generation that was looked at.",
            json_schema_extra={"format": "int64"},
        ),
    ] = None
    url: Annotated[str | None, Field(description="Where clients in the cluster find it.")] = None
    transport: Annotated[
        str | None, Field(description="stdio or http: what is spoken inside the Pod.")
    ] = None
    replicas: Annotated[
        int | None,
        Field(description="Pods that exist.", json_schema_extra={"format": "int32"}),
    ] = None
    selector: Annotated[
        str | None, Field(description="Label selector of the Pods, for autoscalers.")
    ] = None
