"""What every cluster offers besides the API: names for Services, and metrics for `kubectl top`."""

import base64
import json
from typing import Any

from tests.cluster.components import METRICS_PORT
from tests.cluster.processes import run
from tests.cluster.record import Record

NAMESPACE = "kube-system"


def apply(record: Record) -> None:
    """Announce both add-ons, which run as programs of the first node, not as Pods."""
    kubectl = [str(record.binaries / "kubectl"), f"--kubeconfig={record.kubeconfig}"]
    words = [*kubectl, "apply", "--server-side", "--filename=-"]
    document = {"apiVersion": "v1", "kind": "List", "items": manifests(record)}
    run(words, stdin=json.dumps(document), doing="adding names and metrics")


def manifests(record: Record) -> list[dict[str, Any]]:
    """Return the Services, their endpoints, and the registration of the metrics API."""
    dns = [_port("dns", "UDP", 53), _port("dns-tcp", "TCP", 53)]
    https = [_port("https", "TCP", 443, METRICS_PORT)]
    root = (record.folder / "pki" / "ca.crt").read_bytes()
    return [
        _service(record, "kube-dns", dns, record.addresses.dns),
        *_endpoints(record, "kube-dns", dns),
        _service(record, "metrics-server", https, []),
        *_endpoints(record, "metrics-server", https),
        {
            "apiVersion": "apiregistration.k8s.io/v1",
            "kind": "APIService",
            "metadata": {"name": "v1beta1.metrics.k8s.io"},
            "spec": {
                "group": "metrics.k8s.io",
                "version": "v1beta1",
                "groupPriorityMinimum": 100,
                "versionPriority": 100,
                "service": {"name": "metrics-server", "namespace": NAMESPACE},
                "caBundle": base64.b64encode(root).decode(),
            },
        },
    ]


def _service(
    record: Record, name: str, ports: list[dict[str, Any]], fixed: list[str]
) -> dict[str, Any]:
    """Return a Service without selector: its endpoints are ours to say."""
    dual = len(record.addresses.blocks) > 1
    spec: dict[str, Any] = {"ports": ports}
    spec["ipFamilyPolicy"] = "RequireDualStack" if dual else "SingleStack"
    if fixed:
        spec |= {"clusterIP": fixed[0], "clusterIPs": fixed}
    metadata = {"name": name, "namespace": NAMESPACE}
    return {"apiVersion": "v1", "kind": "Service", "metadata": metadata, "spec": spec}


def _endpoints(record: Record, service: str, ports: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [
        {
            "apiVersion": "discovery.k8s.io/v1",
            "kind": "EndpointSlice",
            "metadata": {
                "name": f"{service}-ipv{block.nodes.version}",
                "namespace": NAMESPACE,
                "labels": {"kubernetes.io/service-name": service},
            },
            "addressType": f"IPv{block.nodes.version}",
            "endpoints": [{"addresses": [block.node(1)], "conditions": {"ready": True}}],
            "ports": [
                {"name": port["name"], "protocol": port["protocol"], "port": port["targetPort"]}
                for port in ports
            ],
        }
        for block in record.addresses.blocks
    ]


def _port(name: str, protocol: str, port: int, target: int | None = None) -> dict[str, Any]:
    return {"name": name, "protocol": protocol, "port": port, "targetPort": target or port}
