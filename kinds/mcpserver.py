"""MCPServer as pydantic models: what a user may write, with the words of `kubectl explain`.

Ranges, patterns and lengths stand here; what ties two fields together stands in rules.py. The
lengths are generous: they exist because the API server bounds the cost of its checks by them.
"""

from typing import Annotated, Any, Literal

from pydantic import Field

from kinds import names
from kinds.patterns import DNS_SUBDOMAIN, DURATION, HTTP_PATH
from kinds.vocabulary import (
    SEEN_WHOLE,
    Image,
    Labels,
    Model,
    ObjectName,
    Port,
    PullPolicy,
    Resources,
    SecurityContext,
    Texts,
    core,
    mend,
)


class Reference(Model):
    """An object in the same namespace, by name."""

    name: Annotated[ObjectName, Field(description="Name of the object, in the same namespace.")]


Variable = Annotated[
    str,
    Field(
        max_length=131072,
        json_schema_extra=mend(
            "must be text; what a Secret holds comes in by secretRefs", **SEEN_WHOLE
        ),
    ),
]
References = Annotated[list[Reference], Field(max_length=100)]


class StdioTransport(Model):
    """The server reads and writes lines; there is nothing to set."""


class Tls(Model):
    """How clients of an http server verify it. Kept for clients; kmcp itself does not use it."""

    secret_ref: Annotated[
        str | None,
        Field(
            max_length=253,
            description="Name of a Secret that holds ca.crt for clients.",
            json_schema_extra=mend("must be the name of the Secret alone"),
        ),
    ] = None
    insecure_skip_verify: Annotated[
        bool | None, Field(description="Whether clients accept any certificate.")
    ] = None


class HttpTransport(Model):
    """Where a server that speaks HTTP itself listens."""

    target_port: Annotated[
        Port | None,
        Field(description="Port on which the server listens; deployment.port when absent."),
    ] = None
    path: Annotated[
        str | None,
        Field(
            max_length=1024,
            pattern=f"^$|{HTTP_PATH}",
            description="Path of its MCP endpoint; /mcp when absent.",
            json_schema_extra=mend("start it with / and leave out spaces, ? and #"),
        ),
    ] = None
    tls: Annotated[Tls | None, Field(description="How clients verify the server.")] = None


class InitContainer(Model):
    """The container that kmcp adds to a stdio server's Pod: the adapter."""

    image: Annotated[
        Image | None,
        Field(description="Ignored: it named another adapter. See spec.adapter.image."),
    ] = None
    image_pull_policy: Annotated[
        PullPolicy | None, Field(description="When the adapter's image is pulled.")
    ] = None
    resources: Annotated[
        Resources | None, Field(description="Requests and limits of the adapter.")
    ] = None
    security_context: Annotated[
        SecurityContext | None, Field(description="Security context of the adapter.")
    ] = None


class ServiceAccount(Model):
    """The ServiceAccount that kmcp makes for the server."""

    annotations: Annotated[
        Texts | None, Field(description="Its annotations, such as a cloud's role.")
    ] = None
    labels: Annotated[Labels | None, Field(description="Its labels.")] = None


class Deployment(Model):
    """What runs, and how."""

    image: Annotated[
        Image | None,
        Field(description="Image of the server. May be absent when cmd is npx or uvx."),
    ] = None
    image_pull_policy: Annotated[
        PullPolicy | None, Field(description="When the image is pulled; IfNotPresent when absent.")
    ] = None
    port: Annotated[Port | None, Field(description="Port of the Service; 3000 when absent.")] = None
    cmd: Annotated[
        str | None,
        Field(
            max_length=4096,
            description="Program to start, one word. A stdio server needs it; an http server "
            "without it runs what its image says.",
            json_schema_extra=mend("name the program alone, and put what follows into args"),
        ),
    ] = None
    args: Annotated[
        list[Annotated[str, Field(max_length=131072)]] | None,
        Field(max_length=1000, description="Its arguments, handed over as they are: no shell."),
    ] = None
    env: Annotated[
        dict[str, Variable] | None,
        Field(
            max_length=1000, description="Its environment variables.", json_schema_extra=SEEN_WHOLE
        ),
    ] = None
    secret_refs: Annotated[
        References | None,
        Field(
            description="Secrets whose keys become environment variables and, read-only, files in "
            "/secrets/<name>."
        ),
    ] = None
    config_map_refs: Annotated[
        References | None,
        Field(
            description="ConfigMaps mounted read-only at /configmaps/<name>; a single one at "
            "/config too."
        ),
    ] = None
    volumes: Annotated[
        list[Annotated[dict[str, Any], core("Volume")]] | None,
        Field(
            max_length=100,
            description="Further volumes, as in a Pod.",
            json_schema_extra={
                "x-kubernetes-list-type": "map",
                "x-kubernetes-list-map-keys": ["name"],
            },
        ),
    ] = None
    volume_mounts: Annotated[
        list[Annotated[dict[str, Any], core("VolumeMount")]] | None,
        Field(
            max_length=100,
            description="Where the server sees volumes, as in a container.",
            json_schema_extra={
                "x-kubernetes-list-type": "map",
                "x-kubernetes-list-map-keys": ["mountPath"],
            },
        ),
    ] = None
    init_container: Annotated[
        InitContainer | None,
        Field(description="Resources and security of the adapter's container."),
    ] = None
    service_account: Annotated[
        ServiceAccount | None, Field(description="The ServiceAccount that kmcp makes.")
    ] = None
    service_account_name: Annotated[
        str | None,
        Field(
            max_length=253,
            pattern=f"^$|{DNS_SUBDOMAIN}",
            description="A ServiceAccount of yours, instead of one that kmcp makes.",
            json_schema_extra=mend("use the object's name: lower-case letters, digits, - and ."),
        ),
    ] = None
    sidecars: Annotated[
        list[Annotated[dict[str, Any], core("Container")]] | None,
        Field(
            max_length=32,
            description="Further containers of the Pod.",
            json_schema_extra={
                "x-kubernetes-list-type": "map",
                "x-kubernetes-list-map-keys": ["name"],
            },
        ),
    ] = None
    labels: Annotated[Labels | None, Field(description="Labels of the Pods.")] = None
    annotations: Annotated[Texts | None, Field(description="Annotations of the Pods.")] = None
    resources: Annotated[
        Resources | None, Field(description="Requests and limits of the server.")
    ] = None
    security_context: Annotated[
        SecurityContext | None, Field(description="Security context of the server's container.")
    ] = None
    pod_security_context: Annotated[
        dict[str, Any] | None,
        core("PodSecurityContext"),
        Field(description="Security context of the Pod."),
    ] = None
    tolerations: Annotated[
        list[Annotated[dict[str, Any], core("Toleration")]] | None,
        Field(max_length=100, description="Taints that the Pods tolerate."),
    ] = None
    affinity: Annotated[
        dict[str, Any] | None, core("Affinity"), Field(description="Where the Pods like to run.")
    ] = None
    node_selector: Annotated[
        Labels | None, Field(description="Labels of the nodes where the Pods may run.")
    ] = None
    replicas: Annotated[
        int | None,
        Field(
            ge=0,
            le=2**31 - 1,
            description=f"Number of Pods; 1 when absent. The annotation {names.REPLICAS}: external "
            "leaves it to an autoscaler.",
            json_schema_extra={"format": "int32", "default": 1},
        ),
    ] = None
    image_pull_secrets: Annotated[
        References | None, Field(description="Secrets with which images are pulled.")
    ] = None


class Spec(Model):
    """An MCP server and how it is to run."""

    deployment: Annotated[
        Deployment,
        Field(
            description="What runs, and how.",
            json_schema_extra=mend("say what is to run, at least an image and a cmd"),
        ),
    ]
    transport_type: Annotated[
        Literal["stdio", "http"] | None,
        Field(
            description="How the server speaks. When absent: stdio with cmd or stdioTransport, "
            "http with httpTransport."
        ),
    ] = None
    stdio_transport: Annotated[
        StdioTransport | None,
        Field(description="The server speaks over its standard input and output."),
    ] = None
    http_transport: Annotated[
        HttpTransport | None, Field(description="The server speaks HTTP itself.")
    ] = None
    timeout: Annotated[
        str | None,
        Field(
            max_length=64,
            pattern=DURATION,
            description="How long the server may take to start and to shake hands.",
            json_schema_extra=mend("write it like 30s or 5m", default="30s"),
        ),
    ] = None
    adapter: Annotated[
        dict[str, Any] | None,
        core("Adapter"),
        Field(description="How the adapter of a stdio server behaves."),
    ] = None
