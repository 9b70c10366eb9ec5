"""What upstream kmcp makes for an MCPServer, in the shapes and by the manager that it uses."""

from kinds.names import API_VERSION, KIND
from kinds.reading import Fields

MANAGER = "manager"
CONFIG = "config: {}\nbinds:\n- port: 3000\n"


def objects(server: Fields) -> list[Fields]:
    """Return the objects of a stdio server that has a secret in its environment."""
    name = server["metadata"]["name"]
    labels = {"app.kubernetes.io/name": name, "app.kubernetes.io/instance": name}
    return [
        _object(server, "v1", "ConfigMap", data={"local.yaml": CONFIG}),
        _object(server, "v1", "ServiceAccount"),
        _object(server, "v1", "Service", spec={"selector": labels, "ports": [_port()]}),
        _object(server, "apps/v1", "Deployment", spec=_deployment(name, labels)),
    ]


def _object(server: Fields, version: str, kind: str, **rest: Fields) -> Fields:
    metadata = server["metadata"]
    owner = {"apiVersion": API_VERSION, "kind": KIND, "uid": metadata["uid"]}
    made = {
        "name": metadata["name"],
        "namespace": metadata["namespace"],
        "ownerReferences": [{**owner, "name": metadata["name"]}],
    }
    return {"apiVersion": version, "kind": kind, "metadata": made, **rest}


def _port() -> Fields:
    named = {"name": "http", "protocol": "TCP", "port": 3000, "targetPort": 3000}
    return {**named, "appProtocol": "kgateway.dev/mcp"}


def _deployment(name: str, labels: Fields) -> Fields:
    config = {"name": "config", "mountPath": "/config"}
    binary = {"name": "binary", "mountPath": "/adapterbin"}
    copying = {
        "name": "copy-binary",
        "image": "ghcr.io/agentgateway/agentgateway:0.9.0-musl",
        "command": [],
        "args": ["--copy-self", "/adapterbin/agentgateway"],
        "volumeMounts": [binary],
    }
    running = {
        "name": "mcp-server",
        "image": "registry.example.com/tool:1",
        "command": ["/adapterbin/agentgateway"],
        "args": ["-f", "/config/local.yaml"],
        "env": [{"name": "OLD", "value": "1"}],
        "volumeMounts": [config, binary],
    }
    annotations = {"kmcp.kagent.dev/mcpserver-config-hash": "0badc0de"}
    managed = {**labels, "app.kubernetes.io/managed-by": "kmcp"}
    return {
        "replicas": 1,
        "selector": {"matchLabels": labels},
        "template": {
            "metadata": {"labels": managed, "annotations": annotations},
            "spec": {
                "serviceAccountName": name,
                "initContainers": [copying],
                "containers": [running],
                "volumes": [
                    {"name": "config", "configMap": {"name": name}},
                    {"name": "binary", "emptyDir": {}},
                ],
            },
        },
    }
