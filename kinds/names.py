"""The names that the programs agree on: kinds, labels, annotations, containers, paths, ports."""

GROUP = "kagent.dev"
VERSION = "v1alpha1"
API_VERSION = f"{GROUP}/{VERSION}"
KIND = "MCPServer"
PLURAL = "mcpservers"

DOMAIN = "kmcp.dev"
"""The prefix of every label and annotation that is ours."""

REPLICAS = f"{DOMAIN}/replicas"
"""Annotation on an MCPServer: "external" means that somebody else sets the replicas."""

NAME_LABEL = "app.kubernetes.io/name"
INSTANCE_LABEL = "app.kubernetes.io/instance"
SELECTOR_LABELS = (NAME_LABEL, INSTANCE_LABEL)
"""What a Deployment and its Service select by, so that nobody may set them otherwise."""

SERVER_CONTAINER = "mcp-server"
ADAPTER_CONTAINER = "kmcp-adapter"
RESERVED_CONTAINERS = (SERVER_CONTAINER, ADAPTER_CONTAINER)

SOCKET_VOLUME = "kmcp"
SOCKET_FOLDER = "/run/kmcp"
"""Where adapter and launcher meet; nobody else may mount anything there."""

ADAPTER_CONFIG_VOLUME = "config"
"""What upstream kmcp calls the volume that its sidecars may mount."""

CONFIG_MAP_VOLUME_PREFIX = "cm-"

ADMIN_PORT = 3901
"""Where the adapter answers probes and metrics, beside the server's own port."""

LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
