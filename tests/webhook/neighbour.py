"""Another webhook that changes Pods, as real clusters have them: a program of somebody else's."""

import base64
import json
import ssl
from collections.abc import Callable, Generator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import jsonpatch

from cluster.connection import Body
from tests.cluster.facade import Cluster
from tests.webhook.configured import GROUP
from tests.webhook.program import HOST, Identity, wait

Object = dict[str, Any]
Change = Callable[[Object], None]
PATH = f"{GROUP}/mutatingwebhookconfigurations"
SILENT: Object = {
    "apiVersion": "v1",
    "kind": "Pod",
    "metadata": {"name": "silent"},
    "spec": {"containers": [{"name": "web", "image": "web:1"}]},
}


@contextmanager
def neighbour(
    cluster: Cluster, identity: Identity, name: str, change: Change, again: str = "Never"
) -> Generator[None]:
    """Have another webhook *change* the Pods of a namespace for as long as the block lasts.

    The API server asks webhooks in the order of their names; *again* is its reinvocationPolicy.
    """
    asked: list[Object] = []
    server = ThreadingHTTPServer((HOST, 0), _handler(change, asked))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(identity.folder / "tls.crt", identity.folder / "tls.key")
    server.socket = context.wrap_socket(server.socket, server_side=True)
    Thread(target=server.serve_forever, daemon=True).start()
    document = _configuration(cluster, identity, f"{name}-{cluster.namespace}", again)
    document["webhooks"][0]["clientConfig"]["url"] = f"https://{HOST}:{server.server_port}/"
    cluster.api.request("POST", PATH, body=Body(json.dumps(document).encode()))
    try:
        words = ["create", "--dry-run=server", "--filename=-"]
        wait(lambda: cluster.kubectl(*words, stdin=json.dumps(SILENT)) and asked, str)
        yield
    finally:
        cluster.api.request("DELETE", f"{PATH}/{document['metadata']['name']}")
        server.shutdown()
        server.server_close()


def _configuration(cluster: Cluster, identity: Identity, name: str, again: str) -> Object:
    pods = {"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"]}
    here = {"matchLabels": {"kubernetes.io/metadata.name": cluster.namespace}}
    bundle = base64.b64encode(identity.root.certificate).decode()
    webhook = {
        "name": "neighbour.example.com",
        "clientConfig": {"caBundle": bundle},
        "rules": [{**pods, "resources": ["pods"]}],
        "namespaceSelector": here,
        "failurePolicy": "Fail",
        "sideEffects": "None",
        "reinvocationPolicy": again,
        "admissionReviewVersions": ["v1"],
    }
    return {
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": "MutatingWebhookConfiguration",
        "metadata": {"name": name},
        "webhooks": [webhook],
    }


def _handler(change: Change, asked: list[Object]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers["Content-Length"])
            request = json.loads(self.rfile.read(length))["request"]
            asked.append(request)
            content = json.dumps(_answer(request, change)).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *words: object) -> None:
            """Say nothing."""

    return Handler


def _answer(request: Object, change: Change) -> Object:
    after = json.loads(json.dumps(request["object"]))
    change(after)
    patch: Any = jsonpatch.make_patch(request["object"], after)
    response: Object = {"uid": request["uid"], "allowed": True}
    if patch.patch:
        encoded = base64.b64encode(patch.to_string().encode()).decode()
        response |= {"patchType": "JSONPatch", "patch": encoded}
    return {"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "response": response}
