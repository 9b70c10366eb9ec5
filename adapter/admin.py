"""The port for those who run the adapter: probes, metrics, and what is going on."""

import json
import time
from collections.abc import Callable
from typing import Any

from adapter.wire.replies import Reply
from adapter.wire.requests import Request

TEXT = b"text/plain; charset=utf-8"
METRICS = b"text/plain; version=0.0.4; charset=utf-8"


class Admin:
    """Answers /healthz, /readyz, /metrics and /status."""

    def __init__(
        self,
        ready: Callable[[], str | None],
        exposition: Callable[[], bytes],
        status: Callable[[], dict[str, Any]],
    ) -> None:
        """Answer with what these say; *ready* says why not."""
        self._ready = ready
        self._exposition = exposition
        self._status = status
        self._pages = {
            "/healthz": self.live,
            "/readyz": self.readiness,
            "/metrics": self._metrics,
            "/status": self._report,
        }

    def handle(self, request: Request, reply: Reply) -> None:
        """Answer a request."""
        page = self._pages.get(request.path)
        if page is None:
            known = ", ".join(self._pages)
            reply.answer(404, f"there is {known}\n".encode(), TEXT)
        elif request.method not in (b"GET", b"HEAD"):
            reply.answer(405, b"use GET\n", TEXT, b"Allow: GET, HEAD\r\n")
        else:
            page(request, reply)

    def live(self, request: Request, reply: Reply) -> None:
        """Say that the loop turns, which is all there is to being alive."""
        del request
        reply.answer(200, b"ok\n", TEXT)

    def readiness(self, request: Request, reply: Reply) -> None:
        """Say whether calls can be answered, and if not why."""
        del request
        reason = self._ready()
        if reason is None:
            reply.answer(200, b"ok\n", TEXT)
        else:
            reply.answer(503, f"{reason}\n".encode(), TEXT)

    def _metrics(self, request: Request, reply: Reply) -> None:
        del request
        reply.answer(200, self._exposition(), METRICS)

    def _report(self, request: Request, reply: Reply) -> None:
        del request
        report = {"time": round(time.time(), 3), **self._status()}
        reply.answer(200, json.dumps(report, indent=1, ensure_ascii=False).encode() + b"\n")
