"""A registry for OCI artifacts on loopback: as much of one as `helm push` and `pull` ask for."""

import hashlib
import json
import re
from collections.abc import Generator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

UPLOADED, FOUND, ACCEPTED, MISSING = 201, 200, 202, 404
DIGEST = "Docker-Content-Digest"


class Registry:
    """What was pushed."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.blobs: dict[str, bytes] = {}
        self.manifests: dict[tuple[str, str], bytes] = {}
        """By repository, and tag or digest."""


class Handler(BaseHTTPRequestHandler):
    """Answers one client, by the paths of the distribution specification."""

    protocol_version = "HTTP/1.1"

    def __init__(self, kept: Registry, *connection: Any) -> None:  # noqa: ANN401
        """Answer from what is kept, and keep what comes."""
        self.kept = kept
        super().__init__(*connection)

    def do_GET(self) -> None:
        """Give a blob, a manifest, or the list of tags."""
        path = urlsplit(self.path).path
        if path == "/v2/":
            self._answer(FOUND, b"{}")
        elif found := re.fullmatch(r"/v2/.+/blobs/(.+)", path):
            self._give(found[1], self.kept.blobs.get(found[1]), "application/octet-stream")
        elif found := re.fullmatch(r"/v2/(.+)/manifests/(.+)", path):
            content = self.kept.manifests.get((found[1], found[2]))
            self._give(digest(content or b""), content, kind(content or b"{}"))
        elif found := re.fullmatch(r"/v2/(.+)/tags/list", path):
            tags = [name for repository, name in self.kept.manifests if repository == found[1]]
            self._answer(FOUND, json.dumps({"name": found[1], "tags": tags}).encode())
        else:
            self._answer(MISSING)

    def do_HEAD(self) -> None:
        """Say whether it is there."""
        self.do_GET()

    def do_POST(self) -> None:
        """Open an upload."""
        self._body()
        self._answer(ACCEPTED, Location=f"{urlsplit(self.path).path}1")

    def do_PUT(self) -> None:
        """Take a blob or a manifest."""
        content, asked = self._body(), urlsplit(self.path)
        name = digest(content)
        if found := re.fullmatch(r"/v2/(.+)/manifests/(.+)", asked.path):
            for known_as in (found[2], name):
                self.kept.manifests[found[1], known_as] = content
        elif parse_qs(asked.query)["digest"] == [name]:
            self.kept.blobs[name] = content
        self._answer(UPLOADED, Location=asked.path, **{DIGEST: name})

    def log_message(self, format: str, *args: Any) -> None:  # noqa: ANN401
        """Say nothing: a test that fails shows what Helm says."""

    def _body(self) -> bytes:
        return self.rfile.read(int(self.headers.get("Content-Length", 0)))

    def _give(self, name: str, content: bytes | None, media: str) -> None:
        if content is None:
            self._answer(MISSING)
        else:
            self._answer(FOUND, content, **{DIGEST: name, "Content-Type": media})

    def _answer(self, status: int, content: bytes = b"", /, **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)


def digest(content: bytes) -> str:
    """Return what a content is called."""
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def kind(manifest: bytes) -> str:
    """Return the media type of a manifest."""
    found: str = json.loads(manifest).get("mediaType", "application/vnd.oci.image.manifest.v1+json")
    return found


@contextmanager
def served(server: ThreadingHTTPServer) -> Generator[str]:
    """Run a server of this machine, and yield HOST:PORT."""
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield f"127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
