"""The settings of the adapter, as a user writes them in spec.adapter.

They are read by the program that runs in other people's Pods, which is why they need no pydantic.
"""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from kinds.patterns import DURATION, HOST, IMAGE, MEND, ORIGIN, QUANTITY

Duration = Annotated[
    str, Meta(pattern=DURATION, max_length=32, extra_json_schema={MEND: "write it like 30s or 5m"})
]
Bytes = Annotated[
    str, Meta(pattern=QUANTITY, max_length=32, extra_json_schema={MEND: "write it like 4Mi"})
]
Host = Annotated[
    str,
    Meta(pattern=HOST, max_length=259, extra_json_schema={MEND: "write it like mcp.example.com"}),
]
Origin = Annotated[
    str,
    Meta(
        pattern=ORIGIN, max_length=300, extra_json_schema={MEND: "write it like https://host:port"}
    ),
]


class Sessions(Struct, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """How many clients one Pod serves, and for how long they may be silent."""

    maximum: Annotated[
        int,
        Meta(ge=1, le=100_000, description="Sessions in one Pod at a time; 64 when absent."),
    ] = 64
    idle_timeout: Annotated[
        Duration,
        Meta(description="A session that is silent for so long is ended; 30m when absent."),
    ] = "30m"
    maximum_age: Annotated[
        Duration,
        Meta(
            description="A session that is so old ends with its last call, at the latest one "
            "requestTimeout later; never when absent or 0s."
        ),
    ] = "0s"
    spares: Annotated[
        int,
        Meta(
            ge=0,
            le=100,
            description="Processes started ahead, never used before, so that a new session does "
            "not wait; 1 when absent.",
        ),
    ] = 1


class Limits(Struct, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """What one client may cost."""

    request_bytes: Annotated[
        Bytes, Meta(description="The largest request body; 16Mi when absent.")
    ] = "16Mi"
    message_bytes: Annotated[
        Bytes, Meta(description="The largest message of the server; 64Mi when absent.")
    ] = "64Mi"
    request_timeout: Annotated[
        Duration,
        Meta(description="How long a call may be silent; progress counts. 5m when absent."),
    ] = "5m"
    concurrency: Annotated[
        int,
        Meta(ge=1, le=100_000, description="Calls in flight in one Pod; 512 when absent."),
    ] = 512
    queue_bytes: Annotated[
        Bytes,
        Meta(description="What may wait for a client that reads slowly; 4Mi when absent."),
    ] = "4Mi"
    parked_calls: Annotated[
        int,
        Meta(
            ge=0,
            le=10_000,
            description="Calls that wait for a client to answer a question; 64 when absent.",
        ),
    ] = 64


class Adapter(Struct, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """How the adapter, which serves a stdio server over HTTP, behaves."""

    image: Annotated[
        str,
        Meta(
            min_length=1,
            max_length=1024,
            pattern=IMAGE,
            extra_json_schema={MEND: "write it like registry/name:tag, in lower case"},
            description="The adapter's own image; the installation's when absent.",
        ),
    ] = ""
    allowed_hosts: Annotated[
        list[Host],
        Meta(
            max_length=100,
            description="Host names beyond those of the Service under which clients may call.",
        ),
    ] = []
    allowed_origins: Annotated[
        list[Origin],
        Meta(max_length=100, description="Web pages that may call; none when absent."),
    ] = []
    era: Annotated[
        Literal["auto", "legacy", "modern"],
        Meta(
            description="Which protocol the server speaks: legacy has sessions and initialize, "
            "modern is 2026-07-28; found out by asking when absent."
        ),
    ] = "auto"
    isolation: Annotated[
        Literal["shared", "per-principal", "per-request"],
        Meta(
            description="Who shares a process of a legacy server among clients of 2026-07-28, "
            "which have no sessions; all of them when absent."
        ),
    ] = "shared"
    expose_stderr: Annotated[
        bool,
        Meta(description="Whether clients read the end of stderr when the server dies."),
    ] = False
    sessions: Sessions = Sessions()
    limits: Limits = Limits()
    drain_delay: Annotated[
        Duration,
        Meta(
            description="How long a Pod that ends still takes new calls, because the cluster "
            "learns late that it ends; 3s when absent."
        ),
    ] = "3s"
    log_level: Annotated[
        Literal["debug", "info", "warning", "error"],
        Meta(description="How much the adapter logs; info when absent."),
    ] = "info"
