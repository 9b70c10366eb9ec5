"""Builds what is added to a Pod: the adapter, what installs the launcher, where the two meet.

Nothing here knows of annotations: the reconciler builds with it what an MCPServer asks for.
"""

import msgspec

from adapter.injection import draining, pods
from adapter.injection.chosen import Chosen
from adapter.injection.config import Config
from adapter.injection.resources import resources
from kinds import names
from kinds.adapter import Adapter
from kinds.reading import Fields, items, text, within

INSTALL = ["/launcher", "install", names.LAUNCHER]
"""The launcher as the image has it, and where it copies itself."""
TOKENS_FOLDER = "/var/run/secrets/kubernetes.io/serviceaccount"
TERMINATION_LOG = "/dev/termination-log"
SHARED: Fields = {"name": names.SOCKET_VOLUME, "mountPath": names.SOCKET_FOLDER}
MCP_PORT_NAME = "mcp"
ADMIN_PORT_NAME = "kmcp-admin"


def volume() -> Fields:
    """Return where adapter and launcher meet: memory, as no file of it shall be kept."""
    return {"name": names.SOCKET_VOLUME, "emptyDir": {"medium": "Memory", "sizeLimit": "16Mi"}}


def server_mount() -> Fields:
    """Return the server's view of it: it may connect there and replace nothing."""
    return {**SHARED, "readOnly": True}


def adapter(pod: Fields, chosen: Chosen, config: Config) -> Fields:
    """Return the adapter's container for this Pod."""
    made: Fields = {
        **_program(names.ADAPTER_CONTAINER, chosen, config),
        "args": _arguments(pod, chosen, config),
        "ports": _ports(pod, chosen),
        **_probes(chosen),
        **_limits(pod, chosen, config),
        "volumeMounts": [{**SHARED}, _no_token()],
    }
    if is_native(chosen, config):
        made["restartPolicy"] = pods.ALWAYS
        made["lifecycle"] = {"postStart": {"exec": {"command": [*INSTALL]}}}
    return made


def installer(pod: Fields, chosen: Chosen, config: Config) -> Fields:
    """Return what installs the launcher where there are no native sidecars."""
    return {
        **_program(names.INSTALLER_CONTAINER, chosen, config),
        "command": [*INSTALL],
        **_limits(pod, chosen, config),
        "volumeMounts": [{**SHARED}, _no_token()],
    }


def command(pod: Fields, server: Fields, chosen: Chosen) -> list[str]:
    """Return the command of the server's container, with the launcher in front of its own."""
    flags = [f"--grace={draining.grace(pod, server)}s"]
    policy = restart_policy(pod, server)
    if policy != pods.ALWAYS:
        flags.append(f"--restart-policy={policy}")
    told = text(server, "terminationMessagePath")
    if told not in ("", TERMINATION_LOG):
        flags.append(f"--termination-message={literal(told)}")
    return [names.LAUNCHER, *flags, "--", *chosen.command]


def restart_policy(pod: Fields, server: Fields) -> str:
    """Return when the server's container is started anew; its own word comes before the Pod's."""
    return text(server, "restartPolicy") or text(pod, "spec", "restartPolicy") or pods.ALWAYS


def is_native(chosen: Chosen, config: Config) -> bool:
    """Say whether the adapter is a native sidecar."""
    return config.native if chosen.native is None else chosen.native


def image(chosen: Chosen, config: Config) -> str:
    """Return the image of adapter and launcher."""
    return chosen.image or chosen.adapter.image or config.image


def _program(name: str, chosen: Chosen, config: Config) -> Fields:
    made: Fields = {"name": name, "image": image(chosen, config)}
    if policy := chosen.pull_policy or config.pull_policy:
        made["imagePullPolicy"] = policy
    made["terminationMessagePolicy"] = "FallbackToLogsOnError"
    made["securityContext"] = {**_security(config), **chosen.security_context}
    return made


def _security(config: Config) -> Fields:
    """Return what the restricted level asks for, in the container: the Pod may say otherwise."""
    user = {} if config.user is None else {"runAsUser": config.user, "runAsGroup": config.user}
    return {
        "runAsNonRoot": True,
        **user,
        "privileged": False,
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
        "seccompProfile": {"type": "RuntimeDefault"},
    }


def _arguments(pod: Fields, chosen: Chosen, config: Config) -> list[str]:
    """Return the flags; an address without a host is every interface, IPv4 and IPv6."""
    flags = [
        f"--listen=:{chosen.port}",
        f"--admin=:{chosen.admin_port}",
        f"--path={literal(chosen.path)}",
        f"--launcher-socket={names.SOCKET}",
        *draining.flags(pod, chosen),
    ]
    if not is_native(chosen, config) and _may_complete(pod, chosen):
        flags.append("--end-with-server=true")
    if config.cluster_domain != "cluster.local":
        flags.append(f"--cluster-domain={config.cluster_domain}")
    if chosen.start_timeout:
        flags.append(f"--start-timeout={chosen.start_timeout}")
    if settings := _settings(chosen.adapter):
        flags.append(f"--config={literal(settings)}")
    return flags


def _may_complete(pod: Fields, chosen: Chosen) -> bool:
    """Say whether the Pod is done when its server is, as in a Job."""
    servers = pods.named(pod, chosen.container)
    return bool(servers) and restart_policy(pod, servers[0].container) != pods.ALWAYS


def _settings(given: Adapter) -> str:
    """Return the settings as the program reads them; the image is none of its business."""
    plain = msgspec.structs.replace(given, image="")
    spelled = msgspec.json.encode(plain, order="sorted").decode()
    return "" if spelled == "{}" else spelled


def literal(word: str) -> str:
    """Return the word as it must be spelled for the kubelet, who makes `$` of `$$`, and a value of
    `$(NAME)`."""
    return word.replace("$", "$$") if "$$" in word or "$(" in word else word


def _ports(pod: Fields, chosen: Chosen) -> list[Fields]:
    return [
        _port(pod, MCP_PORT_NAME, chosen.port),
        _port(pod, ADMIN_PORT_NAME, chosen.admin_port),
    ]


def _port(pod: Fields, name: str, number: int) -> Fields:
    """Return a port; a name that another container's port has would make Services miss it."""
    taken = any(
        port.get("name") == name
        for place in pods.containers(pod)
        if text(place.container, "name") != names.ADAPTER_CONTAINER
        for _, port in items(place.container, "ports")
    )
    return {**({} if taken else {"name": name}), "containerPort": number, "protocol": "TCP"}


def _probes(chosen: Chosen) -> Fields:
    """Return the probes; no startupProbe, which would hold up the server that it waits for."""

    def get(path: str) -> Fields:
        return {"path": path, "port": chosen.admin_port}

    return {
        "readinessProbe": {
            "httpGet": get("/readyz"),
            "periodSeconds": 1,
            "timeoutSeconds": 2,
            "failureThreshold": 3,
        },
        "livenessProbe": {
            "httpGet": get("/healthz"),
            "periodSeconds": 10,
            "timeoutSeconds": 5,
            "failureThreshold": 6,
        },
    }


def _limits(pod: Fields, chosen: Chosen, config: Config) -> Fields:
    """Return requests and limits; a Pod that has its own shares them among its containers."""
    usual = {} if within(pod, "spec", "resources") else config.resources
    made = resources(usual, chosen.resources)
    return {"resources": made} if made else {}


def _no_token() -> Fields:
    """Return a mount where the API server would put a token of the Pod's ServiceAccount.

    It does so for containers that webhooks add, too, and the adapter is to have none.
    """
    return {"name": names.SOCKET_VOLUME, "mountPath": TOKENS_FOLDER, "readOnly": True}
