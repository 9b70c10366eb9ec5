"""A real issuer on a port of its own: its metadata, its keys, and what it was asked."""

import json
import ssl
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tests.adapter.tokens.signing import Json, Signer, signer

AUDIENCE = "https://mcp.example.com/mcp"
METADATA = "/.well-known/oauth-authorization-server"
KEYS = "/keys"
WAIT_SECONDS = 60.0


class Issuer:
    """What one test knows of its issuer; what it publishes can be changed at any time."""

    def __init__(self, origin: str, path: str) -> None:
        """Publish one key."""
        self.origin = origin
        self.name = self.origin + path
        self.signer = signer()
        self.pages: dict[str, tuple[int, bytes, dict[str, str]]] = {}
        self.asked: list[str] = []
        self.may_answer = threading.Event()
        self.may_answer.set()
        self.serve(METADATA + path, {"issuer": self.name, "jwks_uri": self.origin + KEYS})
        self.publish(self.signer)

    def serve(self, path: str, content: object, status: int = 200, **headers: str) -> None:
        """Answer at *path* from now on."""
        body = content if isinstance(content, bytes) else json.dumps(content).encode()
        self.pages[path] = status, body, headers

    def publish(self, *signers: Signer) -> None:
        """Publish just these keys."""
        self.serve(KEYS, {"keys": [one.published() for one in signers]})

    def times_fetched(self) -> int:
        """Return how often the keys were fetched."""
        return self.asked.count(KEYS)

    def claims(self, **changes: object) -> Json:
        """Return what a good token says, changed; None leaves a claim out."""
        now = int(time.time())
        good = {"iss": self.name, "aud": AUDIENCE, "sub": "ada", "iat": now, "exp": now + 300}
        return {name: value for name, value in {**good, **changes}.items() if value is not None}

    def token(self, **changes: object) -> str:
        """Return a good token, changed."""
        return self.signer.token(self.claims(**changes))


class Quiet(ThreadingHTTPServer):
    """Says nothing of clients that do not like its certificate."""

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing."""


@contextmanager
def issuing(path: str = "", tls: ssl.SSLContext | None = None) -> Generator[Issuer]:
    """Run an issuer until the test is over."""

    class Handler(BaseHTTPRequestHandler):
        timeout = WAIT_SECONDS

        def do_GET(self) -> None:
            issuer.asked.append(self.path)
            issuer.may_answer.wait(WAIT_SECONDS)
            status, body, headers = issuer.pages.get(self.path, (404, b"", {}))
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    with Quiet(("127.0.0.1", 0), Handler) as server:
        scheme = "http"
        if tls is not None:
            scheme, server.socket = "https", tls.wrap_socket(server.socket, server_side=True)
        issuer = Issuer(f"{scheme}://127.0.0.1:{server.server_port}", path)
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield issuer
        finally:
            issuer.may_answer.set()
            server.shutdown()
            thread.join()
