"""What clients read to learn where tokens are made (RFC 9728), and what sends them there."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

import msgspec

from adapter.legacy.refusal import refuse
from adapter.tokens.refusals import Refused
from adapter.wire.guard import Guard
from adapter.wire.replies import Reply
from adapter.wire.requests import Request

WELL_KNOWN = "/.well-known/oauth-protected-resource"
SSE, MESSAGES, WEBSOCKET = "/sse", "/messages", "/ws"
HOST = re.compile(r"[A-Za-z0-9.\-_]{1,255}(:\d{1,5})?|\[[0-9A-Fa-f:.]{2,45}\](:\d{1,5})?")
"""It goes into a header and a document, so it is held to what a host is spelled with."""
FRESH = b"Cache-Control: no-store\r\n"
ALLOW = b"Allow: GET, HEAD, OPTIONS\r\n"

Page = Callable[[Request, Reply], None]


@dataclass(frozen=True, kw_only=True)
class Metadata:
    """Where this resource is, who makes tokens for it, and which scopes they need."""

    path: str
    """Where Streamable HTTP is served."""
    url: str
    """The same for clients; empty: as they call us."""
    issuers: tuple[str, ...]
    scopes: tuple[str, ...]
    guard: Guard

    def pages(self) -> Iterator[tuple[str, Page]]:
        """Yield every path of the document, and what answers there.

        Each front is described by itself: clients compare the address they know with ours.
        """
        yield WELL_KNOWN, self._page(self.path)
        for front in (self.path, SSE, WEBSOCKET):
            page = self._page(front)
            yield WELL_KNOWN + front, page
            if self.url:
                yield WELL_KNOWN + urlsplit(self._public(front)).path.rstrip("/"), page

    def challenge(self, request: Request, refused: Refused) -> bytes:
        """Return the header that says what is missing, and where to learn more."""
        said: list[str] = []
        if refused.error:
            said += [f'error="{refused.error}"', f'error_description="{refused.sentence}"']
        if self.scopes:
            said.append(f'scope="{" ".join(self.scopes)}"')
        resource = self._resource(request, self._front(request.path))
        if resource is not None:
            parts = urlsplit(resource)
            address = f"{parts.scheme}://{parts.netloc}{WELL_KNOWN}{parts.path.rstrip('/')}"
            said.append(f'resource_metadata="{address}"')
        return f"WWW-Authenticate: Bearer {', '.join(said)}".rstrip().encode() + b"\r\n"

    def document(self, resource: str) -> bytes:
        """Return the document about *resource*."""
        told: dict[str, object] = {
            "resource": resource,
            "authorization_servers": self.issuers,
            "bearer_methods_supported": ["header"],
        }
        if self.scopes:
            told["scopes_supported"] = self.scopes
        return msgspec.json.encode(told)

    def _page(self, front: str) -> Page:
        def answer(request: Request, reply: Reply) -> None:
            verdict = self.guard.judge(request.headers)
            reply.extra = verdict.headers
            resource = self._resource(request, front)
            if verdict.status:
                refuse(reply, verdict.status, verdict.reason)
            elif request.method == b"OPTIONS":
                reply.answer(204, headers=self.guard.preflight(request.headers))
            elif request.method not in (b"GET", b"HEAD"):
                refuse(reply, 405, "use GET", headers=ALLOW)
            elif resource is None:
                refuse(reply, 400, "the Host header names no host")
            else:
                reply.answer(200, self.document(resource), headers=FRESH)

        return answer

    def _front(self, path: str) -> str:
        path = path.rstrip("/")
        if path == MESSAGES:
            return SSE
        return path if path in (SSE, WEBSOCKET) else self.path

    def _public(self, front: str) -> str:
        """Return the address of a front beside the one that was given for Streamable HTTP."""
        if front == self.path or not self.url.endswith(self.path):
            return self.url
        return self.url.removesuffix(self.path) + front

    def _resource(self, request: Request, front: str) -> str | None:
        """Return the address of a front for clients, None when there is no telling."""
        if self.url:
            return self._public(front)
        host = request.headers.get(b"host", b"").decode("latin-1")
        if not HOST.fullmatch(host):
            return None
        # Raising it is no risk: only who sends the header reads the answer.
        is_secure = request.headers.get(b"x-forwarded-proto", b"").lower().startswith(b"https")
        return f"{'https' if is_secure else 'http'}://{host}{front}"
