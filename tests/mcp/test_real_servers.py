"""Servers that people really run answer through the bridge as they do without it."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import product

import pytest

from tests.mcp.real import PAGE, REAL, RealServer, Surroundings, calls_over_stdio, calls_through
from tests.mcp.serving import DUAL_ERA, WAYS, Kept, Way

ECHO = RealServer(
    "ours",
    "none",
    lambda _around: DUAL_ERA.command,
    "x_echo",
    lambda _around: {"text": "here"},
    "here",
)
THROUGH = [
    pytest.param(way, server, era, id=f"{way.__name__}-{server.name}-{era}")
    for way, server, era in product(WAYS, (ECHO, *REAL), ("legacy", "auto"))
]


class Page(BaseHTTPRequestHandler):
    """The one page of a very small web."""

    def do_GET(self) -> None:
        """Answer with it."""
        body = PAGE.encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def around(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Surroundings]:
    """Lend a folder, a repository and a page."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Page) as web:
        threading.Thread(target=web.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{web.server_port}/"
        yield Surroundings.made(tmp_path_factory.mktemp("around"), url)
        web.shutdown()


@pytest.mark.slow
@pytest.mark.parametrize("server", REAL, ids=lambda server: server.name)
def test_a_real_server_answers_over_stdio(server: RealServer, around: Surroundings) -> None:
    assert server.says in calls_over_stdio(server, around)


@pytest.mark.slow
@pytest.mark.parametrize(("way", "server", "era"), THROUGH)
def test_a_server_answers_at_a_url(
    served: Kept, way: Way, server: RealServer, era: str, around: Surroundings
) -> None:
    url = served(way, server.command(around)).url("http")
    assert server.says in calls_through(url, era, server, around)
