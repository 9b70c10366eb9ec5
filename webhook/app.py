"""The HTTP side of admission: which request reaches which function, and how faults are answered."""

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from threading import BoundedSemaphore

import msgspec
from flask import Flask, Response, g, request
from werkzeug.exceptions import HTTPException

from kinds.durations import seconds
from telemetry.metrics import CONTENT_TYPE, Metrics

log = logging.getLogger(__name__)

JSON = "application/json"
UNKNOWN_PATH = "other"
TURN_SECONDS = 2.0
"""How long a large request waits for its turn; threads that wait are missing elsewhere."""


@dataclass(frozen=True)
class Reply:
    """What a route answers."""

    status: int
    body: bytes
    content_type: str = JSON


Route = Callable[[bytes, float], Reply]
"""Takes the body and the deadline, a moment of time.monotonic(), after which nobody listens."""


@dataclass(frozen=True)
class Forgiving:
    """A route by which no mistake of ours holds anybody up."""

    route: Route
    spare: Callable[[bytes], Reply]
    """Answers in the route's place when that has failed."""

    def __call__(self, body: bytes, deadline: float) -> Reply:
        """Answer as the route does."""
        return self.route(body, deadline)


@dataclass(frozen=True)
class Limits:
    """How much a request may take."""

    body: int = 7 * 2**20
    """Bytes."""
    large: int = 2**19
    """Bytes from which a body waits for its turn: as objects it weighs ten times more."""
    large_at_once: int = 2
    default_seconds: float = 10.0
    """For a request that does not say how long its sender waits."""
    longest_seconds: float = 30.0
    """The longest that an API server waits for a webhook."""


@dataclass(frozen=True)
class _Figures:
    """What is counted of every request, by paths that we know and no others."""

    metrics: Metrics

    def install(self, app: Flask) -> None:
        total = self.metrics.counter(
            "kmcp_admission_http_requests", "Requests answered, by path and code.", ["path", "code"]
        )
        duration = self.metrics.histogram(
            "kmcp_admission_http_duration_seconds",
            "From first byte to answer: the decision, and all the waiting and receiving before it.",
            ["path"],
        )

        def begin() -> None:
            g.begun = _arrival()

        def count(response: Response) -> Response:
            path = request.url_rule.rule if request.url_rule else UNKNOWN_PATH
            total.labels(path, str(response.status_code)).inc()
            duration.labels(path).observe(time.monotonic() - g.begun)
            return response

        app.before_request(begin)
        app.after_request(count)


def create_app(routes: Mapping[str, Route], limits: Limits, metrics: Metrics) -> Flask:
    """Return the WSGI application that answers POST on *routes*, and GET on /metrics."""
    app = Flask("webhook", static_folder=None)
    # One more than we take: werkzeug cuts a body in pieces there, in silence, and we must notice.
    app.config["MAX_CONTENT_LENGTH"] = limits.body + 1
    app.url_map.merge_slashes = False  # a redirect is no answer to an admission request
    _Figures(metrics).install(app)
    turns = BoundedSemaphore(limits.large_at_once)
    for path, route in routes.items():
        app.add_url_rule(
            path,
            endpoint=path,
            view_func=_View(route, limits, turns),
            methods=["POST"],
            provide_automatic_options=False,
        )
    app.add_url_rule(
        "/metrics",
        view_func=lambda: Response(metrics.exposition(), content_type=CONTENT_TYPE),
        methods=["GET"],
        endpoint="metrics",
        provide_automatic_options=False,
    )
    app.register_error_handler(HTTPException, _refused)
    app.register_error_handler(Exception, _failed)
    return app


@dataclass(frozen=True)
class _View:
    """One route, and what stands between it and the network."""

    route: Route
    limits: Limits
    turns: BoundedSemaphore

    def __call__(self) -> Response:
        if request.mimetype != JSON:
            return _error(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, f"send {JSON}")
        deadline = _arrival() + _patience(request.args.get("timeout"), self.limits)
        length = request.content_length
        if length is not None and length <= self.limits.large:
            return self._answer(deadline)
        if not self.turns.acquire(timeout=TURN_SECONDS):
            return _error(HTTPStatus.SERVICE_UNAVAILABLE, "busy with other large requests")
        try:
            return self._answer(deadline)
        finally:
            self.turns.release()

    def _answer(self, deadline: float) -> Response:
        body = request.get_data(cache=False)
        if fault := _fault(body, self.limits, deadline):
            return fault
        if isinstance(self.route, Forgiving):
            g.spare = partial(self.route.spare, body)
        return _response(self.route(body, deadline))


def _fault(body: bytes, limits: Limits, deadline: float) -> Response | None:
    """Return the answer to a request whose body cannot be used, or no more."""
    if not body:
        return _error(HTTPStatus.BAD_REQUEST, "the body is empty")
    if len(body) > limits.body:
        return _error(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"the limit is {limits.body} bytes")
    if len(body) < (request.content_length or 0):
        return _error(HTTPStatus.BAD_REQUEST, "the body ended early")
    if time.monotonic() >= deadline:
        return _error(HTTPStatus.GATEWAY_TIMEOUT, "too late: the sender has given up")
    return None


def _arrival() -> float:
    """Return when the request began to arrive: it may have waited for a thread since."""
    found: float = getattr(request.environ.get("gunicorn.socket"), "arrived", 0.0)
    return found or time.monotonic()


def _patience(given: str | None, limits: Limits) -> float:
    """Return how long the sender waits for the answer, in seconds."""
    wanted = float(seconds(given) or limits.default_seconds)
    return min(wanted, limits.longest_seconds)


def _refused(error: HTTPException) -> Response:
    response = _error(error.code or 500, error.description or error.name)
    for name, value in error.get_headers():
        if name not in ("Content-Type", "Content-Length"):
            response.headers[name] = value
    return response


def _failed(error: Exception) -> Response:
    log.error("request failed", exc_info=error, extra={"path": request.path})
    spare: Callable[[], Reply] | None = g.pop("spare", None)
    if spare is not None:
        return _response(spare())
    return _error(HTTPStatus.INTERNAL_SERVER_ERROR, "an internal error, which has been logged")


def _response(reply: Reply) -> Response:
    return Response(reply.body, reply.status, content_type=reply.content_type)


def _error(status: int, message: str) -> Response:
    body = msgspec.json.encode({"error": message})
    return Response(body, status, content_type=JSON)
