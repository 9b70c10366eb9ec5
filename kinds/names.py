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

INJECT = f"{DOMAIN}/inject"
"""Label or annotation of a Pod, and label of a namespace: "true" asks for the adapter."""

CONTAINER_CHOICE = f"{DOMAIN}/container"
COMMAND_CHOICE = f"{DOMAIN}/command"
PORT_CHOICE = f"{DOMAIN}/port"
ADMIN_PORT_CHOICE = f"{DOMAIN}/admin-port"
PATH_CHOICE = f"{DOMAIN}/path"
IMAGE_CHOICE = f"{DOMAIN}/adapter-image"
RESOURCES_CHOICE = f"{DOMAIN}/adapter-resources"
NATIVE_CHOICE = f"{DOMAIN}/native-sidecar"
CONFIG_CHOICE = f"{DOMAIN}/config"
"""Annotations of a Pod that say how the adapter is to be."""

INJECTED = f"{DOMAIN}/injected"
"""Annotation of a Pod that has its adapter: which version put it there, and what of."""

INJECTION_FAILED = f"{DOMAIN}/injection-failed"
"""Annotation of a Pod without its adapter because of a mistake of ours: in which version."""

COMPONENT = f"{DOMAIN}/component"
"""Label of kmcp's own Pods, which no webhook of kmcp is ever asked about."""

DEFAULT_CONTAINER = "kubectl.kubernetes.io/default-container"
MIRROR = "kubernetes.io/config.mirror"
"""Annotation of Pods that a kubelet runs by itself, and only shows to the API server."""

SYSTEM_NAMESPACES = ("kube-system", "kube-public", "kube-node-lease")

NAME_LABEL = "app.kubernetes.io/name"
INSTANCE_LABEL = "app.kubernetes.io/instance"
SELECTOR_LABELS = (NAME_LABEL, INSTANCE_LABEL)
"""What a Deployment and its Service select by, so that nobody may set them otherwise."""

SERVER_CONTAINER = "mcp-server"
ADAPTER_CONTAINER = "kmcp-adapter"
INSTALLER_CONTAINER = "kmcp-launcher"
"""Where there are no native sidecars it installs the launcher, and ends."""
RESERVED_CONTAINERS = (SERVER_CONTAINER, ADAPTER_CONTAINER)

SOCKET_VOLUME = "kmcp"
SOCKET_FOLDER = "/run/kmcp"
"""Where adapter and launcher meet; nobody else may mount anything there."""

SOCKET = f"{SOCKET_FOLDER}/adapter.sock"
LAUNCHER = f"{SOCKET_FOLDER}/launcher"
"""The program that stands in front of the server's command."""

ADAPTER_CONFIG_VOLUME = "config"
"""What upstream kmcp calls the volume that its sidecars may mount."""

CONFIG_MAP_VOLUME_PREFIX = "cm-"

MCP_PORT = 3000
MCP_PATH = "/mcp"
ADMIN_PORT = 3901
"""Where the adapter answers probes and metrics, beside the server's own port."""

LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
