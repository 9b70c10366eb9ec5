"""Servers that people really run answer through the bridge as they do without it."""

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import product
from typing import NamedTuple

import pytest

from tests.mcp.real import PAGE, REAL, Call, RealServer, Surroundings, answers
from tests.mcp.serving import DUAL_ERA, WAYS, Kept, Way

ECHO = RealServer(
    "ours",
    "none",
    lambda _around: DUAL_ERA.command,
    "x_echo",
    lambda _around: {"text": "here"},
    "here",
)


class Case(NamedTuple):
    """A server, how it is reached, and by which era."""

    way: Way | None
    """None: over stdio, with nothing in between."""
    server: RealServer
    era: str

    def __str__(self) -> str:
        """Return the name of the test."""
        return f"{self.way.__name__ if self.way else 'stdio'}-{self.server.name}-{self.era}"


CASES = [
    *(Case(None, server, "auto") for server in REAL),
    *(Case(*case) for case in product(WAYS, (ECHO, *REAL), ("legacy", "auto"))),
]
Told = Callable[[Case], str]


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


@pytest.fixture(scope="module")
def told(served: Kept, around: Surroundings) -> Told:
    """Lend what each server says; all that are reached the same way are asked at once."""
    known: dict[Case, str] = {}

    def call(case: Case) -> Call:
        command = case.server.command(around)
        if case.way is None:
            return Call(json.dumps(command), case.era, case.server)
        return Call(served(case.way, command).url("http"), case.era, case.server)

    def look(case: Case) -> str:
        if case not in known:
            alike = [other for other in CASES if other.way is case.way]
            if case.way is not None:
                commands = [server.command(around) for server in (ECHO, *REAL)]
                served.together(case.way, commands, "--spares=0")
            said = answers([call(other) for other in alike], around)
            known.update(zip(alike, said, strict=True))
        return known[case]

    return look


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_real_server_answers(told: Told, case: Case) -> None:
    assert case.server.says in told(case)
