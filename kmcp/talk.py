"""Talks to a deployed MCP server through the API server, so that nothing has to be forwarded."""

import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from types import TracebackType
from typing import Any
from urllib.parse import urlsplit

from cluster.answer import Answer
from cluster.connection import Connection
from cluster.errors import ClusterError
from kinds.reading import Fields, fields, is_map, text
from kmcp.reach import our_trouble
from kmcp.trouble import Code, Trouble

VERSION = "2025-11-25"
SESSION = "mcp-session-id"
KINDS = {"Accept": "application/json, text/event-stream", "Content-Type": "application/json"}
MOST_PAGES = 100


class Talk:
    """One session with one server."""

    def __init__(self, connection: Connection, server: Fields, seconds: float) -> None:
        """Be ready to speak to the Service that a server's status names."""
        self._connection = connection
        self._name = text(server, "metadata", "name")
        self._path = proxied(server)
        self._seconds = seconds
        self._headers = dict(KINDS)
        self._number = 0
        self.greeting: Fields = {}

    def __enter__(self) -> "Talk":
        """Begin the session."""
        params = {
            "protocolVersion": VERSION,
            "capabilities": {},
            "clientInfo": {"name": "kmcp", "version": "1"},
        }
        self.greeting = self.ask("initialize", params)
        version = text(self.greeting, "protocolVersion")
        if version:
            self._headers["MCP-Protocol-Version"] = version
        self._send({"method": "notifications/initialized"})
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End the session; one that is not ended ends by itself."""
        if SESSION in self._headers:
            with suppress(ClusterError):
                self._connection.pass_on("DELETE", self._path, self._headers, timeout=5.0)

    def ask(self, method: str, params: Fields) -> Fields:
        """Return the result of one request."""
        self._number += 1
        answer = self._send({"id": self._number, "method": method, "params": params})
        for message in messages(answer):
            if message.get("id") != self._number:
                continue
            if "error" in message:
                raise Trouble(f"{self._name} refuses {method}: {text(message, 'error', 'message')}")
            return fields(message.get("result"))
        raise Trouble(f"{self._name} did not answer {method}")

    def tools(self) -> list[Fields]:
        """Return every tool that the server offers."""
        found: list[Fields] = []
        params: Fields = {}
        for _ in range(MOST_PAGES):
            page = self.ask("tools/list", params)
            found += [one for one in page.get("tools") or () if is_map(one)]
            if not (cursor := text(page, "nextCursor")):
                break
            params = {"cursor": cursor}
        return found

    def _send(self, message: Mapping[str, Any]) -> Answer:
        content = json.dumps({"jsonrpc": "2.0", **message}).encode()
        with our_trouble():
            answer = self._connection.pass_on(
                "POST", self._path, self._headers, content, self._seconds
            )
        if answer.status >= 300:
            raise Trouble(self._refused(answer), Code.FAILED)
        if session := answer.headers.get(SESSION):
            self._headers[SESSION] = session
        return answer

    def _refused(self, answer: Answer) -> str:
        said = _json(answer.content)
        reason = text(said, "error", "message") or text(said, "message")
        if "no endpoints available" in reason:
            return f"no Pod of {self._name} is ready: see `kmcp get {self._name}`"
        return f"{self._name} answers {answer.status}: {reason or 'without saying why'}"


def proxied(server: Fields) -> str:
    """Return the path on the API server behind which the server listens."""
    name = text(server, "metadata", "name")
    url = urlsplit(text(server, "status", "url"))
    if not url.port:
        raise Trouble(f"{name} has no address yet: see `kmcp get {name}`")
    namespace = text(server, "metadata", "namespace")
    return f"/api/v1/namespaces/{namespace}/services/{name}:{url.port}/proxy{url.path}"


def messages(answer: Answer) -> Iterator[Fields]:
    """Yield what an answer says, be it JSON or a stream of events."""
    if not answer.headers.get("content-type", "").startswith("text/event-stream"):
        yield _json(answer.content)
        return
    for event in answer.content.replace(b"\r\n", b"\n").split(b"\n\n"):
        lines = [line[5:] for line in event.split(b"\n") if line.startswith(b"data:")]
        if lines:
            yield _json(b"\n".join(lines))


def _json(content: bytes) -> Fields:
    try:
        return fields(json.loads(content))
    except ValueError:
        return {}
