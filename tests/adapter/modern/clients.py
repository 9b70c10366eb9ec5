"""A modern client that hides nothing."""

import http.client
import json
from collections.abc import Generator, Mapping
from contextlib import closing, contextmanager
from typing import Any

from tests.adapter.client import BOTH, Answer, Stream
from tests.adapter.program import HOST, WAIT_SECONDS, Adapter

REVISION = "2026-07-28"
KEY = "io.modelcontextprotocol/"
NAMES = {"tools/call": "name", "prompts/get": "name", "resources/read": "uri"}


class Modern:
    """A client without a session."""

    def __init__(self, adapter: Adapter, **capabilities: object) -> None:
        """Talk to *adapter* as one who can be asked what *capabilities* say."""
        self.adapter = adapter
        self.capabilities = capabilities

    def ask(
        self,
        method: str,
        params: Mapping[str, Any] | None = None,
        *,
        identity: object = 1,
        meta: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Return the answer, read to its end."""
        with self.asking(method, params, identity=identity, meta=meta, headers=headers) as answer:
            if answer.headers.get_content_type() == "text/event-stream":
                events = list(Stream(answer))
                return Answer(answer.status, dict(answer.headers), events=events)
            return Answer(answer.status, dict(answer.headers), answer.read())

    def call(self, tool: str, *, level: str | None = None, **arguments: object) -> Answer:
        """Return what a tool answers."""
        meta = {f"{KEY}logLevel": level} if level else {}
        return self.ask("tools/call", {"name": tool, "arguments": arguments}, meta=meta)

    def retry(self, tool: str, state: str, answers: object, **arguments: object) -> Answer:
        """Return what a tool answers after its questions were answered."""
        more = {"requestState": state, "inputResponses": answers}
        return self.ask("tools/call", {"name": tool, "arguments": arguments, **more}, identity="2")

    @contextmanager
    def asking(
        self,
        method: str,
        params: Mapping[str, Any] | None = None,
        *,
        identity: object = 1,
        meta: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Generator[http.client.HTTPResponse]:
        """Yield the answer as soon as it begins; leaving the block closes the connection."""
        envelope = {
            f"{KEY}protocolVersion": REVISION,
            f"{KEY}clientCapabilities": self.capabilities,
            f"{KEY}clientInfo": {"name": "test", "version": "1"},
            **(meta or {}),
        }
        inside = {**(params or {}), "_meta": envelope}
        body = {"jsonrpc": "2.0", "id": identity, "method": method, "params": inside}
        standard = {
            "Accept": BOTH,
            "Content-Type": "application/json",
            "MCP-Protocol-Version": REVISION,
            "Mcp-Method": method,
        }
        if method in NAMES:
            standard["Mcp-Name"] = str(inside[NAMES[method]])
        connection = http.client.HTTPConnection(HOST, self.adapter.port, timeout=WAIT_SECONDS)
        with closing(connection):
            connection.request("POST", "/mcp", json.dumps(body), {**standard, **(headers or {})})
            with connection.getresponse() as answer:
                yield answer

    @contextmanager
    def listening(self, identity: object = 1, **wanted: object) -> Generator[Stream]:
        """Yield the stream of a subscription."""
        params = {"notifications": wanted}
        with self.asking("subscriptions/listen", params, identity=identity) as answer:
            assert answer.status == 200, answer.read()
            yield Stream(answer)


def error(answer: Answer) -> tuple[int, int]:
    """Return the status and the code of an error."""
    return answer.status, answer.json["error"]["code"]
